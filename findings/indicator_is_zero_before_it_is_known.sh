#!/usr/bin/env bash
# ta 0.11.0 gives 0 for indicators that are not known yet, for two of them, and NaN for the others.
#
# Expected: an indicator over the last 14 values is missing for the first 13, as in pandas; fillna=False, the default,
# says that nothing is filled in.
# Seen: the average true range is 0 for 13 rows and the average directional index (with +DI) for 27, after which they
# jump to their level; RSI, Bollinger bands, money flow and the ulcer index are NaN there. No warning.
# Why it matters: each series of a training table begins with such rows. dropna() keeps them, and a model learns that
# a volatility of 0 goes with the first days of a listing; a freshly started service feeds zeros for weeks.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ta==0.11.0" "pandas==3.1.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import numpy
import pandas
from ta.momentum import rsi
from ta.trend import adx, adx_pos
from ta.volatility import average_true_range, bollinger_pband, ulcer_index
from ta.volume import money_flow_index

random = numpy.random.default_rng(0)
close = pandas.Series(100 + random.normal(size=60).cumsum())
high, low, volume = close + 1, close - 1, pandas.Series(1000.0, index=close.index)
indicators = {
    "average true range": (average_true_range(high, low, close, 14), 13, 0),
    "average directional index": (adx(high, low, close, 14), 27, 0),
    "+DI": (adx_pos(high, low, close, 14), 15, 0),
    "RSI": (rsi(close, 14), 0, 13),
    "Bollinger band": (bollinger_pband(close, 20), 0, 19),
    "money flow index": (money_flow_index(high, low, close, volume, 14), 0, 13),
    "ulcer index": (ulcer_index(close, 14), 0, 13),
}
print("ta", version("ta"), "pandas", pandas.__version__)
for name, (values, zeros, missing) in indicators.items():
    first = values.to_numpy()[: max(zeros, missing)]
    seen = int((first == 0).sum()), int(numpy.isnan(first).sum())
    print(f"{name}: {seen[0]} zeros and {seen[1]} missing, then {values.iloc[len(first)]:.2f}")
    if seen != (zeros, missing):
        raise SystemExit(f"Changed: {name} no longer begins with {zeros} zeros and {missing} missing values.")
    later = values.iloc[len(first):]
    if later.isna().any() or (zeros and (later == 0).any()):
        raise SystemExit(f"Changed: {name} is not known after its first {len(first)} values.")
EOF
