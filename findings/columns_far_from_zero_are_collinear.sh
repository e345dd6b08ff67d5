#!/usr/bin/env bash
# toad 0.1.7 drops a column that has nothing in common with the others, because neither lies near 0.
#
# Expected: the variance inflation factor (VIF) of columns that do not correlate is 1, whatever their level or unit.
# Seen: the regression behind it has no intercept and the sum of squares is not centred: a temperature near 300 K and
# a pressure near 1000 hPa, with a correlation of 0.01, have factors above 30000. Less their means both are 1.0.
# drop_vif(threshold=3) drops one of the two. No warning.
# Why it matters: it is one step of the usual preparation of a scorecard; which columns stay depends on the unit, so a
# model on Celsius and one on Kelvin have other inputs.
# Source: found by running; toad.stats.VIF and toad.selection.drop_vif.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "toad==0.1.7" "pandas==2.3.3" "scikit-learn==1.9.1"

venv/bin/python - <<'PYTHON'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import numpy
import pandas
import toad

random = numpy.random.default_rng(0)
rows = pandas.DataFrame({"kelvin": random.normal(300, 1, 500), "hectopascals": random.normal(1000, 5, 500)})
balance = pandas.Series(random.normal(0, 1, 500), name="balance")
factors, centred = toad.stats.VIF(rows), toad.stats.VIF(rows - rows.mean())
kept = toad.selection.drop_vif(rows.join(balance), threshold=3).columns.tolist()
print("toad", version("toad"), "correlation", round(rows.corr().iloc[0, 1], 2))
print("factors", factors.round().to_dict(), "less their means", centred.round(2).to_dict(), "kept", kept)
if factors.min() < 30000 or centred.max() > 1.1:
    raise SystemExit("Changed: the factors no longer depend on the level of a column.")
if len(kept) != 2 or "balance" not in kept:
    raise SystemExit("Changed: drop_vif keeps other columns.")
PYTHON
