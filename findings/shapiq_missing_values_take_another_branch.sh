#!/usr/bin/env bash
# shapiq 1.4.1 explains rows with missing values by a branch that the model does not take.
#
# Expected: the contributions of a row and the baseline sum to the prediction of the row, for models that handle
# missing values by themselves (LightGBM 4.7.0, trees and forests of scikit-learn 1.9.1), or TreeExplainer refuses
# such rows.
# Seen: for full rows the sums are exact and, for LightGBM, each contribution is that of LightGBM itself. For rows
# with a NaN the sum is off by 1 to 3, without a warning: the learnt direction of missing values is not read.
# Why it matters: an explanation "why was this machine flagged" is asked for most where a sensor was missing; it names
# other features and does not add up to the score that it explains.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "shapiq==1.4.1" "lightgbm==4.7.0" "scikit-learn==1.9.1"

OMP_NUM_THREADS=1 venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import lightgbm
import numpy
import shapiq
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

random = numpy.random.default_rng(0)
rows = random.normal(size=(500, 4))
rows[random.random(rows.shape) < 0.25] = numpy.nan
# A missing first value is a sign of trouble by itself.
load = numpy.where(numpy.isnan(rows[:, 0]), 8, 2 * rows[:, 0]) + numpy.nan_to_num(rows[:, 1])
holes = numpy.isnan(rows).any(axis=1)
print("shapiq", version("shapiq"), "lightgbm", lightgbm.__version__)
models = {
    "LightGBM": lightgbm.LGBMRegressor(n_estimators=20, max_depth=3, verbose=-1),
    "decision tree": DecisionTreeRegressor(max_depth=4, random_state=0),
    "random forest": RandomForestRegressor(10, max_depth=4, random_state=0),
}
for name, model in models.items():
    model.fit(rows, load)
    explainer = shapiq.TreeExplainer(model=model, max_order=1, index="SV")
    off = {}
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for kind, chosen in (("full", rows[~holes][:40]), ("with a NaN", rows[holes][:40])):
            differences = []
            for row in chosen:
                values = explainer.explain(row)
                total = float(values.baseline_value) + sum(float(values[(column,)]) for column in range(4))
                differences.append(abs(total - model.predict(row.reshape(1, -1))[0]))
            off[kind] = max(differences)
    told = [str(warning.message) for warning in said if "nan" in str(warning.message).lower()]
    print(f"{name}: sums are off by {off['full']:.6f} for full rows", end=", ")
    print(f"{off['with a NaN']:.3f} for rows with a NaN, told {told}")
    if off["full"] > 1e-4:
        raise SystemExit(f"Changed: the sums of {name} for full rows are no longer exact.")
    if off["with a NaN"] < 0.5 or told:
        raise SystemExit(f"Changed: rows with missing values of {name} are explained or refused now.")
EOF
