#!/usr/bin/env bash
# agate 1.14.2, the reader under csvkit, takes 12,5 for 125, 5% for 5, and adds dollars to euros.
#
# Expected: a decimal comma, a percent sign or a currency changes what a number is; a reader that does not know which
# one is meant leaves the text, as agate does for (4.50) and 1.234.567.
# Seen: a column of 12,5 and 7,25 becomes the numbers 125 and 725, 5% becomes 5 rather than 0.05, and $3.50 and €4 stand
# as 3.50 and 4 in one column. No warning.
# Why it matters: European exports with decimal commas are the rule; prices grow tenfold or a hundredfold depending on
# how many decimals a cell has, so that no factor mends the column.
# Source: found by running; the type Number of the documentation (locale, group_symbol).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "agate==1.14.2"

venv/bin/python - <<'EOF'
import io
from importlib.metadata import version

import agate

TEXT = """price,share,cost,loss,large
"12,5",5%,$3.50,(4.50),1.234.567
"7,25",10%,€4,-5,7
"""
table = agate.Table.from_csv(io.StringIO(TEXT))
seen = {name: [str(value) for value in table.columns[name].values()] for name in table.column_names}
kinds = {column.name: type(column.data_type).__name__ for column in table.columns}
print("agate", version("agate"), seen, kinds)
if (kinds["loss"], kinds["large"]) != ("Text", "Text"):
    raise SystemExit("Changed: numbers in other writings are no longer left as text.")
if seen["price"] != ["125", "725"]:
    raise SystemExit("Changed: a decimal comma is no longer left out.")
if (seen["share"], seen["cost"]) != (["5", "10"], ["3.50", "4"]):
    raise SystemExit("Changed: percent and currency signs are no longer left out.")
EOF
