#!/usr/bin/env bash
# aiormq 7.2.4 (with aio-pika 10.2.1): a publication that waits for its confirm when heartbeats are missed ends as cancelled.
#
# Expected: an error of the connection, as when the broker closes it; CancelledError is for a task that somebody cancelled.
# Seen: after three heartbeats without a word the library gives the connection up and raises asyncio.CancelledError in
# whoever waits for a confirm. The task counts as cancelled, though nobody asked for that (task.cancelling() is 0).
# A TaskGroup takes a cancelled child for a wish: its block ends without any error, and so does a callback that skips
# cancelled tasks.
# Why it matters: code that publishes several messages at once and then notes "all confirmed" notes it of a message that
# the broker never had. It shows with a line that is silent only; a broker that is stopped raises a proper error.
# Source: found by running, with a server that goes silent once the channel is open.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "aio-pika==10.2.1" "aiormq==7.2.4" "pamqp==4.0.1"

cat >"$folder/check.py" <<'EOF'
import asyncio
import logging
import struct

import aio_pika
import pamqp.frame
from pamqp import commands

logging.disable(logging.CRITICAL)


async def serve(reader, writer):
    """Speak AMQP until confirms are on, then say nothing more."""

    def send(frame, channel=0):
        writer.write(pamqp.frame.marshal(frame, channel))

    await reader.readexactly(8)
    properties = {"capabilities": {"publisher_confirms": True}}
    send(commands.Connection.Start(server_properties=properties, mechanisms="PLAIN", locales="en_US"))
    answers = {
        "Connection.StartOk": commands.Connection.Tune(channel_max=10, frame_max=131_072, heartbeat=1),
        "Connection.Open": commands.Connection.OpenOk(),
        "Channel.Open": commands.Channel.OpenOk(),
        "Confirm.Select": commands.Confirm.SelectOk(),
    }
    while answers:
        head = await reader.readexactly(7)
        _, channel, size = struct.unpack(">BHI", head)
        frame = pamqp.frame.unmarshal(head + await reader.readexactly(size + 1))[2]
        if frame.name in answers:
            send(answers.pop(frame.name), channel)
    await asyncio.sleep(30)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/?heartbeat=1")
    channel = await connection.channel(publisher_confirms=True)
    raised = None
    try:
        async with asyncio.timeout(25), asyncio.TaskGroup() as group:
            message = aio_pika.Message(b"reading")
            task = group.create_task(channel.default_exchange.publish(message, "queue"))
    except BaseException as error:
        raised = error
    seen = (task.cancelled(), task.cancelling(), raised)
    print("cancelled, times somebody asked for it, raised by the group:", *seen)
    if seen != (True, 0, None):
        raise SystemExit("Changed: a missed heartbeat is told as an error now.")


asyncio.run(main())
EOF
timeout 60 "$folder/venv/bin/python" "$folder/check.py"
