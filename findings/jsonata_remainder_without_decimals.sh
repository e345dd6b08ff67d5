#!/usr/bin/env bash
# jsonata-python 0.7.1 leaves out the decimals of a remainder: 23.75 % 24 is 23, and 0.5 % 1 is 0.
#
# Expected: as in JSONata itself (npm, 2.2.2), 23.75 % 24 is 23.75, 370.5 % 360 is 10.5 and 0.5 % 1 is 0.5.
# Seen: 23, 10 and 0 in Python. $distinct([0, false, 1, true]) besides has two values in Python and four in JavaScript.
# Neither says a word; whole numbers agree.
# Why it matters: the remainder folds an hour into the day and an angle into the circle; features that are mapped by
# one JSONata expression in a gateway (Node-RED and others) and in a Python pipeline differ by up to one hour, or one
# degree, and a part of a whole ("% 1") is always 0.
# Source: JSONata's documentation, numeric operators; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "jsonata-python==0.7.1"
npm install --silent --no-audit --no-fund --prefix "$folder" "jsonata@2.2.2" >/dev/null

cat >ask.js <<'EOF'
const jsonata = require("jsonata");
(async () => {
  const answers = [];
  for (const text of JSON.parse(process.argv[2])) answers.push(await jsonata(text).evaluate({}));
  console.log(JSON.stringify(answers));
})();
EOF
cat >check.py <<'EOF'
import json
import subprocess
from importlib.metadata import version

import jsonata

expected = {
    "23.75 % 24": (23, 23.75),
    "370.5 % 360": (10, 10.5),
    "-7.5 % 2": (-1, -1.5),
    "0.5 % 1": (0, 0.5),
    "7 % 2": (1, 1),
    "$count($distinct([0, false, 1, true]))": (2, 4),
}
run = subprocess.run(["node", "ask.js", json.dumps(list(expected))], check=True, capture_output=True, text=True)
print("jsonata-python", version("jsonata-python"))
for (text, (wanted, original)), javascript in zip(expected.items(), json.loads(run.stdout), strict=True):
    python = jsonata.Jsonata(text).evaluate({})
    print(f"{text}: Python {python}, JavaScript {javascript}")
    if python != wanted:
        raise SystemExit(f"Changed: Python no longer answers {wanted} to {text}.")
    if javascript != original:
        raise SystemExit(f"Changed: JavaScript no longer answers {original} to {text}.")
EOF
venv/bin/python check.py
