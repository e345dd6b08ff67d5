#!/usr/bin/env bash
# spotpy 1.6.7 gives a model that always says 3 a rank correlation of 1, and an efficiency of 0.71.
#
# Expected: a constant correlates with nothing, so the efficiency is not known, as kge says; what skips missing
# observations divides by those that are left; a relative error is not below 0.
# Seen: kge_non_parametric sorts equal values of the model by the observation, so a constant has the rank correlation 1
# with each series, whichever way it goes. bias and mse leave missing observations out, but bias divides by all: of 2
# too much it leaves 1 when half are missing, while mse stays at 4. rrmse of temperatures below zero is negative, and
# the likelihood log_p of the same errors falls from -1.8 to -1251. No warning.
# Why it matters: by these figures a model's parameters are chosen over thousands of runs that nobody looks at, and
# what is searched for is the highest efficiency and the lowest error. Dry rivers and gaps are the rule at gauges.
# Source: the paper that the function names (Pool, Vis and Seibert, 2018); found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "spotpy==1.6.7" "numpy==2.4.6" "scipy==1.17.1"

venv/bin/python - <<'EOF'
import math
import warnings
from importlib.metadata import version

import numpy
from spotpy import objectivefunctions as figures

flows = [1.0, 2, 3, 4, 5, 7]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    known = float(figures.kge(flows, [3.0] * 6))
ways = flows, flows[::-1], [3.0, 7, 1, 5, 2, 4]
ranks = [round(float(figures.kge_non_parametric(seen, [3.0] * 6, return_all=True)[1]), 3) for seen in ways]
efficiency = round(float(figures.kge_non_parametric(flows, [3.0] * 6)), 2)
gaps = [1.0, numpy.nan, 3, numpy.nan, 5, numpy.nan]
above = [flow + 2 for flow in flows]
bias = [abs(round(float(figures.bias(seen, above)), 3)) for seen in (flows, gaps)]
squared = [round(float(figures.mse(seen, above)), 3) for seen in (flows, gaps)]
frost = [-flow for flow in flows]
relative = round(float(figures.rrmse(frost, [degrees + 0.5 for degrees in frost])), 3)
likely = [float(figures.log_p(seen, [value + 0.5 for value in seen])) for seen in (flows, frost)]
print("spotpy", version("spotpy"), "a constant model: kge", known, "non-parametric", efficiency, "its ranks", ranks)
print("bias whole and with gaps:", bias, "mse:", squared, "rrmse of frost:", relative, "log_p:", likely)
if not math.isnan(known) or ranks != [1, 1, 1] or efficiency != 0.71:
    raise SystemExit("Changed: a constant no longer correlates with everything.")
if bias != [2, 1] or squared != [4, 4]:
    raise SystemExit("Changed: the bias is divided by the readings that are there.")
if relative > 0 or likely[1] > 100 * likely[0]:
    raise SystemExit("Changed: values below zero have figures like those above.")
EOF
