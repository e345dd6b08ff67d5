#!/usr/bin/env bash
# ocpp 2.1.0 renames the fields of a vendor's own data, and does not get the names back.
#
# Expected: OCPP lets vendors send data of their own (DataTransfer, customData), whose names belong to them; the
# library translates the names of the standard between camelCase and snake_case and hands the vendor's on as they are.
# Seen: the names within are translated too: what arrived as L1Voltage, snake_key and SOHValue is given to the program
# as l1_voltage, snake_key and soh_value, and what it sends back, or on, is l1Voltage, snakeKey and sohValue. Names
# that differ in their case only become one.
# Why it matters: battery and phase values are just in these fields. A reader that looks for L1Voltage finds nothing,
# and one that forwards them sends names that the other side does not know; both take a missing field for a missing
# value.
# Source: OCPP 2.0.1, part 2, CustomDataType and DataTransfer: content agreed between vendor and operator.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ocpp==2.1.0"

venv/bin/python - <<'EOF'
from importlib.metadata import version

from ocpp.charge_point import camel_to_snake_case, snake_to_camel_case

arrived = {"vendorId": "a", "data": {"L1Voltage": 230.1, "snake_key": 5, "SOHValue": 0.97, "powerKw": 7}}
given = camel_to_snake_case(arrived)
sent = snake_to_camel_case(given)
clash = camel_to_snake_case({"data": {"stateOfHealth": 0.97, "StateOfHealth": 97}})
print("ocpp", version("ocpp"), "given to the program:", given, "sent on:", sent, "two names:", clash)
if given["data"] != {"l1_voltage": 230.1, "snake_key": 5, "soh_value": 0.97, "power_kw": 7}:
    raise SystemExit("Changed: the vendor's names are given otherwise.")
if sent["data"] != {"l1Voltage": 230.1, "snakeKey": 5, "sohValue": 0.97, "powerKw": 7}:
    raise SystemExit("Changed: the vendor's names are sent on otherwise.")
if len(clash["data"]) != 1:
    raise SystemExit("Changed: names that differ in case are kept apart.")
EOF
