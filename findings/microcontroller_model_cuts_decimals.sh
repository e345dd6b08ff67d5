#!/usr/bin/env bash
# emlearn 0.23.2 converts a scikit-learn 1.9.1 forest with its defaults into one that knows whole numbers only.
#
# Expected: a forest trained on readings such as 0.7 or -1.3 gives nearly the same classes once it is converted, or
# convert() says that these features have to be scaled first.
# Seen: without a word the thresholds and the inputs are cut to 16-bit integers, so that 0.7 and -0.9 are both 0:
# about four of ten rows get the other class, and a regression is off by several standard deviations. With
# dtype="float" the regression is exact, and nearly all classes agree.
# Why it matters: features that were standardised, or have a small unit, are what tabular models are trained on; the
# converted model runs on the device, answers plausible classes, and is close to guessing.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "emlearn==0.23.2" "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import emlearn
import numpy
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

random = numpy.random.default_rng(0)
rows = random.normal(size=(400, 3))
failed = (rows[:, 0] + rows[:, 1] > 0).astype(int)
load = rows[:, 0] * 2
classifier = RandomForestClassifier(10, max_depth=4, random_state=0).fit(rows, failed)
regressor = RandomForestRegressor(10, max_depth=4, random_state=0).fit(rows, load)

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    by_default = emlearn.convert(classifier), emlearn.convert(regressor)
    with_decimals = emlearn.convert(classifier, dtype="float"), emlearn.convert(regressor, dtype="float")
    seen = {
        name: ((kinds[0].predict(rows) == classifier.predict(rows)).mean(),
               numpy.abs(kinds[1].predict(rows) - regressor.predict(rows)).max())
        for name, kinds in (("default", by_default), ("float", with_decimals))
    }
print("emlearn", version("emlearn"), "warnings:", [str(warning.message) for warning in said])
for name, (share, worst) in seen.items():
    print(f"{name}: {share:.1%} of the classes agree, the regression is off by up to {worst:.4f}")
if said:
    raise SystemExit("Changed: the conversion now warns.")
if seen["float"][0] < 0.95 or seen["float"][1] > 0.001:
    raise SystemExit("Changed: the conversion with dtype float, which used to agree, does not.")
if seen["default"][0] > 0.8 or seen["default"][1] < 1:
    raise SystemExit("Changed: the default conversion no longer cuts the decimals.")
EOF
