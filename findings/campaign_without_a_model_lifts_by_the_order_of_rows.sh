#!/usr/bin/env bash
# scikit-uplift 0.5.1 says that a model with one answer for everybody lifts sales by 1.0, or by -1.0, by the row order.
#
# Expected: where all have the same score, the best third is any third: the lift is that of all customers, 0 here.
# Seen: uplift_at_k takes the rows of equal score in the order they stand in the table, from its end: 1.0 if those who
# bought with an offer or did not without one come last, -1.0 if they come first. qini_auc_score answers 0 for both.
# Why it matters: models of uplift by segments or shallow trees have few different scores, and tables come sorted by
# outcome out of a union of buyers and others; a campaign is judged by how its table was put together.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "scikit-uplift==0.5.1" "scikit-learn==1.9.1" "pandas==2.3.3"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import numpy
from sklift.metrics import qini_auc_score, uplift_at_k

bought = numpy.repeat([1, 0, 1, 0], 250)
offered = numpy.repeat([1, 1, 0, 0], 250)
score = numpy.full(1000, 0.5)
order = numpy.argsort(numpy.where(bought == offered, 1, 0), kind="stable")


def lift(rows):
    k = uplift_at_k(bought[rows], score, offered[rows], strategy="overall", k=0.3)
    return round(float(k), 3), round(float(qini_auc_score(bought[rows], score, offered[rows])), 3)


last, first = lift(order), lift(order[::-1])
print("scikit-uplift", version("scikit-uplift"), "buyers after an offer last:", last, "first:", first)
if (last[0], first[0]) != (1.0, -1.0):
    raise SystemExit("Changed: the lift is no longer 1 and -1 by the order of the rows.")
if (last[1], first[1]) != (0.0, 0.0):
    raise SystemExit("Changed: the area is no longer 0 for both.")
PYTHON
