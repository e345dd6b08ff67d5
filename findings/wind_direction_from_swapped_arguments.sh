#!/usr/bin/env bash
# formulajs 4.6.1 (npm) and xlcalculator 0.5.0 (Python) take the arguments of Excel's ATAN2 in the other order.
#
# Expected: ATAN2(x, y) of a workbook is the angle of the point x, y: ATAN2(1, 2) is 1.107. hyperformula 3.5.0 (npm)
# says so.
# Seen: 0.464, the angle of the point 2, 1, in both libraries. No error. ATAN2(1, 1), with which one tests, is the same
# either way.
# Why it matters: a workbook turns the two parts of the wind, of a current or of a load into a direction by ATAN2; the
# served model gets the mirror image of each direction, an east wind for a north wind.
# Source: Microsoft's documentation: ATAN2(x_num, y_num); most programming languages have atan2(y, x).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "xlcalculator==0.5.0" "openpyxl==3.1.5"
npm install --silent --no-audit --no-fund --prefix "$folder" \
    "@formulajs/formulajs@4.6.1" "hyperformula@3.5.0" >/dev/null

cat >ask.js <<'EOF'
const formulajs = require("@formulajs/formulajs");
const { HyperFormula } = require("hyperformula");
const sheet = HyperFormula.buildFromArray([["=ATAN2(1,2)"], ["=ATAN2(0,5)"]], { licenseKey: "gpl-v3" });
const [[first], [second]] = sheet.getSheetValues(0);
const swapped = [formulajs.ATAN2(1, 2), formulajs.ATAN2(0, 5)];
console.log(JSON.stringify({ formulajs: swapped, hyperformula: [first, second] }));
EOF
cat >check.py <<'EOF'
import json
import math
import subprocess
from importlib.metadata import version

import openpyxl
import xlcalculator

book = openpyxl.Workbook()
book.active.title = "S"
book.active["A1"], book.active["A2"] = "=ATAN2(1,2)", "=ATAN2(0,5)"
book.save("model.xlsx")
evaluator = xlcalculator.Evaluator(xlcalculator.ModelCompiler().read_and_parse_archive("model.xlsx"))
run = subprocess.run(["node", "ask.js"], check=True, capture_output=True, text=True)
seen = json.loads(run.stdout) | {
    "xlcalculator": [float(evaluator.evaluate(f"S!A{row}")) for row in (1, 2)],
}
print("xlcalculator", version("xlcalculator"))
for name, angles in seen.items():
    swapped = name in {"formulajs", "xlcalculator"}
    wanted = [math.atan2(1, 2), math.atan2(0, 5)] if swapped else [math.atan2(2, 1), math.atan2(5, 0)]
    print(f"{name}: ATAN2(1,2) is {angles[0]:.4f}, ATAN2(0,5) is {angles[1]:.4f}")
    if any(not math.isclose(a, b, abs_tol=1e-9) for a, b in zip(angles, wanted, strict=True)):
        raise SystemExit(f"Changed: {name} no longer gives {wanted}.")
EOF
venv/bin/python check.py 2>errors.txt || { cat errors.txt; exit 1; }
