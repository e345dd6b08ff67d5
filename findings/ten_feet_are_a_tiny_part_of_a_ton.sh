#!/usr/bin/env bash
# quantiphy 2.23 reads "10 ft" as 0.00000000000001 t, "12 psi" as 12 trillionths of "si", and "3 knots" as 3000 "nots".
#
# Expected: a unit that begins with the letter of a prefix stays whole, or is refused as not known.
# Seen: the first letter is taken for the prefix: f of ft, p of psi and ppm, k of knots, m of min and mol, a of atm.
# 2 kWh is right. No error; the unit that is left over is not looked up. known_units= keeps those that it lists.
# Why it matters: columns of texts with units, as data sheets and exports have them, become numbers of the wrong size
# for some units alone; the numbers are valid and nobody reads the unit behind them.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "quantiphy==2.23"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from quantiphy import Quantity

SEEN = {
    "2 kWh": (2000.0, "Wh"),
    "10 ft": (1e-14, "t"),
    "12 psi": (1.2e-11, "si"),
    "3 knots": (3000.0, "nots"),
    "10 min": (0.01, "in"),
    "5 mol": (0.005, "ol"),
    "5 atm": (5e-18, "tm"),
    "100 ppm": (1e-10, "pm"),
}
read = {text: Quantity(text) for text in SEEN}
answers = {text: (float(f"{float(quantity):.6g}"), quantity.units) for text, quantity in read.items()}
print("quantiphy", version("quantiphy"), answers)
if answers != SEEN:
    raise SystemExit(f"Changed: the quantities are no longer {SEEN}.")
with Quantity.prefs(known_units="ft psi"):
    kept = Quantity("10 ft")
if (float(kept), kept.units) != (10.0, "ft"):
    raise SystemExit("Changed: known_units no longer keeps a unit whole.")
PYTHON
