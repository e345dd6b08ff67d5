#!/usr/bin/env bash
# frictionless 5.21.0: a column of decimal numbers with a comma is described as geographic points.
#
# Expected: "1,5" and "22,25" are text for a tool that does not know the decimal comma, or numbers for one that does.
# Seen: describe() says geopoint, extract() gives [1.0, 5.0] and [22.0, 25.0], and validate() calls the file valid. A value
# whose first part is above 180 or second above 90 (as in "99,95") turns the column into text.
# Why it matters: exports of spreadsheets and machines in much of Europe write numbers so. A temperature column becomes pairs
# of numbers, and a report that is used as a gate says that nothing is wrong; whether a file is hit depends on its values.
# Remedy: give the schema ("decimalChar": ",") instead of letting it be inferred.
# Source: Table Schema specification, types geopoint and number (decimalChar).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "frictionless==5.21.0"

printf 'machine;temperature\n1;21,5\n2;22,25\n3;19,75\n' >mild.csv
printf 'machine;temperature\n1;21,5\n2;22,25\n3;99,95\n' >hot.csv
venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

import frictionless

print("frictionless", version("frictionless"))
kinds, first = {}, {}
for name in ("mild", "hot"):
    path = f"{name}.csv"
    kinds[name] = frictionless.describe(path).schema.get_field("temperature").type
    first[name] = frictionless.extract(path)[name][0]["temperature"]
    print(path, kinds[name], "first value", first[name], "valid", frictionless.validate(path).valid)
if kinds != {"mild": "geopoint", "hot": "string"}:
    sys.exit(f"The types changed: {kinds}")
if [float(part) for part in first["mild"]] != [21.0, 5.0] or first["hot"] != "21,5":
    sys.exit(f"The values changed: {first}")
if not frictionless.validate("mild.csv").valid:
    sys.exit("The file with decimal commas is refused now.")
typed = frictionless.Schema.from_descriptor(
    {"fields": [{"name": "machine", "type": "integer"}, {"name": "temperature", "type": "number", "decimalChar": ","}]},
)
value = frictionless.Resource(path="mild.csv", schema=typed).read_rows()[0]["temperature"]
print("with decimalChar:", value)
if float(value) != 21.5:
    sys.exit("A declared decimal comma is not understood any more.")
PY
echo "Seen: 21,5 is read as the point [21.0, 5.0] in a file that is called valid."
