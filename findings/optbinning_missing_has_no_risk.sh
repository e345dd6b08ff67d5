#!/usr/bin/env bash
# OptBinning 1.0.0: a missing value is binned with its own event rate, and transformed to an event rate of 0.
#
# Expected: fit() learns the event rate of rows whose value is missing (the binning table shows it), and transform()
# uses it.
# Seen: transform() answers weight of evidence 0 and event rate 0 for missing values, whatever was learnt, because
# metric_missing is 0 by default; only metric_missing="empirical" uses the table. A category that was never seen gets
# the overall rate. A Scorecard gives the missing bin the points of weight of evidence 0.
# Why it matters: a missing income or sensor is often the strongest sign of a bad outcome (59 percent against 36
# here); as a feature it says "never", and a model that is trained on event rates learns the opposite of the data.
# Source: OptBinning documentation, OptimalBinning.transform, metric_missing.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "optbinning==1.0.0" "scikit-learn==1.9.1" "numpy==2.4.6" \
  "pandas==3.1.1"

venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
from optbinning import OptimalBinning

warnings.simplefilter("ignore")
random = np.random.default_rng(0)
income = random.normal(size=3000)
missing = random.random(3000) < 0.2
event = random.random(3000) < np.where(missing, 0.6, 1 / (1 + np.exp(-income + 1)))
income[missing] = np.nan
binning = OptimalBinning(name="income", dtype="numerical").fit(income, event.astype(int))
table = binning.binning_table.build()
learnt = float(table.loc[table["Bin"] == "Missing", "Event rate"].item())
rate = float(binning.transform([np.nan], metric="event_rate")[0])
evidence = float(binning.transform([np.nan], metric="woe")[0])
empirical = float(binning.transform([np.nan], metric="event_rate", metric_missing="empirical")[0])
print("OptBinning", version("optbinning"))
print(table[["Bin", "Event rate", "WoE"]])
print(f"missing: learnt {learnt:.3f}, transformed {rate:.3f}, evidence {evidence:.3f}, empirical {empirical:.3f}")
if not 0.5 < learnt < 0.7:
    sys.exit("The table does not show the event rate of missing values.")
if (rate, evidence) != (0.0, 0.0):
    sys.exit("Missing values are transformed by what was learnt now.")
if not np.isclose(empirical, learnt):
    sys.exit("metric_missing='empirical' no longer gives what was learnt.")
PY
echo "Seen: the riskiest group of rows is transformed to an event rate of 0."
