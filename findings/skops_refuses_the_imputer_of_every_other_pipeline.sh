#!/usr/bin/env bash
# skops 0.16.0: the simplest imputer and the column selector of scikit-learn are not trusted, while harder ones are.
#
# Expected: skops trusts what scikit-learn's own estimators are made of, so that a pipeline of them is read with no list of
# types to trust; or it refuses those that compiled code follows, such as trees.
# Seen: trees are refused, and so are a fitted SimpleImputer and KBinsDiscretizer (for the numpy.dtype that they keep),
# make_column_selector, and with it even the type numpy.number that it was asked for. KNNImputer, OneHotEncoder,
# TargetEncoder and PowerTransformer are read at once.
# Why it matters: imputing and choosing columns by type are in most pipelines of tables. MLflow writes models with skops by
# default and refuses to log these without skops_trusted_types, so a notebook that worked fails at its last line.
# Source: skops documentation, secure persistence, trusted types.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "skops==0.16.0" "scikit-learn==1.9.1" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import skops.io
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, PowerTransformer, StandardScaler

numbers = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=["a", "b", "c"])
names = pd.DataFrame({"grade": ["L", "M", "H"] * 20})
by_type = make_column_transformer((StandardScaler(), make_column_selector(dtype_include=np.number)))
SELECTOR = "sklearn.compose._column_transformer.make_column_selector"
CASES = {
    "SimpleImputer": (SimpleImputer(), numbers, ["numpy.dtype"]),
    "KBinsDiscretizer": (KBinsDiscretizer(), numbers, ["numpy.dtype"]),
    "columns chosen by type": (by_type, numbers, ["numpy.number", SELECTOR]),
    "KNNImputer": (KNNImputer(), numbers, []),
    "PowerTransformer": (PowerTransformer(), numbers, []),
    "OneHotEncoder": (OneHotEncoder(), names, []),
}
print("skops", version("skops"), "scikit-learn", version("scikit-learn"))
for name, (estimator, rows, wanted) in CASES.items():
    found = skops.io.get_untrusted_types(data=skops.io.dumps(estimator.fit(rows)))
    print(f"{name}: {', '.join(found) or 'trusted'}")
    if found != wanted:
        sys.exit(f"{name} is trusted otherwise now.")
PY
echo "Seen: a SimpleImputer and columns chosen by type are read only with a list of types to trust."
