#!/usr/bin/env bash
# rule-engine 5.1.0: (hour - 8) % 24 is -5 at three o'clock, where Python, whose signs it takes over, says 19.
#
# Expected: %, // and ** of a rule about Python objects mean what they mean in Python: the remainder has the sign of
# the divisor, // rounds down, and ** is computed from the right.
# Seen: numbers are decimals inside, and their operators cut towards 0: -7 // 2 is -3 instead of -4, -7 % 3 is -1
# instead of 2, and 2 ** 3 ** 2 is 64 instead of 512. Positive numbers come out the same. No error.
# Why it matters: rules are tried out in Python and then stored. Hours of a shift, days of a week before a holiday, and
# bins of temperatures below zero are where remainders of negative numbers come from; the rule is false at night.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "rule-engine==5.1.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

from rule_engine import Rule

HOUR, COLD, WARM, EXPONENT = 3, -7, 7, 3
CASES = {
    "(hour - 8) % 24": ({"hour": HOUR}, -5, (HOUR - 8) % 24),
    "(hour - 8) % 24 >= 16": ({"hour": HOUR}, False, (HOUR - 8) % 24 >= 16),
    "degrees // 2": ({"degrees": COLD}, -3, COLD // 2),
    "degrees % 3": ({"degrees": COLD}, -1, COLD % 3),
    "2 ** exponent ** 2": ({"exponent": EXPONENT}, 64, 2**EXPONENT**2),
    "degrees // 2 + degrees % 3": ({"degrees": WARM}, 4, WARM // 2 + WARM % 3),
}
print("rule-engine", version("rule-engine"))
for rule, (row, seen, python) in CASES.items():
    answer = Rule(rule).evaluate(row)
    print(f"{rule} of {row}: {answer}, in Python {python}")
    if answer != seen:
        raise SystemExit(f"Changed: expected {seen}.")
EOF
