#!/usr/bin/env bash
# fastjsonschema 2.22.3: a schema that declares draft 2020-12 is compiled as draft 7, and its newer words do nothing.
#
# Expected: a validator that knows drafts 4, 6 and 7 refuses "$schema": ".../2020-12/schema", or at least warns.
# Seen: compile() succeeds without a word; prefixItems, dependentRequired, unevaluatedProperties and minContains are not
# looked at, so documents that jsonschema refuses (4 of 4) are all valid. The old words beside them work, so tests of
# types and ranges pass.
# Why it matters: pydantic, FastAPI and OpenAPI 3.1 write 2020-12 schemas; checking rows or messages with the faster
# library lets through rows without a column that another column requires, unknown columns and mistyped tuples.
# Source: fastjsonschema documentation, which names drafts 04, 06 and 07.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "fastjsonschema==2.22.3" "jsonschema==4.26.0"

venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version

import fastjsonschema
import jsonschema

warnings.simplefilter("error")
DRAFT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
CASES = {
    "prefixItems": ({"prefixItems": [{"type": "number"}, {"type": "string"}]}, ["warm", 3]),
    "dependentRequired": ({"dependentRequired": {"voltage": ["current"]}}, {"voltage": 230}),
    "unevaluatedProperties": ({"properties": {"age": {}}, "unevaluatedProperties": False}, {"age": 4, "agee": 4}),
    "minContains": ({"contains": {"type": "number"}, "minContains": 2}, [1, "two"]),
}
print("fastjsonschema", version("fastjsonschema"), "jsonschema", version("jsonschema"))
let_through = []
for word, (schema, document) in CASES.items():
    if jsonschema.Draft202012Validator({**DRAFT, **schema}).is_valid(document):
        sys.exit(f"jsonschema accepts the wrong document for {word}.")
    try:
        fastjsonschema.compile({**DRAFT, **schema})(document)
    except fastjsonschema.JsonSchemaException as error:
        print(word, "is refused:", error)
    else:
        let_through.append(word)
print("not looked at:", let_through)
if let_through != list(CASES):
    sys.exit("fastjsonschema looks at some of the newer words now, or says that it does not.")
try:
    fastjsonschema.compile({**DRAFT, "type": "number"})("x")
except fastjsonschema.JsonSchemaException:
    pass
else:
    sys.exit("fastjsonschema no longer looks at type.")
PY
echo "Seen: a 2020-12 schema compiles without a warning and four of its keywords do nothing."
