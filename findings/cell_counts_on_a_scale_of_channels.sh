#!/usr/bin/env bash
# fcsparser 0.2.8 gives the channel numbers of a cytometer where the file says how to turn them into intensities.
#
# Expected: keyword $PnE of an FCS file tells that a channel is logarithmic (4 decades over $PnR channels), $PnG that
# it was amplified; a reader applies both, as flowio 1.4.0 does.
# Seen: channel 1023 of a channel of four decades is 1023 in fcsparser and 9910 in flowio, channel 512 is 512 and 100;
# a reading of 500 with a gain of 10 is 500 and 50. Channels that are linear without gain are alike. No warning; the
# keywords are in the metadata.
# Why it matters: ratios and medians of intensities are the features; on the channel scale all of them are logarithms,
# and files of instruments that store floating point numbers, which are intensities, do not fit beside them.
# Source: FCS 3.0 and 3.1, keywords $PnE, $PnG and $PnR.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "fcsparser==0.2.8" "flowio==1.4.0" "numpy==1.26.4" "pandas==2.3.3" "six==1.17.0"

venv/bin/python - <<'EOF'
import struct
import warnings
from importlib.metadata import version

import fcsparser
import flowio

EVENTS = [(0, 0, 100), (512, 512, 500), (1023, 1023, 1000)]
START = 1024
data = b"".join(struct.pack("<3H", *event) for event in EVENTS)
keywords = {
    "$BEGINANALYSIS": 0, "$ENDANALYSIS": 0, "$BEGINSTEXT": 0, "$ENDSTEXT": 0, "$BYTEORD": "1,2,3,4", "$DATATYPE": "I",
    "$MODE": "L", "$NEXTDATA": 0, "$PAR": 3, "$TOT": 3, "$BEGINDATA": START, "$ENDDATA": START + len(data) - 1,
}
for number, (name, scale, gain) in enumerate((("FSC", "0,0", "1"), ("FL1", "4,1", "1"), ("FL2", "0,0", "10")), 1):
    keywords |= {f"$P{number}N": name, f"$P{number}B": 16, f"$P{number}R": 1024, f"$P{number}E": scale}
    if gain != "1":
        keywords[f"$P{number}G"] = gain
text = "/" + "/".join(f"{key}/{value}" for key, value in keywords.items()) + "/"
places = (58, 57 + len(text), START, START + len(data) - 1, 0, 0)
with open("cells.fcs", "wb") as file:
    file.write(("FCS3.0    " + "".join(f"{place:8}" for place in places) + text).encode().ljust(START) + data)

with warnings.catch_warnings():
    warnings.simplefilter("error", UserWarning)
    parsed = fcsparser.parse("cells.fcs")[1].to_numpy().tolist()
scaled = flowio.FlowData("cells.fcs").as_array().round(0).tolist()
print("fcsparser", version("fcsparser"), parsed)
print("flowio", version("flowio"), scaled)
if parsed != [list(map(float, event)) for event in EVENTS]:
    raise SystemExit("Changed: fcsparser no longer gives channel numbers.")
if scaled != [[0, 1, 10], [512, 100, 50], [1023, 9910, 100]]:
    raise SystemExit("Changed: flowio no longer gives intensities.")
EOF
