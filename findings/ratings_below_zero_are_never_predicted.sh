#!/usr/bin/env bash
# mord 0.7 never predicts a class below 0, predicts the class 0 where there is none, and 3 and 4 between 2 and 5.
#
# Expected: a model of ordered classes answers with classes of its training, -2 to 2 here, or refuses labels that it
# cannot take, as LogisticAT of the same library refuses 1, 2, 5.
# Seen: OrdinalRidge and LAD cut their answers to 0 and the highest class: all that was -2 or -1 is answered 0. With
# ratings from 1 to 5 a row below all others is rated 0; with 1, 2, 5 there are 0, 3 and 4 among the answers. No
# warning.
# Why it matters: changes, balances and agreement are rated on both sides of zero; half of the scale is gone, and what
# is left looks like caution. A rating of 0, or one that nobody can give, meets code that looks up its name.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check setuptools wheel "numpy==2.4.6" "scikit-learn==1.9.1"
venv/bin/pip install --quiet --disable-pip-version-check "mord==0.7"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
from mord import LAD, LogisticAT, OrdinalRidge

warnings.simplefilter("error", UserWarning)
columns = numpy.linspace(0, 10, 500)[:, None]
asked = numpy.array([[-3.0], [1.0], [3.0], [5.0], [7.0], [9.0], [13.0]])


def answers(model, classes):
    """Return the answers of a model that learnt the classes in their order, for rows from below the first upwards."""
    labels = numpy.array(classes)[numpy.minimum((columns[:, 0] / 10 * len(classes)).astype(int), len(classes) - 1)]
    return model.fit(columns, labels).predict(asked).astype(int).tolist()


print("mord", version("mord"), "scikit-learn", version("scikit-learn"))
REFUSED = "Values in y must be"
WANTED = [
    (OrdinalRidge(), [-2, -1, 0, 1, 2], [0, 0, 0, 0, 1, 2, 2]),
    (OrdinalRidge(), [1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5, 5]),
    (OrdinalRidge(), [1, 2, 5], [0, 1, 2, 3, 4, 5, 5]),
    (LAD(max_iter=1_000_000, random_state=0), [-2, -1, 0, 1, 2], [0, 0, 0, 0, 1, 2, 2]),
    (LogisticAT(), [-2, -1, 0, 1, 2], [-2, -2, -1, 0, 1, 2, 2]),
    (LogisticAT(), [1, 2, 5], REFUSED),
]
for model, classes, wanted in WANTED:
    name = type(model).__name__
    try:
        seen = answers(model, classes)
    except ValueError as error:
        seen = str(error)[: len(REFUSED)]
    print(f"{name} of {classes}: {seen}")
    if seen != wanted:
        raise SystemExit(f"Changed: {name} of {classes} gave {wanted}.")
EOF
