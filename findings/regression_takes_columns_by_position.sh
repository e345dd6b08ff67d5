#!/usr/bin/env bash
# glum 3.4.1 predicts from a data frame by the position of its columns, though it has learnt their names.
#
# Expected: an estimator that was fitted on a data frame finds the columns by name, or refuses others, as scikit-learn
# 1.9.1 does ("Feature names must be in the same order as they were in fit"). glum keeps the names, feature_names_.
# Seen: with the two columns exchanged, y = a - 5 b is computed as b - 5 a; a frame whose columns have quite other names
# is taken too. There is no error; all that may be said is a warning about the layout in memory.
# Why it matters: rows come from JSON, SQL or a feature store in another order than the training file; the premiums or
# demands are wrong by the size of the coefficients, and each is a plausible number.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "glum==3.4.1" "pandas==3.1.1" "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from glum import GeneralizedLinearRegressor
from sklearn.linear_model import LinearRegression

random = np.random.default_rng(0)
rows = pd.DataFrame({"a": random.normal(size=200), "b": random.normal(size=200)})
target = rows.a - 5 * rows.b
model = GeneralizedLinearRegressor(family="normal", alpha=0).fit(rows, target)
print("glum", version("glum"), "learnt", dict(zip(model.feature_names_, model.coef_.round(3))))
with warnings.catch_warnings():
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message="Input array is not contiguous")
    right = model.predict(rows)
    exchanged = model.predict(rows[["b", "a"]])
    renamed = model.predict(rows.rename(columns={"a": "pressure", "b": "flow"}))
print("first row:", target[0].round(3), "seen:", right[0].round(3), "columns exchanged:", exchanged[0].round(3))
if not np.allclose(right, target) or not np.allclose(exchanged, rows.b - 5 * rows.a):
    raise SystemExit("Changed: columns are no longer taken by position.")
if not np.allclose(renamed, target):
    raise SystemExit("Changed: other names are no longer taken.")
try:
    LinearRegression().fit(rows, target).predict(rows[["b", "a"]])
except ValueError as error:
    print("scikit-learn:", str(error).splitlines()[0])
else:
    raise SystemExit("Changed: scikit-learn takes exchanged columns.")
EOF
