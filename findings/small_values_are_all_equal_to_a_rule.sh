#!/usr/bin/env bash
# business-rules 1.1.1 finds every value below a millionth equal to every other, and to 0.
#
# Expected: 0.0000009 is larger than 0.0000002, and 0.0000005 is below a limit of 0.0000009.
# Seen: numbers that differ by at most 0.000001 are equal, whatever their size: a leak of 0.0000009 mol is equal_to
# 0, not greater_than a limit of 0.0000002, and a limit of 0 is not passed.
# Why it matters: rules on p values, drift, concentrations, currents in ampere and prices per unit never fire, while
# those on everyday numbers do; nothing in a rule says that there is a tolerance.
# Source: found by running; NumericType.EPSILON.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "business-rules==1.1.1"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from business_rules import run_all
from business_rules.actions import BaseActions, rule_action
from business_rules.fields import FIELD_NUMERIC
from business_rules.variables import BaseVariables, numeric_rule_variable


class Reading(BaseVariables):
    def __init__(self, leak):
        self.value = leak

    @numeric_rule_variable
    def leak(self):
        return self.value


class Alarm(BaseActions):
    @rule_action(params={})
    def ring(self):
        pass


def fires(leak, operator, limit):
    rule = {
        "conditions": {"all": [{"name": "leak", "operator": operator, "value": limit}]},
        "actions": [{"name": "ring", "params": {}}],
    }
    return run_all([rule], Reading(leak), Alarm(), stop_on_first_trigger=True)


CASES = [
    (9, "greater_than", 2, True),
    (0.0000009, "greater_than", 0.0000002, False),
    (0.0000009, "greater_than", 0, False),
    (0.0000009, "equal_to", 0, True),
    (0.0000002, "less_than", 0.0000009, False),
]
print("business-rules", version("business-rules"))
for leak, operator, limit, seen in CASES:
    answer = fires(leak, operator, limit)
    print(f"{leak} {operator} {limit}: {answer}")
    if answer is not seen:
        raise SystemExit(f"Changed: {leak} {operator} {limit} is no longer {seen}.")
PYTHON
