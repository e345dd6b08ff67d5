#!/usr/bin/env bash
# chainladder 0.10.1 leaves out a year whose claims fell to 0, and so sets the reserve of the others too high.
#
# Expected: a year with 100 reported and, after it was won in court, 0 is a year that developed by the factor 0. The
# factor of the first year is then (150 + 0 + 150) / 300, that is 1.0.
# Seen: a 0 in a triangle is a missing value: the factor is 1.5, the ultimate of the newest year 160 instead of 107,
# and the ultimate of the year itself is NaN, which the total leaves out. With 0.01 in place of 0 the factor is 1.0.
# No warning.
# Why it matters: recoveries, cancelled orders and returned goods end at nothing in small lines, and these are the
# years that hold the forecast down: without them it is one-sided.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "chainladder==0.10.1" "pandas==3.1.1" "numpy==2.4.6" \
  "scikit-learn==1.9.1"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import chainladder
import pandas

warnings.simplefilter("error", UserWarning)
YEARS = [2019] * 4 + [2020] * 3 + [2021] * 2 + [2022]
SEEN_AT = [2019, 2020, 2021, 2022, 2020, 2021, 2022, 2021, 2022, 2022]


def forecast(left):
    """Return the first factor and the ultimate of each year when `left` remains of the claims of 2020."""
    claims = [100.0, 150, 160, 160, 100, left, left, 100, 150, 100]
    table = pandas.DataFrame({"year": YEARS, "seen": SEEN_AT, "claims": claims})
    triangle = chainladder.Triangle(table, origin="year", development="seen", columns="claims", cumulative=True)
    factor = chainladder.Development().fit(triangle).ldf_.to_frame().iloc[0, 0]
    ultimate = chainladder.Chainladder().fit(triangle).ultimate_
    years = [round(float(value)) if value == value else None for value in ultimate.to_frame().iloc[:, 0]]
    return round(float(factor), 3), years, round(float(ultimate.sum()))


print("chainladder", version("chainladder"))
nothing, cent = forecast(0.0), forecast(0.01)
print("nothing left: factor, ultimates, total", *nothing)
print("a cent left:  factor, ultimates, total", *cent)
if nothing[0] != 1.5 or nothing[1] != [160, None, 160, 160]:
    raise SystemExit("Changed: claims of 0 count.")
if cent[0] != 1.0 or cent[1][3] > 110:
    raise SystemExit("Changed: claims of a cent are left out, too.")
EOF
