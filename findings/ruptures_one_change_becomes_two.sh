#!/usr/bin/env bash
# ruptures 1.1.10 finds two changes where a series changes once, and dozens where one reading is missing.
#
# Expected: a series of 200 values that steps from 0 to 8 at position 103 has one change, at 103, as KernelCPD and
# Pelt(jump=1) say. A missing reading is refused, as most libraries do, or left out.
# Seen: Pelt with its defaults looks at every fifth position only (jump=5), and since 103 is none of them it tells two
# changes, 100 and 105; Binseg, Dynp and BottomUp tell 105. With one NaN at position 50 Pelt(jump=1) tells more than
# fifty changes and not the real one alone, Binseg tells 5 and KernelCPD tells 2. There is no error.
# Why it matters: the stretch between two changes, three to five rows here, becomes a regime of its own with its own
# mean; and one dropped reading, which every sensor has, moves the alarm to a place where nothing happened.
# Source: ruptures documentation, parameter jump ("grid of possible change points"), default 5.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ruptures==1.1.10"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import numpy as np
import ruptures

random = np.random.default_rng(0)
series = np.r_[random.normal(0, 1, 103), random.normal(8, 1, 97)]
defaults = {
    "Pelt": ruptures.Pelt(model="l2").fit(series).predict(pen=10),
    "Pelt, jump=1": ruptures.Pelt(model="l2", jump=1).fit(series).predict(pen=10),
    "Binseg": ruptures.Binseg(model="l2").fit(series).predict(n_bkps=1),
    "Dynp": ruptures.Dynp(model="l2").fit(series).predict(n_bkps=1),
    "BottomUp": ruptures.BottomUp(model="l2").fit(series).predict(n_bkps=1),
    "KernelCPD": ruptures.KernelCPD(kernel="linear").fit(series).predict(n_bkps=1),
}
print("ruptures", version("ruptures"), defaults)
wanted = {"Pelt": [100, 105], "Binseg": [105], "Dynp": [105], "BottomUp": [105]}
for name, ends in defaults.items():
    if list(ends[:-1]) != wanted.get(name, [103]):
        raise SystemExit(f"Changed: {name} no longer tells {wanted.get(name, [103])}.")

series[50] = np.nan
many = ruptures.Pelt(model="l2", jump=1).fit(series).predict(pen=10)
binseg = ruptures.Binseg(model="l2").fit(series).predict(n_bkps=1)
kernel = ruptures.KernelCPD(kernel="linear").fit(series).predict(n_bkps=1)
print("with one missing reading: Pelt", len(many) - 1, "changes; Binseg", binseg, "KernelCPD", kernel)
if len(many) < 50 or binseg[0] == 103 or kernel[0] == 103:
    raise SystemExit("Changed: a missing reading no longer makes changes of its own.")
EOF
