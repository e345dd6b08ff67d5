#!/usr/bin/env bash
# MLflow 3.17.2: the same scikit-learn model is a skops file by log_model() and a pickle by autolog().
#
# Expected: both write a model in the same format by default; since log_model() went over to skops, so did autolog().
# Seen: mlflow.sklearn.log_model(model) writes model.skops, mlflow.sklearn.autolog() writes model.pkl by cloudpickle, in
# the same version and the same run. autolog(serialization_format="skops") writes what log_model() writes.
# Why it matters: a platform that takes models without code in them, and was tried with log_model(), refuses (or worse,
# unpickles) those of every notebook that logs by autolog().
# Source: MLflow's documentation of mlflow.sklearn.log_model and mlflow.sklearn.autolog, serialization_format.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mlflow==3.17.2" "scikit-learn==1.9.1" "skops==0.16.0"

MLFLOW_DISABLE_TELEMETRY=true venv/bin/python - 2>/dev/null <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

import mlflow
import mlflow.sklearn
import numpy as np
from sklearn.linear_model import LogisticRegression

mlflow.set_tracking_uri("sqlite:///store.db")
columns = np.random.default_rng(0).normal(size=(100, 3))
target = (columns[:, 0] > 0).astype(int)


def written(log) -> list[str]:
    before = set(Path("mlruns").rglob("model.*"))
    with mlflow.start_run():
        log()
    return sorted(path.name for path in set(Path("mlruns").rglob("model.*")) - before)


def by_autolog(**options):
    mlflow.sklearn.autolog(log_datasets=False, **options)
    LogisticRegression().fit(columns, target)
    mlflow.sklearn.autolog(disable=True)


fitted = LogisticRegression().fit(columns, target)
found = {
    "log_model()": written(lambda: mlflow.sklearn.log_model(fitted, name="model")),
    "autolog()": written(by_autolog),
    'autolog(serialization_format="skops")': written(lambda: by_autolog(serialization_format="skops")),
}
print("MLflow", version("mlflow"), "scikit-learn", version("scikit-learn"), "skops", version("skops"))
for how, names in found.items():
    print(how, "writes", ", ".join(names))
if list(found.values()) != [["model.skops"], ["model.pkl"], ["model.skops"]]:
    sys.exit("MLflow writes other formats now.")
PY
echo "Seen: autolog() pickles a model that log_model() writes with skops."
