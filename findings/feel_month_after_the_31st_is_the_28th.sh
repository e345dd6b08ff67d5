#!/usr/bin/env bash
# pySFeel 1.4.2 adds a month to 31 May and says 28 June; minus ninety minutes have 23 hours.
#
# Expected: in FEEL (DMN decision tables) a month after 31 May is 30 June, after 31 January 2024 it is 29 February, as
# feelin 8.2.0 (npm) says; the parts of a negative duration are negative.
# Seen: any day beyond the end of the month becomes the 28th, also in months of 30 days and in leap years. Hours and
# minutes of "-PT90M" are 23 and 30, months and years of "-P14M" are 10 and -1. A month after a day that exists is
# right. No error.
# Why it matters: due dates, warranty ends and look-back windows are such sums; two days are lost at month ends, and a
# rule "less than 0 hours to go" never fires.
# Source: DMN specification, FEEL, date arithmetic and the properties of durations.
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
  let answer = evaluate(text, {});
  if (answer !== null && typeof answer === "object" && "value" in answer) answer = answer.value;
  return String(answer.toISODate ? answer.toISODate() : answer);
});
console.log(JSON.stringify(answers));
EOF
cat >check.py <<'EOF'
import json
import subprocess
from importlib.metadata import version

import pySFeel

expected = {
    'date("2026-05-31") + duration("P1M")': ("2026-06-28", "2026-06-30"),
    'date("2024-01-31") + duration("P1M")': ("2024-02-28", "2024-02-29"),
    'date("2024-03-31") - duration("P1M")': ("2024-02-28", "2024-02-29"),
    'date("2026-01-31") + duration("P1M")': ("2026-02-28", "2026-02-28"),
    'date("2026-11-30") + duration("P1M")': ("2026-12-30", "2026-12-30"),
    'duration("-PT90M").hours': ("23", "-1"),
    'duration("-PT90M").minutes': ("30", "-30"),
    'duration("PT90M").minutes': ("30", "30"),
}
run = subprocess.run(["node", "ask.mjs", json.dumps(list(expected))], check=True, capture_output=True, text=True)
print("pySFeel", version("pySFeel"))
parser = pySFeel.SFeelParser()
for (text, (wanted, by_definition)), javascript in zip(expected.items(), json.loads(run.stdout), strict=True):
    _, python = parser.sFeelParse(text)
    print(f"{text}: pySFeel {python}, feelin {javascript}")
    if str(python) != wanted:
        raise SystemExit(f"Changed: pySFeel no longer answers {wanted} to {text}.")
    if javascript != by_definition:
        raise SystemExit(f"Changed: feelin no longer answers {by_definition} to {text}.")
EOF
venv/bin/python check.py
