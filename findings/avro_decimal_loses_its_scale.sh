#!/usr/bin/env bash
# avro 1.12.2 (Apache's own for Python) writes the decimal 5 into a field of two decimals as 0.05.
#
# Expected: a field with the logical type decimal, precision 9 and scale 2 takes Decimal("5") as 5.00 and
# Decimal("1.5") as 1.50, whatever number of zeros the value happens to carry; a value that cannot be told is refused,
# as Decimal("1.255") is.
# Seen: the digits are stored as they are and the number of decimals is forgotten: 5 becomes 0.05, 1.5 becomes 0.15,
# 100 becomes 1.00 and 1E+2, its normalized form, 0.01. Only values with exactly two decimals survive. It holds for
# bytes and for fixed, the file is well formed, and fastavro 1.13.1 reads the same wrong numbers from it, while what
# fastavro writes is right.
# Why it matters: prices and amounts are decimals in Avro. One that comes from Decimal("5"), int or normalize() is off
# by a factor of ten or a hundred, row by row, and stays in a plausible range.
# Source: found by running; the specification of Avro says that the unscaled value belongs to the scale of the schema.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "avro==1.12.2" "fastavro==1.13.1"

venv/bin/python - <<'EOF'
import io
import json
from decimal import Decimal
from importlib.metadata import version

import avro.datafile
import avro.io
import avro.schema
import fastavro

amount = {"logicalType": "decimal", "precision": 9, "scale": 2}
kinds = {
    "bytes": {"type": "bytes", **amount},
    "fixed": {"type": "fixed", "name": "Amount", "size": 6, **amount},
}
texts = ["12.50", "5", "1.5", "-3", "100", "1E+2"]
print("avro", version("avro"), "fastavro", version("fastavro"), "given:", texts)


def written_by_avro(schema):
    file = io.BytesIO()
    writer = avro.datafile.DataFileWriter(file, avro.io.DatumWriter(), avro.schema.parse(json.dumps(schema)))
    for text in texts:
        writer.append({"x": Decimal(text)})
    writer.flush()
    return file.getvalue()


def written_by_fastavro(schema):
    file = io.BytesIO()
    fastavro.writer(file, fastavro.parse_schema(schema), [{"x": Decimal(text)} for text in texts])
    return file.getvalue()


def read(content):
    by_avro = [row["x"] for row in avro.datafile.DataFileReader(io.BytesIO(content), avro.io.DatumReader())]
    by_fastavro = [row["x"] for row in fastavro.reader(io.BytesIO(content))]
    if by_avro != by_fastavro:
        raise SystemExit("Changed: the two libraries no longer read the same from one file.")
    return [str(value) for value in by_avro]


for name, kind in kinds.items():
    schema = {"type": "record", "name": "Row", "fields": [{"name": "x", "type": kind}]}
    wrong, right = read(written_by_avro(schema)), read(written_by_fastavro(schema))
    print(f"{name}: avro wrote {wrong}")
    print(f"{name}: fastavro wrote {right}")
    if right != ["12.50", "5.00", "1.50", "-3.00", "100.00", "100.00"]:
        raise SystemExit("Changed: fastavro, which used to be right, writes other values.")
    if wrong != ["12.50", "0.05", "0.15", "-0.03", "1.00", "0.01"]:
        raise SystemExit("Changed: avro no longer forgets the number of decimals of a value.")
EOF
