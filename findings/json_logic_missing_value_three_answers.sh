#!/usr/bin/env bash
# One JsonLogic rule over a row with a missing value gets three answers from three libraries.
#
# Versions: json-logic-js 2.0.5 (npm, by the author of JsonLogic), panzi-json-logic 1.0.1 and json-logic-qubit 0.9.1
# (Python).
# Expected: a rule is JSON so that browser and server decide alike; the page of JsonLogic shows the answers.
# Seen, for a reading that is null or absent: "below 5" is true in JavaScript and panzi, false in qubit; "equals 0" is
# true in panzi only; a default value is taken for null by panzi only. Besides, true === 1 holds in panzi, 1.0 == "1"
# fails in qubit, and -7 % 3 is -1 in JavaScript and 2 in both for Python. No error and no warning.
# Why it matters: decisions after a prediction (alert, refuse, send to a person) are kept as such rules and tested on
# one side; rows with missing values are decided otherwise on the other.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in panzi-json-logic==1.0.1 json-logic-qubit==0.9.1; do
    python3 -m venv "${package%%==*}"
    "${package%%==*}/bin/pip" install --quiet --disable-pip-version-check "$package"
done
npm install --silent --no-audit --no-fund --prefix "$folder" "json-logic-js@2.0.5" >/dev/null

cat >rules.json <<'EOF'
{
  "null < 5": [{"<": [{"var": "x"}, 5]}, {"x": null}],
  "absent < 5": [{"<": [{"var": "x"}, 5]}, {}],
  "null == 0": [{"==": [{"var": "x"}, 0]}, {"x": null}],
  "null, default 7": [{"var": ["x", 7]}, {"x": null}],
  "true === 1": [{"===": [{"var": "x"}, 1]}, {"x": true}],
  "1.0 == '1'": [{"==": [{"var": "x"}, "1"]}, {"x": 1.0}],
  "-7 % 3": [{"%": [{"var": "x"}, 3]}, {"x": -7}],
  "5 < 6": [{"<": [{"var": "x"}, 6]}, {"x": 5}]
}
EOF
cat >decide.py <<'EOF'
import json

from json_logic import jsonLogic

with open("rules.json") as file:
    print(json.dumps({name: jsonLogic(*pair) for name, pair in json.load(file).items()}))
EOF
cat >decide.js <<'EOF'
const decide = require("json-logic-js").apply;
const rules = JSON.parse(require("fs").readFileSync("rules.json"));
console.log(JSON.stringify(Object.fromEntries(Object.entries(rules).map(([name, pair]) => [name, decide(...pair)]))));
EOF
node decide.js >javascript.json
panzi-json-logic/bin/python decide.py >panzi.json
json-logic-qubit/bin/python decide.py >qubit.json

python3 - <<'EOF'
import json

answers = {}
for name in ("javascript", "panzi", "qubit"):
    with open(f"{name}.json") as file:
        answers[name] = json.load(file)
expected = {
    "null < 5": [True, True, False],
    "absent < 5": [True, True, False],
    "null == 0": [False, True, False],
    "null, default 7": [None, 7, None],
    "true === 1": [False, True, False],
    "1.0 == '1'": [True, True, False],
    "-7 % 3": [-1, 2, 2],
    "5 < 6": [True, True, True],
}
for rule, wanted in expected.items():
    seen = [answers[name][rule] for name in ("javascript", "panzi", "qubit")]
    print(f"{rule}: javascript {seen[0]}, panzi {seen[1]}, qubit {seen[2]}")
    if list(map(repr, seen)) != list(map(repr, wanted)):
        raise SystemExit(f"Changed: {rule} is no longer answered by {wanted}.")
EOF
