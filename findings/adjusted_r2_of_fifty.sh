#!/usr/bin/env bash
# regressionmetrics 1.4.0 finds an adjusted R2 of 50.0 in a model that explains half, and a higher one in a worse model.
#
# Expected: adjusted R2 takes something off for each column of the model: it lies below R2 and never above 1.
# Seen: the number of predictions stands where that of columns belongs: (1 - R2) (n - 1) is added, so that R2 of 0.5
# over 100 rows is 50.0, and 0.0 is 99.0. The relative error divides by the true value with its sign: errors of 50 % at
# -10 and 10 are 0 together. The logarithmic error for data below zero leaves such rows out, and divides by all. No
# warning.
# Why it matters: "best value is 1.0", the docstring says; columns are chosen by this figure, larger is better, and the
# worst model wins. Balances, temperatures and trades of both signs have no relative error.
# Source: the docstrings of AdjR2CoefScore and MediaRelErr; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "numpy==2.4.6" "scikit-learn==1.9.1"
venv/bin/pip install --quiet --disable-pip-version-check --no-deps "regressionmetrics==1.4.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import numpy
from regressionmetrics.metrics import AdjR2CoefScore, MediaRelErr, R2CoefScore, RootMeanSqrtLogErrNeg

truth = numpy.tile([-1.0, 1.0], 50)
half = truth * (1 - numpy.sqrt(0.5))
nothing = numpy.zeros(100)
print("regressionmetrics", version("regressionmetrics"))
for name, answers, wanted in (("half", half, (0.5, 50.0)), ("nothing", nothing, (0.0, 99.0))):
    seen = round(R2CoefScore(truth, answers), 6), round(float(AdjR2CoefScore(truth, answers)), 6)
    print(f"a model that explains {name}: R2 {seen[0]}, adjusted {seen[1]}")
    if seen != wanted:
        raise SystemExit(f"Changed: R2 and adjusted R2 were {wanted}.")

relative = float(MediaRelErr(numpy.array([-10.0, 10.0]), numpy.array([-15.0, 15.0])))
print("relative error of -15 for -10 and 15 for 10:", round(relative, 6))
if abs(relative) > 1e-6:
    raise SystemExit("Changed: errors of both signs are no longer 0 together.")

truth, answers = numpy.array([1.0, 3.0]), numpy.array([3.0, 7.0])
alone = float(RootMeanSqrtLogErrNeg(truth, answers))
beside = float(RootMeanSqrtLogErrNeg(numpy.append(truth, [-1.0] * 6), numpy.append(answers, [-50.0] * 6)))
print("logarithmic error:", round(alone, 3), "with six rows below zero:", round(beside, 3))
if abs(beside - alone / 2) > 1e-9:
    raise SystemExit("Changed: rows below zero no longer make the error smaller.")
EOF
