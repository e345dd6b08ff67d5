#!/usr/bin/env bash
# Cerberus 1.3.8: "integer" and "float" take true and false, "number" does not; bounds let NaN through; a default
# replaces an explicit null.
#
# Expected: "number" is the wider type, so what is an integer or a float is a number, and true is none of them (as in JSON
# Schema). A value outside of every range fails min and max. A default fills what is absent.
# Seen: {"age": true} is valid for integer and for float and refused for number. NaN is valid for min 0, max 120. A null
# for a field with a default is overwritten by the default, while a nullable field keeps it.
# Why it matters: a truth value that slipped into a numeric column becomes the number 1, a missing measurement becomes the
# default, and NaN reaches the model, each through a schema that names type and range.
# Source: Cerberus documentation, "Validation Rules", type (the table of types) and min, max.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cerberus==1.3.8"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from cerberus import Validator

print("Cerberus", version("cerberus"))
verdicts = {kind: Validator({"age": {"type": kind}}).validate({"age": True}) for kind in ("integer", "float", "number")}
print("true is valid as:", verdicts)
bounded = Validator({"age": {"type": "float", "min": 0, "max": 120}}).validate({"age": float("nan")})
print("NaN is valid within 0 and 120:", bounded)
filled = Validator({"age": {"type": "integer", "default": 40}})
filled.validate({"age": None})
kept = Validator({"age": {"type": "integer", "default": 40, "nullable": True}})
kept.validate({"age": None})
print("null with a default becomes", filled.document, "and if nullable", kept.document)
if verdicts != {"integer": True, "float": True, "number": False}:
    sys.exit("The verdicts about true changed.")
if not bounded:
    sys.exit("NaN is refused by min and max now.")
if (filled.document, kept.document) != ({"age": 40}, {"age": None}):
    sys.exit("What becomes of null beside a default changed.")
PY
echo "Seen: true is an integer and a float but no number, NaN is within bounds, null becomes the default."
