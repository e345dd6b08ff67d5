#!/usr/bin/env bash
# cloudevents 2.2.0 (Python): a boolean extension attribute becomes the text "False" in binary mode, which is true when read.
#
# Expected: CloudEvents has a Boolean type whose text form is "true" or "false"; an event written and read by the same SDK
# has the same attributes in binary and in structured mode.
# Seen: structured mode keeps false; binary mode over HTTP, RabbitMQ and Kafka writes the text "False" (Python's spelling, not
# the standard's), and reading gives the text back, which counts as true in an if. The AMQP 1.0 binding keeps the boolean.
# Why it matters: a flag such as "final" or "synthetic" beside a row turns from no to yes as soon as the transport or the
# mode changes; a consumer in another language that knows "true" and "false" meets a spelling it does not know.
# Source: CloudEvents specification 1.0, type system, Boolean.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cloudevents==2.2.0"

venv/bin/python - <<'PY'
import sys
from importlib.metadata import version

from cloudevents.core.bindings import amqp, http, kafka, rabbitmq
from cloudevents.core.v1.event import CloudEvent

print("cloudevents", version("cloudevents"))
attributes = {"id": "1", "source": "/plant/7", "type": "row", "specversion": "1.0", "datacontenttype": "application/json"}
event = CloudEvent({**attributes, "synthetic": False}, {"temperature": 21.5})
seen = {}
for binding in (http, rabbitmq, kafka, amqp):
    name = binding.__name__.rsplit(".", 1)[1]
    structured = binding.from_structured_event(binding.to_structured_event(event)).get_extension("synthetic")
    binary = binding.from_binary_event(binding.to_binary_event(event)).get_extension("synthetic")
    seen[name] = (structured, binary)
    print(f"{name}: structured {structured!r}, binary {binary!r}")
wanted = {name: (False, "False") for name in ("http", "rabbitmq", "kafka")} | {"amqp": (False, False)}
if seen != wanted:
    sys.exit("The behaviour changed.")
PY
echo "Seen: false comes back as the non-empty text 'False' from three of four bindings in binary mode."
