#!/usr/bin/env bash
# xarray 2026.9.0 with Bottleneck 1.6.0: after one reading of 1e20 all later rolling means are 0.
#
# Expected: a mean over the last three readings depends on these three readings only. Bottleneck is an optional
# package that makes xarray faster ("accelerates rolling"); installed or not, the numbers are the same.
# Seen: once 1e20, a usual code for "missing" in climate and weather files, has passed, the mean of three readings of
# 0.1 is 0 for the rest of the series, and so is their sum. Without Bottleneck (use_bottleneck=False), and in pandas
# 3.1.1, it is 0.1. After an infinite value all later means are NaN with it, and 0.1 without.
# Why it matters: one code that was not taken out changes the features of every later row, not only of the window that
# it is in, and in training and serving differently, since these begin at other rows; and it depends on an
# environment.
# Source: found by running; a running sum that adds and subtracts loses the small numbers.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "xarray==2026.9.0" "bottleneck==1.6.0" "numpy==2.4.6" "pandas==3.1.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import numpy as np
import pandas as pd
import xarray as xr

print({name: version(name) for name in ("xarray", "bottleneck", "pandas")})
for spike in (1e20, np.inf):
    readings = np.r_[np.full(5, 0.1), spike, np.full(50, 0.1)]
    series = xr.DataArray(readings, dims="time")
    last = {}
    for used in (True, False):
        with xr.set_options(use_bottleneck=used):
            last[used] = float(series.rolling(time=3).mean()[-1])
    other = float(pd.Series(readings).rolling(3).mean().iloc[-1])
    print(f"after {spike}: with Bottleneck {last[True]}, without {last[False]}, pandas {other}")
    if abs(last[False] - 0.1) > 1e-9 or abs(other - 0.1) > 1e-9:
        raise SystemExit("Changed: xarray alone or pandas no longer recover.")
    if abs(last[True] - 0.1) < 0.01:
        raise SystemExit("Changed: Bottleneck recovers now.")
EOF
