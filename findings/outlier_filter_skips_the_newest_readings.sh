#!/usr/bin/env bash
# hampel 1.0.2 does not look at the last readings of a series, nor at those near a missing one.
#
# Expected: a Hampel filter compares each reading with the median of its window, which is shorter at the ends; or the
# filter says which readings it has not judged.
# Seen: with a window of 5 a reading of 50 among ones is found in the midst of the series; as one of the first or last
# two it is no outlier, and within two places of a NaN neither. The filtered series holds it unchanged. No warning.
# Why it matters: a service filters the latest window before it predicts; the newest reading, which the prediction
# hangs on most, is never filtered, while tests on history find nearly all.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "hampel==1.0.2" "numpy==1.26.4" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import pandas
from hampel import hampel

ORDINARY = [1.0, 1.1, 0.9, 1.0, 1.2, 1.0, 0.9, 1.1, 1.0, 1.2, 0.9]


def found(changes):
    """Return the places of outliers in the ordinary readings with these changes, and the filtered values there."""
    series = pandas.Series(ORDINARY)
    for place, value in changes.items():
        series[place] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = hampel(series, window_size=5, n_sigma=3.0)
    return list(map(int, result.outlier_indices)), [float(result.filtered_data[place]) for place in changes]


print("hampel", version("hampel"))
seen = {place: found({place: 50.0}) for place in range(len(ORDINARY))}
beside = found({5: 50.0, 7: float("nan")})
print("a reading of 50 is found at", [place for place, (places, _) in seen.items() if place in places], "of 0 to 10")
print("two places before a NaN:", beside)
if any((place in seen[place][0]) != (2 <= place <= 8) for place in seen):
    raise SystemExit("Changed: the readings that are judged are no longer those from the third to the third last.")
if seen[10][1] != [50.0] or seen[5][1] == [50.0]:
    raise SystemExit("Changed: the last reading is filtered, or one in the midst is not.")
if 5 in beside[0] or beside[1][0] != 50.0:
    raise SystemExit("Changed: a reading near a missing one is judged now.")
EOF
