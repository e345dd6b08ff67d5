#!/usr/bin/env bash
# asyncua 2.1.0: reading one OPC UA value refuses what reading a list of values hands over without a word.
#
# Expected: read_value() and read_values() of the same node at the same moment agree, and a value that the
# server marks as uncertain (the last usable one of a sensor that is gone) is either given by both or marked.
# Seen: read_value() raises on every status that is not Good, also on Uncertain, whose value is usable by the
# standard; read_values() gives the uncertain value as if it were good, and None where the status is Bad.
# Why it matters: a poller that was made faster by reading a list goes on to feed frozen readings to a model.
# Source: found by running; OPC UA part 8 describes UncertainLastUsableValue.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "asyncua==2.1.0"

venv/bin/python - <<'EOF'
import asyncio
import logging
import socket
from importlib.metadata import version

from asyncua import Client, Server, ua

logging.disable(logging.CRITICAL)
STATES = (("Good", 1.0), ("UncertainLastUsableValue", 2.0), ("BadSensorFailure", 3.0))


async def one(node):
    try:
        return await node.read_value()
    except ua.UaError as error:
        return type(error).__name__


async def run():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/")
    variable = await server.nodes.objects.add_variable(await server.register_namespace("plant"), "temperature", 0.0)
    seen = {}
    async with server, Client(f"opc.tcp://127.0.0.1:{port}/") as client:
        node = client.get_node(variable.nodeid)
        for status, value in STATES:
            code = ua.StatusCode(getattr(ua.StatusCodes, status))
            await variable.write_value(ua.DataValue(ua.Variant(value, ua.VariantType.Double), code))
            seen[status] = (await one(node), (await client.read_values([node]))[0])
    return seen


seen = asyncio.run(asyncio.wait_for(run(), 60))
print("asyncua", version("asyncua"))
for status, (single, listed) in seen.items():
    print(f"{status}: read_value {single}, read_values {listed}")
if seen != {
    "Good": (1.0, 1.0),
    "UncertainLastUsableValue": ("UaStatusCodeError", 2.0),
    "BadSensorFailure": ("BadSensorFailure", None),
}:
    raise SystemExit("Changed: one value and a list of values are no longer treated in these two ways.")
EOF
