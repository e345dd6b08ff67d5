#!/usr/bin/env bash
# cel-js 0.8.2 (npm) divides whole numbers into fractions, where CEL in Python and Rust leaves the fraction out.
#
# Versions: cel-js 0.8.2; cel-python 0.5.0; common-expression-language 0.10.0 (Python, written in Rust).
# Expected: in CEL a number without a point is a whole number of 64 bits: 7 / 2 is 3, -7 / 2 is -3, and a number above
# 2^53 is kept.
# Seen: in cel-js 7 / 2 is 3.5, so that "7 / 2 == 3" is false, and 9007199254740993 is 9007199254740992. Neither is
# refused. The two libraries for Python agree with CEL.
# Why it matters: "minute / 15" and "count / size" group rows and choose shards or bands; a rule that was checked in
# the browser takes another group on the server, and ids of 64 bits fall together.
# Source: CEL's language definition, "Numeric values" and the operators of int.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cel-python==0.5.0" "common-expression-language==0.10.0"
npm install --silent --no-audit --no-fund --prefix "$folder" "cel-js@0.8.2" >/dev/null

cat >ask.js <<'EOF'
const { evaluate } = require("cel-js");
const texts = JSON.parse(process.argv[2]);
console.log(JSON.stringify(texts.map((text) => String(evaluate(text, { minute: 37 })))));
EOF
cat >check.py <<'EOF'
import json
import subprocess
from importlib.metadata import version

import cel
import celpy

expected = {
    "7 / 2": ("3", "3.5"),
    "-7 / 2": ("-3", "-3.5"),
    "minute / 15": ("2", "2.466666666666667"),
    "7 / 2 == 3": ("true", "false"),
    "9007199254740993": ("9007199254740993", "9007199254740992"),
    "8 / 2": ("4", "4"),
}
environment = celpy.Environment()
row = celpy.json_to_cel({"minute": 37})
run = subprocess.run(["node", "ask.js", json.dumps(list(expected))], check=True, capture_output=True, text=True)
print("cel-python", version("cel-python"), "common-expression-language", version("common-expression-language"))
for (text, (by_definition, by_javascript)), javascript in zip(expected.items(), json.loads(run.stdout), strict=True):
    python = str(environment.program(environment.compile(text)).evaluate(row)).lower()
    rust = str(cel.evaluate(text, {"minute": 37})).lower()
    print(f"{text}: cel-python {python}, Rust {rust}, cel-js {javascript}")
    if {python, rust} != {by_definition}:
        raise SystemExit(f"Changed: the libraries for Python no longer answer {by_definition} to {text}.")
    if javascript != by_javascript:
        raise SystemExit(f"Changed: cel-js no longer answers {by_javascript} to {text}.")
EOF
venv/bin/python check.py
