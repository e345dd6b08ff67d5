#!/usr/bin/env bash
# pyedflib 0.1.42 stores a missing reading, and one that is too high to be told, as the lowest value there is.
#
# Expected: EDF has no missing value, so writing NaN is refused, or at least warned of; infinity and values
# above the range end at the upper end.
# Seen: NaN is written without a word and read back as the physical minimum, here -40 degrees. Plus infinity
# becomes -40 too, while 200 degrees are cut to 150. The module pyedflib.highlevel refuses the same NaN.
# Why it matters: gaps of a recorder turn into the most extreme reading, which looks like a fault of the
# machine to a model and to drift monitoring.
# Source: found by running. The number that a C program makes of NaN differs between processors; the
# check asks only that a finite number comes back.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyedflib==0.1.42" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import math
import warnings

import numpy as np
import pyedflib

warnings.simplefilter("error")
values = np.array([20.5, math.nan, 200.0, math.inf, 21.0, -80.0, 0.0, 1.0, 2.0, 3.0])
with pyedflib.EdfWriter("log.edf", 1, file_type=pyedflib.FILETYPE_EDFPLUS) as writer:
    writer.setSignalHeader(0, {
        "label": "temperature", "dimension": "degC", "sample_frequency": 10, "prefilter": "", "transducer": "",
        "physical_max": 150.0, "physical_min": -40.0, "digital_max": 32767, "digital_min": -32768,
    })
    writer.writePhysicalSamples(values)
with pyedflib.EdfReader("log.edf") as reader:
    back = reader.readSignal(0).round(2).tolist()

print("pyedflib", pyedflib.__version__)
for written, read in zip(values.tolist(), back):
    print(f"written {written:>7}  read {read:>7}")
if not all(math.isfinite(value) for value in back):
    raise SystemExit("Changed: a missing reading is no longer stored as an ordinary number.")
if (back[2], back[5]) != (150.0, -40.0):
    raise SystemExit("Changed: values beyond the range are no longer cut without a word.")
EOF
