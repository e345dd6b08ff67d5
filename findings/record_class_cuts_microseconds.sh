#!/usr/bin/env bash
# dataclasses-avroschema 0.71.1 writes the time of a record in milliseconds, pydantic-avro 0.13.0 in microseconds.
#
# Expected: a field of the type datetime, which has microseconds in Python, comes back as it was written; two
# libraries that make an Avro schema of a Python class make the same of the same class.
# Seen: datetime and time become timestamp-millis and time-millis, and 10:00:00.123456 comes back as 10:00:00.123,
# from the library's own serialize() and deserialize(), without a word. Two readings within a millisecond get one
# time. For pydantic-avro the same class is timestamp-micros and time-micros.
# Why it matters: the time is half of the key of a reading. Rows that were written by such a class do not join those
# that were not, and a check that nothing was lost finds repeated keys.
# Source: dataclasses-avroschema documentation, logical types (DateTimeMicro for microseconds).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    "dataclasses-avroschema==0.71.1" "pydantic-avro==0.13.0" "fastavro==1.13.1"

venv/bin/python - <<'EOF'
import datetime as dt
from dataclasses import dataclass
from importlib.metadata import version

from dataclasses_avroschema import AvroModel
from pydantic_avro.base import AvroBase


@dataclass
class Reading(AvroModel):
    at: dt.datetime
    of_day: dt.time


class Other(AvroBase):
    at: dt.datetime
    of_day: dt.time


def kinds(schema):
    """Return the logical type of each field."""
    return {field["name"]: field["type"]["logicalType"] for field in schema["fields"]}


print({name: version(name) for name in ("dataclasses-avroschema", "pydantic-avro")})
at = dt.datetime(2026, 1, 1, 10, 0, 0, 123456, tzinfo=dt.timezone.utc)
reading = Reading(at=at, of_day=dt.time(10, 0, 0, 123456))
back = Reading.deserialize(reading.serialize())
first, second = kinds(Reading.avro_schema_to_python()), kinds(Other.avro_schema())
print("written:", reading, "read:", back, first, second)
if (back.at.microsecond, back.of_day.microsecond) != (123000, 123000):
    raise SystemExit("Changed: microseconds are kept.")
if first != {"at": "timestamp-millis", "of_day": "time-millis"}:
    raise SystemExit("Changed: dataclasses-avroschema makes another schema.")
if second != {"at": "timestamp-micros", "of_day": "time-micros"}:
    raise SystemExit("Changed: pydantic-avro makes another schema.")
EOF
