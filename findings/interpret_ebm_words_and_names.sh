#!/usr/bin/env bash
# interpret-core 0.7.8: a boosting machine scores words in a column of numbers, and takes columns by position if a
# name is unknown.
#
# Expected: predict() refuses a word where the feature is continuous, and a frame whose columns are not those of the
# training.
# Seen: "n/a", "30 y" and "30,0" in the column age are scored like a missing value, without a warning. A frame with
# the right names in another order is put in order; but if one name differs ("Age" for "age"), all columns are taken
# by position, so income is read as age. A warning is given, no error, as the number of columns is right.
# Why it matters: EBMs are chosen where decisions have to be explained; a unit in a cell or a renamed column gives a
# normal looking score with a normal looking explanation.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "interpret-core==0.7.8" "numpy==1.26.4" "pandas==2.3.3" \
  "scikit-learn==1.9.1" "scipy==1.14.1"

venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from interpret.glassbox import ExplainableBoostingRegressor

random = np.random.default_rng(0)
people = pd.DataFrame({"age": random.uniform(20, 60, 1000), "income": random.uniform(1000, 5000, 1000)})
model = ExplainableBoostingRegressor(interactions=0, outer_bags=2, max_rounds=200, n_jobs=1, random_state=0)
model.fit(people, people["age"])
person = pd.DataFrame({"age": [30.0], "income": [4000.0]})
TABLES = {
    "as trained": person,
    "text of a number": person.assign(age="30"),
    "a missing value": person.assign(age=np.nan),
    "n/a": person.assign(age="n/a"),
    "30 y": person.assign(age="30 y"),
    "30,0": person.assign(age="30,0"),
    "other order": person[["income", "age"]],
    "other order, one name unknown": person[["income", "age"]].rename(columns={"age": "Age"}),
}
seen, told = {}, {}
for name, table in TABLES.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seen[name] = float(model.predict(table)[0])
    told[name] = [str(warning.message) for warning in caught]
    print(f"{name}: {seen[name]:.2f}", told[name])
print("interpret-core", version("interpret-core"))
if not seen["as trained"] == seen["text of a number"] == seen["other order"] or abs(seen["as trained"] - 30) > 3:
    sys.exit("The model does not predict what it learnt.")
if not seen["a missing value"] == seen["n/a"] == seen["30 y"] == seen["30,0"] or told["n/a"]:
    sys.exit("Words in a column of numbers are treated in another way now.")
if seen["other order, one name unknown"] < 50:
    sys.exit("Unknown names are treated in another way now.")
PY
echo "Seen: words count as missing values in silence, and one unknown name makes income the age."
