#!/usr/bin/env bash
# ydf 0.16.1 converts a scikit-learn 1.9.1 forest that learnt from missing values into one that decides otherwise.
#
# Expected: from_sklearn() gives the same predictions, or refuses a forest whose splits send missing values to a learnt
# side.
# Seen: without missing values the two agree to 1e-6. With them, in training and in prediction, more than one row in
# twenty gets another class, some with a probability of 0 instead of 1, and a regression tree is off by more than the
# standard deviation of its target. No error and no warning.
# Why it matters: a conversion for faster serving is checked on clean rows; the rows with a hole, for whose sake the
# forest was trained with holes, are decided by another side of the tree.
# Source: found by running; the documentation of from_sklearn names no such limit.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "ydf==0.16.1" "scikit-learn==1.9.1" "numpy==2.4.6" "pandas==3.1.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
import ydf
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeRegressor

ydf.verbose(0)
generator = numpy.random.default_rng(0)
rows = generator.normal(size=(2000, 3))
holes = numpy.where(generator.random(rows.shape) < 0.2, numpy.nan, rows)
outcome = (rows[:, 0] + 0.5 * rows[:, 1] > 0).astype(int)


def converted(model, features):
    """Return the predictions of the converted model."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        return ydf.from_sklearn(model).predict({"features": features})


clean = RandomForestClassifier(20, random_state=0).fit(rows, outcome)
forest = RandomForestClassifier(20, random_state=0).fit(holes, outcome)
tree = DecisionTreeRegressor(random_state=0).fit(holes, rows[:, 0])
same = numpy.abs(converted(clean, rows) - clean.predict_proba(rows)[:, 1]).max()
here, there = forest.predict_proba(holes)[:, 1], converted(forest, holes)
other_class = numpy.mean((here > 0.5) != (there > 0.5))
error = numpy.abs(tree.predict(holes) - converted(tree, holes)).max()
print("ydf", version("ydf"), "scikit-learn", version("scikit-learn"), f"difference without holes: {same:.1g}")
print(f"with holes: {numpy.abs(here - there).max():.2f} at most, other class in {other_class:.1%} of the rows")
print(f"regression tree, largest error: {error:.2f} at a standard deviation of {rows[:, 0].std():.2f}")
if same > 1e-5:
    raise SystemExit("Changed: the forest without missing values differs as well.")
if numpy.abs(here - there).max() < 0.9 or other_class < 0.05 or error < rows[:, 0].std():
    raise SystemExit("Changed: the rows with missing values are decided alike, or more nearly so.")
EOF
