#!/usr/bin/env bash
# skrub 0.11.0 reads 03/02/2026 as 2 March in one column of a table and as 3 February in another.
#
# Expected: a table has one order of day and month; where no value of a column tells it, a cleaner asks, or leaves the
# text, as it leaves 1,5 and 5%.
# Seen: each column is guessed alone: one with 13/02/2026 is read day first, one whose days are all up to 12 month
# first, 3.2.2026 with dots, too. The order is learnt: a 13/02/2026 that comes later to the second column becomes
# missing. No warning.
# Why it matters: Cleaner and TableVectorizer are the first step of a pipeline; the time from order to delivery is off
# by weeks with either sign, and from the 13th of a month on the column is missing in production.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "skrub==0.11.0" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import warnings

import pandas
import skrub

table = pandas.DataFrame(
    {
        "ordered": ["03/02/2026", "05/02/2026", "06/02/2026"],
        "delivered": ["03/02/2026", "09/02/2026", "13/02/2026"],
        "paid": ["3.2.2026", "9.2.2026", "10.2.2026"],
        "share": ["5%", "7%", "9%"],
    }
)
later = table.assign(ordered=["11/02/2026", "12/02/2026", "13/02/2026"])
with warnings.catch_warnings():
    warnings.simplefilter("error")
    cleaner = skrub.Cleaner()
    clean, new = cleaner.fit_transform(table), cleaner.transform(later)
first = {name: f"{clean[name][0]:%d %b}" for name in ("ordered", "delivered", "paid")}
print("skrub", skrub.__version__, "first row:", first, "later:", new["ordered"].tolist())
if clean["share"].tolist() != ["5%", "7%", "9%"]:
    raise SystemExit("Changed: percentages are no longer left as text.")
if first != {"ordered": "02 Mar", "delivered": "03 Feb", "paid": "02 Mar"}:
    raise SystemExit("Changed: the order of day and month is no longer guessed column by column.")
if not pandas.isna(new["ordered"][2]) or f"{new['ordered'][0]:%d %b}" != "02 Nov":
    raise SystemExit("Changed: a day after the 12th is no longer missing in a column that was read month first.")
EOF
