#!/usr/bin/env bash
# permetrics 2.1.0 says that a forecast which is ten times too high diverges less than a perfect one: -1362 against 0.
#
# Expected: the table SUPPORT in its code gives the Kullback-Leibler divergence and the cross entropy of a regression
# the range from 0 to infinity, best 0, smaller is better. The manual says that the divergence is never negative, and
# on the same page that its range has no lower end.
# Seen: both are computed from the values as they are, not from shares of a whole. A perfect forecast has a cross
# entropy of -2745; twice the truth has a divergence of -410, ten times the truth -1362. Half the truth has +410. The
# divergence of Jensen and Shannon, of the same values, is 0 for the perfect one only. No error.
# Why it matters: a search for the smallest value takes the model that forecasts most; nothing but the sign tells, and a
# forecast that is too low has the sign that is expected.
# Source: permetrics, RegressionMetric.SUPPORT and the page on KLD in its manual; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "permetrics==2.1.0" "numpy==2.4.6" "scipy==1.17.1"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import numpy
from permetrics import RegressionMetric

truth = numpy.array([100.0, 120.0, 80.0, 110.0])
expected = {0.5: (-2335, 410, 25), 1: (-2745, 0, 0), 2: (-3155, -410, 50), 10: (-4107, -1362, 1264)}
print("permetrics", version("permetrics"))
for name in ("CE", "KLD"):
    told = RegressionMetric.SUPPORT[name]
    print(name, told)
    if (told["type"], told["range"], told["best"]) != ("min", "[0, +inf)", "0"):
        raise SystemExit("Changed: the range of the metric is told otherwise.")
for factor, wrong in expected.items():
    metric = RegressionMetric(truth, truth * factor)
    values = tuple(round(float(getattr(metric, name)())) for name in ("CE", "KLD", "JSD"))
    print(f"{factor} times the truth: cross entropy, Kullback-Leibler, Jensen-Shannon {values}")
    if values != wrong:
        raise SystemExit("Changed: the metric is computed otherwise.")
PYTHON
