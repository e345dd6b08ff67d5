#!/usr/bin/env bash
# pyjanitor 0.32.60 turns the loss (12.50) of a balance sheet into a gain of 12.50, and 1.234,5 into 1.2345.
#
# Expected: currency_column_to_numeric(), made for columns of money, reads an amount in brackets as negative, as
# bookkeeping writes it, or as missing; a number with a decimal comma is read right, or is missing.
# Seen: by default all but digits, points and minus signs is removed and the rest is read: the brackets are gone and
# with them the sign, and of "1.234,50" the comma, so 1234.50 is 1.2345. "-3" stays negative and "1,234.50" is right.
# Only with cleaning_style="accounting" brackets are negative. No warning.
# Why it matters: a column of results has losses as large as its gains; sums, means and the sign of the target are
# wrong while every cell is a number.
# Source: pyjanitor documentation, currency_column_to_numeric, cleaning_style.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pyjanitor==0.32.60" "pandas==3.1.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import pandas as pd
import janitor  # noqa: F401, adds the methods

amounts = ["$1,234.50", "(12.50)", "-3", "1.234,50 €"]
print("pyjanitor", version("pyjanitor"), amounts)
plain = pd.DataFrame({"result": amounts}).currency_column_to_numeric("result")["result"].tolist()
styled = (
    pd.DataFrame({"result": amounts[:3]})
    .currency_column_to_numeric("result", cleaning_style="accounting")["result"]
    .tolist()
)
print("by default:", plain, "accounting:", styled)
if plain != [1234.5, 12.5, -3.0, 1.2345]:
    raise SystemExit("Changed: brackets or decimal commas are read otherwise by default.")
if styled[1] != -12.5:
    raise SystemExit("Changed: the accounting style no longer reads brackets as negative.")
EOF
