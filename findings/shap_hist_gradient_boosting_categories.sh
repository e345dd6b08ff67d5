#!/usr/bin/env bash
# shap 0.51.0: scikit-learn 1.9.1 HistGradientBoosting with categorical_features is explained wrongly, and no check
# notices.
#
# Expected: TreeExplainer refuses models that it cannot read (it refuses other cases by name), or its additivity
# check, on by default, raises when the contributions do not sum to the prediction.
# Seen: splits by category are read as splits by number. The contributions and the expected value miss the prediction
# by several units for a target that spans about ten, with and without background data, for shap_values() and for a
# call, and no error or warning is given. The same model without categorical_features is explained exactly.
# Why it matters: explanations are shown to people who decide on single cases and are stored for audits; here they
# name the wrong features and the wrong sign. Remedy: compare sums with predictions yourself.
# Source: shap documentation, TreeExplainer, check_additivity.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "shap==0.51.0" "scikit-learn==1.9.1" "numpy==2.4.6" \
  "pandas==3.1.1"

venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import shap
from sklearn.ensemble import HistGradientBoostingRegressor

warnings.simplefilter("error", UserWarning)
random = np.random.default_rng(0)
rows = random.normal(size=(1000, 3))
rows[:, 2] = random.integers(0, 8, 1000)
target = rows[:, 0] + 3 * (rows[:, 2] % 2)


def gap(categories: list[int] | None, background: np.ndarray | None) -> float:
    model = HistGradientBoostingRegressor(max_iter=30, categorical_features=categories, random_state=0).fit(rows, target)
    explainer = shap.TreeExplainer(model, data=background)
    contributions = explainer.shap_values(rows[:100])
    explainer(rows[:100])
    sums = contributions.sum(axis=1) + np.ravel(explainer.expected_value)[0]
    return float(np.abs(sums - model.predict(rows[:100])).max())


print("shap", version("shap"), "scikit-learn", version("scikit-learn"), "- range of the target", np.ptp(target).round(1))
seen = {
    "numbers only": gap(None, None),
    "categories": gap([2], None),
    "categories, background data": gap([2], rows[:50]),
}
for name, value in seen.items():
    print(f"{name}: the sum of contributions misses the prediction by up to {value:.3f}")
if seen["numbers only"] > 1e-3:
    sys.exit("The model without categories is explained wrongly now.")
if min(seen["categories"], seen["categories, background data"]) < 1:
    sys.exit("Categories are explained rightly now.")
PY
echo "Seen: contributions do not sum to the prediction and nothing is raised."
