#!/usr/bin/env bash
# jsonschema 4.26.0, fastjsonschema 2.22.3 and jsonschema-rs 0.61.2: prices of whole cents fail multipleOf in one of them.
#
# Expected: {"multipleOf": 0.01} accepts 19.99, 4.35 and 0.07, and all validators of one schema say the same.
# Seen: jsonschema computes with binary fractions and refuses 19.99, 4.35 and 0.07 (but takes 1.1 and 123456.78); the two
# others accept all five. A schema with 0.1 refuses 0.3 and takes 1.1 and 4.7 in jsonschema.
# Why it matters: a step is the usual way to describe money or the resolution of a sensor; with jsonschema good rows are
# refused depending on their value, a service that checks with another library lets the same rows pass.
# Source: JSON Schema validation specification, multipleOf: the result of the division must be an integer.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "jsonschema==4.26.0" "fastjsonschema==2.22.3" "jsonschema-rs==0.61.2"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import fastjsonschema
import jsonschema
import jsonschema_rs

PRICES = [19.99, 4.35, 0.07, 1.1, 123456.78]
schema = {"type": "number", "multipleOf": 0.01}
compiled = fastjsonschema.compile(schema)


def refused_by_fastjsonschema(price: float) -> bool:
    try:
        compiled(price)
    except fastjsonschema.JsonSchemaException:
        return True
    return False


refused = {
    "jsonschema": [p for p in PRICES if not jsonschema.Draft202012Validator(schema).is_valid(p)],
    "fastjsonschema": [p for p in PRICES if refused_by_fastjsonschema(p)],
    "jsonschema-rs": [p for p in PRICES if not jsonschema_rs.validator_for(schema).is_valid(p)],
}
for name, prices in refused.items():
    print(name, version(name), "refuses", prices)
if refused != {"jsonschema": [19.99, 4.35, 0.07], "fastjsonschema": [], "jsonschema-rs": []}:
    sys.exit("The verdicts about whole cents changed.")
PY
echo "Seen: three of five prices of whole cents are refused by jsonschema and by no other."
