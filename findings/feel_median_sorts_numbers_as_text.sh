#!/usr/bin/env bash
# feelin 8.2.0 (npm) sorts numbers as texts for the median: median([9, 10, 100]) is 100.
#
# Expected: the FEEL of DMN decision tables puts the numbers in order and takes the middle one, 10, or the mean of the
# middle two, as pySFeel 1.4.2 (Python) does.
# Seen: the order is "10", "100", "9", so the median is 100; median([1, 2, 3, 10]) is 6 instead of 2.5, and
# median([8, 9, 10]) is 8. Numbers of the same count of digits are right, so are min, max, mean and mode.
# Why it matters: decision tables clean sensor values and prices by a median just because it withstands outliers; here
# it may return the outlier itself, as soon as one value has a digit more.
# Source: DMN specification, FEEL list functions: median.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pySFeel==1.4.2"
npm install --silent --no-audit --no-fund --prefix "$folder" "feelin@8.2.0" >/dev/null

cat >ask.mjs <<'EOF'
import { evaluate } from "feelin";
const answers = JSON.parse(process.argv[2]).map((text) => {
  const answer = evaluate(text, {});
  return answer !== null && typeof answer === "object" && "value" in answer ? answer.value : answer;
});
console.log(JSON.stringify(answers));
EOF
cat >check.py <<'EOF'
import json
import subprocess
from importlib.metadata import version

import pySFeel

expected = {
    "median([9, 10, 100])": (10, 100),
    "median([8, 9, 10])": (9, 8),
    "median([1, 2, 3, 10])": (2.5, 6),
    "median([-1, -5, 3])": (-1, -5),
    "median([20, 10, 30])": (20, 20),
    "max([9, 10, 100])": (100, 100),
    "mean([9, 10, 100])": (119 / 3, 119 / 3),
}
run = subprocess.run(["node", "ask.mjs", json.dumps(list(expected))], check=True, capture_output=True, text=True)
print("pySFeel", version("pySFeel"))
parser = pySFeel.SFeelParser()
for (text, (by_definition, wanted)), javascript in zip(expected.items(), json.loads(run.stdout), strict=True):
    _, python = parser.sFeelParse(text)
    print(f"{text}: feelin {javascript}, pySFeel {python}")
    if abs(python - by_definition) > 1e-9:
        raise SystemExit(f"Changed: pySFeel no longer answers {by_definition} to {text}.")
    if abs(javascript - wanted) > 1e-9:
        raise SystemExit(f"Changed: feelin no longer answers {wanted} to {text}.")
EOF
venv/bin/python check.py
