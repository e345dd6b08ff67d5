#!/usr/bin/env bash
# convert-units 2.3.4 (npm) reads 30 t of grain as 27216 kg; the tonne is called mt there.
#
# Expected: t is the symbol of the tonne, 1000 kg, in the SI brochure, in UCUM and in pint 0.25.3; the American ton has
# 907 kg and no symbol of its own there.
# Seen: "t" is the American ton, named "Ton" without more, and the tonne is "mt", which elsewhere is a millitonne. kg, g
# and lb are right, and a conversion from t to lb gives 2000 to five digits. No error.
# Why it matters: units come from the head of a column or from a meter, not from this library's list: all weights of
# trucks, silos and emissions in t are 9.3 % too low, little enough to pass a check of limits.
# Source: SI brochure, table 8, tonne; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pint==0.25.3"
npm install --silent --no-audit --no-fund --prefix "$folder" "convert-units@2.3.4" >/dev/null

cat >check.js <<'JS'
const convert = require("convert-units");
const read = ["t", "mt", "kg", "lb"].map((unit) => convert(30).from(unit).to("kg").toFixed(2)).join(" ");
const pounds = Math.round(convert(1).from("t").to("lb"));
console.log(`30 t, mt, kg, lb in kg: ${read}; 1 t in lb: ${pounds}; name of t: ${convert().describe("t").singular}`);
if (read !== "27215.52 30000.00 30.00 13.61" || pounds !== 2000) {
  throw new Error("Changed: t is no longer the American ton.");
}
JS
node check.js
venv/bin/python - <<'PYTHON'
import pint

kilograms = pint.UnitRegistry().Quantity(30, "t").to("kg").magnitude
print("pint", pint.__version__, "30 t in kg:", round(kilograms, 6))
if round(kilograms, 6) != 30000:
    raise SystemExit("Changed: pint reads t otherwise.")
PYTHON
