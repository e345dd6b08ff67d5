#!/usr/bin/env bash
# price-parser 0.5.1 reads a tariff of 0.125 euros a kilowatt-hour as 125 euros, and a refund of -5 as 5.
#
# Expected: a number that begins with "0." or "0," has decimals behind it; a minus in front of an amount is kept.
# Seen: three digits behind a point or comma are taken for thousands, also after a single 0: "0.125 €" is 125,
# "$0.005" is 5, "EUR 0.999" is 999; "0.1255 €" is right. "-5.00 €" and "€ -12.50" lose their sign. No warning.
# Why it matters: prices of energy, fuel, shares and single parts have three decimals; such a column mixes prices that
# are right with ones a thousand times too high, and credits become debits.
# Source: found by running; parse_price of a text without decimal_separator=.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "price-parser==0.5.1"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from price_parser import parse_price

SEEN = {
    "0.12 €": 0.12,
    "0.125 €": 125.0,
    "0.1255 €": 0.1255,
    "$0.005": 5.0,
    "EUR 0.999": 999.0,
    "-5.00 €": 5.0,
    "€ -12.50": 12.5,
}
amounts = {text: parse_price(text).amount_float for text in SEEN}
print("price-parser", version("price-parser"), amounts)
if amounts != SEEN:
    raise SystemExit(f"Changed: the amounts are no longer {SEEN}.")
PYTHON
