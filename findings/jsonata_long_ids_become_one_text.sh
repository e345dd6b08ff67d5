#!/usr/bin/env bash
# jsonata-python 0.7.1 writes a whole number of sixteen digits with fifteen, so that ten ids become one text.
#
# Expected: $string() writes a whole number with all of its digits, as JSONata itself (npm, 2.2.2) does up to 2^53.
# Seen: 1793275200000123 (a time in microseconds) becomes "1.79327520000012e+15", and so does ...124. As a number the
# value passes unchanged, and thirteen digits (milliseconds) are right. No error.
# Why it matters: keys of messages, rows and entities are built as texts ("sensor-" & $string(time)); ten rows in ten
# microseconds get one key, and all but one are taken for repetitions.
# Source: JSONata's documentation of $string; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "jsonata-python==0.7.1"
npm install --silent --no-audit --no-fund --prefix "$folder" "jsonata@2.2.2" >/dev/null

cat >ask.js <<'EOF'
const jsonata = require("jsonata");
const keys = jsonata('$join(rows.("s-" & $string(t)), " ")');
keys.evaluate(JSON.parse(process.argv[2])).then((text) => console.log(text));
EOF
cat >check.py <<'EOF'
import json
import subprocess
from importlib.metadata import version

import jsonata

times = [1793275200000120 + step for step in range(10)]
data = {"rows": [{"t": time} for time in times]}
python = jsonata.Jsonata('rows.("s-" & $string(t))').evaluate(data)
numbers = jsonata.Jsonata("rows.t").evaluate(data)
short = jsonata.Jsonata("$string(1793275200123)").evaluate({})
run = subprocess.run(["node", "ask.js", json.dumps(data)], check=True, capture_output=True, text=True)
javascript = run.stdout.split()
print("jsonata-python", version("jsonata-python"), "keys in Python:", sorted(set(python)))
print("keys in JavaScript:", javascript[:2], "and more:", len(set(javascript)), "thirteen digits:", short)
if javascript != [f"s-{time}" for time in times] or numbers != times or short != "1793275200123":
    raise SystemExit("Changed: JavaScript, the numbers themselves or thirteen digits are no longer right.")
if set(python) != {"s-1.79327520000012e+15", "s-1.79327520000013e+15"}:
    raise SystemExit("Changed: sixteen digits are no longer written with fifteen.")
EOF
venv/bin/python check.py
