#!/usr/bin/env bash
# quantstats 0.0.86 takes returns for prices as soon as none is negative and one is above 100 %.
#
# Expected: the functions of quantstats.stats take returns; monthly returns of 10, 20, 150, 5 and 30 % have a mean of
# 43 % and a standard deviation of 61 %.
# Seen: mean 288 % and deviation 346 %: the numbers are differenced as if they were prices. With 90 instead of 150 %
# they are right, and comp() is right for both. The Sharpe ratio changes too. No warning.
# Why it matters: forecasts of growth, young companies and volatile assets have such months; a single one turns the
# risk figures of the whole series into those of another, and the report looks as always.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "quantstats==0.0.86" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import pandas
import quantstats

months = pandas.date_range("2026-01-31", periods=5, freq="ME")


def figures(third):
    """Return mean, deviation and compound return by quantstats, and the same by pandas."""
    returns = pandas.Series([0.1, 0.2, third, 0.05, 0.3], index=months)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        seen = (
            quantstats.stats.avg_return(returns),
            quantstats.stats.volatility(returns, annualize=False),
            quantstats.stats.comp(returns),
        )
    right = (returns.mean(), returns.std(), (1 + returns).prod() - 1)
    return [round(float(part), 3) for part in seen], [round(float(part), 3) for part in right]


high, high_right = figures(1.5)
low, low_right = figures(0.9)
print("quantstats", version("quantstats"), "mean, deviation, compound with 90 %:", low, "pandas:", low_right)
print("with 150 %:", high, "pandas:", high_right)
if low != low_right or high[2] != high_right[2]:
    raise SystemExit("Changed: returns up to 100 %, or compound returns, are no longer right.")
if high[:2] != [2.883, 3.461]:
    raise SystemExit("Changed: returns above 100 % are no longer taken for prices.")
EOF
