#!/usr/bin/env bash
# ioos-qc 2.3.0 marks a jump from 5 to 90 as good as soon as one reading between the two is missing.
#
# Expected: the test of the rate of change compares a value with the one before, per second, and marks it 1 (good), 3
# (suspect) or 4 (fail); what it could not compare is 2 (not evaluated), as in the spike test of the same library.
# Seen: 5, 90 is marked "fail". 5, missing, 90 marks the 90 as 1, good, though it was compared with nothing; with the
# row of the missing reading left out it is "fail" again, at half the rate. The spike test gives the 90 a 2.
# Why it matters: sensors fall out just before and after a fault, so the test is silent where it is needed, and whoever
# puts a series on a regular grid first turns its alarms off; a flag of 1 says that a value was tested and passed.
# Source: IOOS QARTOD, flags of test 7, rate of change; docstring of rate_of_change_test; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ioos-qc==2.3.0" "numpy==2.4.6" "pandas==2.3.3"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy
from ioos_qc.qartod import rate_of_change_test, spike_test

hours = numpy.arange("2024-01-01T00", "2024-01-01T05", dtype="datetime64[h]").astype("datetime64[ns]")
limits = {"threshold": 10 / 3600, "fail_threshold": 20 / 3600}


def flags(values, times):
    """Return the flags of the test of the rate of change."""
    return rate_of_change_test(numpy.array(values, dtype=float), times, **limits).tolist()


gap = [5, numpy.nan, 90, 90, 90]
seen = {
    "complete": flags([5, 90, 90, 90, 90], hours),
    "missing": flags(gap, hours),
    "left out": flags([5, 90, 90, 90], hours[[0, 2, 3, 4]]),
    "spike": spike_test(numpy.array(gap, dtype=float), 10, 20).tolist(),
}
print("ioos-qc", version("ioos-qc"))
for title, marks in seen.items():
    print(title, marks)
if seen["complete"] != [1, 4, 1, 1, 1] or seen["left out"] != [1, 4, 1, 1]:
    raise SystemExit("Changed: a jump without a gap is marked otherwise.")
if seen["missing"] != [1, 9, 1, 1, 1]:
    raise SystemExit("Changed: a jump across a gap is no longer good.")
if seen["spike"][2] != 2:
    raise SystemExit("Changed: the spike test marks the value after a gap otherwise.")
PYTHON
