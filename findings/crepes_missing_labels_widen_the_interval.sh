#!/usr/bin/env bash
# crepes 0.9.1 calibrates with missing labels: the intervals become wider, and then nothing at all.
#
# Expected: rows whose true value is not known yet are left out of the calibration or refused; MAPIE 1.6.0 refuses
# them ("Input y contains NaN"), and so does the regression of scikit-learn 1.9.1 in fit.
# Seen: WrapRegressor.calibrate counts each missing label as an error without bounds. With one in twenty missing,
# intervals of 90 percent are nearly as wide as those of 95; with one in four, both bounds of every interval are NaN.
# No warning is given, and a comparison "is the value inside" then says that no interval holds its value.
# Why it matters: labels come late, so that the newest rows of a calibration table have none; the intervals tell that
# the model has become less sure, or an alert "outside of the interval" fires for all rows or for none.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "crepes==0.9.1" "mapie==1.6.0" "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
from crepes import WrapRegressor
from mapie.regression import SplitConformalRegressor
from sklearn.linear_model import LinearRegression

random = numpy.random.default_rng(0)
rows = random.normal(size=(3000, 3))
values = rows[:, 0] + random.normal(size=3000)
train, known, new = slice(0, 1000), slice(1000, 2000), slice(2000, 3000)
print("crepes", version("crepes"), "mapie", version("mapie"))


def intervals(share):
    labels = values[known].copy()
    labels[random.permutation(1000)[: int(1000 * share)]] = numpy.nan
    model = WrapRegressor(LinearRegression())
    model.fit(rows[train], values[train])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.calibrate(rows[known], labels)
        bounds = model.predict_int(rows[new], confidence=0.9)
    inside = ((bounds[:, 0] <= values[new]) & (values[new] <= bounds[:, 1])).mean()
    width = float(numpy.diff(bounds, axis=1).mean())
    print(f"{share:.0%} of the labels missing: width {width:.2f}, {inside:.1%} inside, warnings {len(said)}")
    if said:
        raise SystemExit("Changed: missing labels are warned of now.")
    return width, inside


all_known, some_missing, many_missing = intervals(0), intervals(0.05), intervals(0.25)
if not 0.87 < all_known[1] < 0.93:
    raise SystemExit("Changed: the intervals no longer hold what they promise when all labels are known.")
if some_missing[0] < 1.1 * all_known[0] or some_missing[1] < 0.93:
    raise SystemExit("Changed: some missing labels no longer widen the intervals.")
if not numpy.isnan(many_missing[0]) or many_missing[1] != 0:
    raise SystemExit("Changed: many missing labels no longer lead to bounds that are NaN.")
labels = values[known].copy()
labels[0] = numpy.nan
model = SplitConformalRegressor(LinearRegression().fit(rows[train], values[train]), confidence_level=0.9, prefit=True)
try:
    model.conformalize(rows[known], labels)
except ValueError as error:
    print("MAPIE:", error)
else:
    raise SystemExit("Changed: MAPIE no longer refuses missing labels.")
EOF
