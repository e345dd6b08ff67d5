#!/usr/bin/env bash
# asammdf 8.8.28 fills in readings that the logger marked as invalid, and goes on with a sensor that has ended.
#
# Expected: in MDF 4 each sample may carry a bit that says it is invalid; the data frame has NaN there. A channel whose
# last sample is at half a second has no value afterwards.
# Seen: to_dataframe drops the invalid sample and puts the straight line between its neighbours in its place, 6.0 for
# a sensor that failed between 5 and 7; the ended channel keeps its last value to the end of the recording.
# MDF.get shows that one sample fewer is valid. Not a NaN is in the frame.
# Why it matters: the failure of a sensor is often what is to be predicted; here it cannot be seen, and a dead
# sensor looks like a perfectly steady one.
# Source: ASAM MDF 4.1, invalidation bits; asammdf's to_dataframe, use_interpolation (default true).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "asammdf==8.8.28" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import asammdf
import numpy as np
from asammdf import MDF, Signal

slow = np.array([0.0, 0.25, 0.5])
log = MDF(version="4.10")
log.append([Signal(samples=np.arange(5.0), timestamps=np.arange(5) * 0.25, name="speed")])
log.append([Signal(
    samples=np.array([5.0, 99.0, 7.0]), timestamps=slow, name="pressure",
    invalidation_bits=np.array([False, True, False]),
)])
log.append([Signal(samples=np.array([20.0, 21.0, 22.0]), timestamps=slow, name="temperature")])
log.save("log.mf4", overwrite=True)
log.close()
with MDF("log.mf4") as log:
    frame = log.to_dataframe()
    valid = log.get("pressure").samples.tolist()
print("asammdf", asammdf.__version__)
print(frame.to_string())
print("valid samples of the pressure:", valid)
if valid != [5.0, 7.0]:
    raise SystemExit("Changed: the invalid sample is no longer left out by get.")
if frame["pressure"].tolist() != [5.0, 6.0, 7.0, 7.0, 7.0]:
    raise SystemExit("Changed: an invalid sample is no longer filled in by its neighbours.")
if frame["temperature"].tolist() != [20.0, 21.0, 22.0, 22.0, 22.0]:
    raise SystemExit("Changed: a channel that has ended is no longer held at its last value.")
EOF
