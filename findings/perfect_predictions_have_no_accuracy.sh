#!/usr/bin/env bash
# pycm 4.6 gives predictions that are all right an accuracy of 0, because they are 1.0 and the labels are 1.
#
# Expected: labels 0 and 1 equal predictions 0.0 and 1.0, and True and False equal 1 and 0, as for Python, numpy and
# scikit-learn 1.9.1; or two kinds of labels are refused.
# Seen: if the two columns differ in kind, both become texts: "1" and "1.0" are two classes, of which no row agrees. The
# accuracy and kappa of perfect predictions are 0.0. No warning, and lists and numpy arrays alike.
# Why it matters: one missing label makes a column of pandas 1.0 instead of 1, XGBoost and LightGBM answer in floats,
# and a comparison is true or false. A report of models then shows the best one as worthless, and an alarm on accuracy
# goes off because of a type.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pycm==4.6" "scikit-learn==1.9.1" "numpy==2.4.6"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

import numpy
from pycm import ConfusionMatrix
from sklearn.metrics import accuracy_score

warnings.simplefilter("error")
LABELS = [0, 1, 1, 0, 1]
CASES = {
    "whole numbers": ([0, 1, 1, 0, 1], 1.0),
    "floats": ([0.0, 1.0, 1.0, 0.0, 1.0], 0.0),
    "truths": ([False, True, True, False, True], 0.0),
}
print("pycm", version("pycm"), "for five right predictions of", LABELS)
for name, (predicted, seen) in CASES.items():
    of_lists = ConfusionMatrix(LABELS, predicted)
    of_arrays = ConfusionMatrix(numpy.array(LABELS), numpy.array(predicted))
    peer = accuracy_score(LABELS, predicted)
    print(f"{name}: classes {of_lists.classes}, accuracy {of_lists.Overall_ACC}, scikit-learn {peer}")
    if of_lists.Overall_ACC != seen or of_arrays.Overall_ACC != seen or of_lists.Kappa != seen:
        raise SystemExit(f"Changed: predictions as {name} no longer have an accuracy of {seen}.")
    if peer != 1.0:
        raise SystemExit("Changed: scikit-learn no longer counts them as right.")
PYTHON
