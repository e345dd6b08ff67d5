#!/usr/bin/env bash
# xgboost2sql 0.1.1 writes a model whose SQL sends every row to the right, wherever NULL was learnt to go to the right.
#
# Expected: the query gives the probabilities of the model, for known values and for NULL; of a split "x < 0.5" that
# sends missing values to the right it asks "x < 0.5", and NULL goes with the rest.
# Seen: it asks for "x < 0.5 and x is null", which holds for no row: risks of 0.11 at x = 0.2 and 0.35 at 0.8 are 0.43
# both, for a model whose training had nothing missing. With missing values that tell of a risk both are 0.98. No error;
# it warns of an offset of the model only, which is 0 here.
# Why it matters: splits of a table without missing values are of this kind, and scores in the database have nothing
# beside them to compare. They lie between 0 and 1, and no row is told from another.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  "xgboost-cpu==3.2.0" "duckdb==2.0.1" "numpy==2.4.6" "pandas==3.1.1"
venv/bin/pip install --quiet --disable-pip-version-check --no-deps "xgboost2sql==0.1.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import duckdb
import numpy
import pandas
import xgboost
from xgboost2sql import XGBoost2Sql

warnings.filterwarnings("ignore", message=".*xgboost.*")
rows = pandas.DataFrame({"key": [1, 2, 3], "x": [0.2, 0.8, None]})


def learnt(missing, share=None):
    """Return a model of a risk that rises with x, with x missing in a share of the rows with the outcome given."""
    random = numpy.random.default_rng(0)
    x = random.uniform(size=4000)
    outcome = (random.uniform(size=4000) < numpy.where(x < 0.5, 0.1, 0.35)).astype(int)
    if share:
        x[(outcome == missing) & (random.uniform(size=4000) < share)] = numpy.nan
    settings = {"objective": "binary:logistic", "max_depth": 1, "base_score": 0.5, "seed": 0}
    return xgboost.train(settings, xgboost.DMatrix(pandas.DataFrame({"x": x}), outcome), num_boost_round=20)


def by_sql(booster):
    """Return the scores of the model's query for the rows, in their order."""
    query = XGBoost2Sql().transform(booster, keep_columns=["key"], table_name="asked")
    connection = duckdb.connect()
    connection.execute("create table asked as select key, nullif(x, 'nan') as x from rows")
    return [round(score, 2) for (score,) in connection.sql(f"select score from ({query}) order by key").fetchall()]


print("xgboost", xgboost.__version__, "xgboost2sql", version("xgboost2sql"), "duckdb", duckdb.__version__)
CASES = [
    ("nothing missing", learnt(None), [0.11, 0.35, 0.43], [0.43, 0.43, 0.43]),
    ("missing tells of a risk", learnt(1, 0.2), [0.09, 0.29, 0.98], [0.98, 0.98, 0.98]),
    ("missing tells of none", learnt(0, 0.2), [0.13, 0.39, 0.01], [0.01, 0.02, 0.01]),
]
for name, booster, right, wanted in CASES:
    model = [round(float(score), 2) for score in booster.predict(xgboost.DMatrix(rows[["x"]]))]
    seen = by_sql(booster)
    print(f"{name}: model {model}, SQL {seen}, first split {booster.get_dump()[0].split()[0]}")
    if model != right:
        raise SystemExit("Changed: the model itself answers otherwise.")
    if seen != wanted:
        raise SystemExit(f"Changed: the query gave {wanted}.")
EOF
