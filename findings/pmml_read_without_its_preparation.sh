#!/usr/bin/env bash
# sklearn-pmml-model 1.0.8 reads the model out of a PMML file and leaves out what the file does around it.
#
# Expected: a PMML file is the whole of a prediction. Scaling (DerivedField), what stands in for missing values
# (missingValueReplacement) and the rescaling of a chain of models are followed, or the file is refused.
# Seen: a pipeline of scikit-learn 1.9.1, exported by nyoka 5.5.0, comes back without its StandardScaler or
# MinMaxScaler: the regression is applied to raw numbers. Of a gradient boosting classifier the learning rate and the
# start value are lost, so that every probability is near 0 or 1. A tree behind an imputer gets the NaN itself.
# Nothing is said, the shapes and classes are right, and a model without any preparation is exact.
# Why it matters: PMML is what banks and insurers hand over, and scaled regressions are what it mostly holds; the
# scores stay between 0 and 1 and are wrong.
# Source: found by running; the file itself is right (the DerivedField and the transformedValue stand in it).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "sklearn-pmml-model==1.0.8" "nyoka==5.5.0" "scikit-learn==1.9.1" "pandas==3.1.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import numpy
import pandas
from nyoka import skl_to_pmml
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn_pmml_model.auto_detect import auto_detect_estimator

random = numpy.random.default_rng(0)
rows = pandas.DataFrame(random.normal(3, 2, size=(400, 2)), columns=["pressure", "heat"])
holes = rows.mask(random.random(rows.shape) < 0.1)
failed = numpy.where(rows["pressure"] + rows["heat"] > 7, "yes", "no")


def difference(name, steps, table):
    pipeline = Pipeline(steps).fit(table, failed)
    skl_to_pmml(pipeline, list(table.columns), "failed", f"{name}.pmml")
    model = auto_detect_estimator(f"{name}.pmml")
    worst = numpy.abs(pipeline.predict_proba(table) - model.predict_proba(table)).max()
    text = open(f"{name}.pmml").read()
    held = [word for word in ("DerivedField", "missingValueReplacement", "transformedValue") if word in text]
    print(f"{name}: the file holds {held}, probabilities are off by up to {worst:.3f}")
    return worst, held


print("sklearn-pmml-model", version("sklearn-pmml-model"), "nyoka", version("nyoka"))
plain, _ = difference("plain_regression", [("model", LogisticRegression())], rows)
if plain > 1e-9:
    raise SystemExit("Changed: the regression without preparation used to be exact.")
cases = {
    "standard_scaler": ([("scale", StandardScaler()), ("model", LogisticRegression())], rows, "DerivedField"),
    "minmax_scaler": ([("scale", MinMaxScaler()), ("model", LogisticRegression())], rows, "DerivedField"),
    "imputer": (
        [("fill", SimpleImputer()), ("model", DecisionTreeClassifier(max_depth=4, random_state=0))],
        holes,
        "missingValueReplacement",
    ),
    "boosting": ([("model", GradientBoostingClassifier(n_estimators=10, random_state=0))], rows, "transformedValue"),
}
for name, (steps, table, word) in cases.items():
    worst, held = difference(name, steps, table)
    if word not in held:
        raise SystemExit(f"Changed: the exported file {name}.pmml no longer holds {word}.")
    if worst < 0.1:
        raise SystemExit(f"Changed: {word} of {name}.pmml is no longer left out.")
EOF
