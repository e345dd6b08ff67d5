"""Events of rows that are not predicted, for whoever listens, since a confirm says only that a message was stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from aio_pika.abc import AbstractQueue

from broker.dead_letters import HEADER_REPLAY
from broker.inbox_answers import RowsRefused
from broker.topology import REFUSALS
from tests.integration.ingestion.conftest import Doors
from tests.integration.ingestion.inbox.sending import MACHINES, declare, message, sender
from tests.support.ingestion.readings import reading

BAD = reading(torque_nm=455)


@asynccontextmanager
async def refusals(doors: Doors) -> AsyncIterator[AbstractQueue]:
    channel = await doors.publisher.connection.channel()
    queue = await channel.declare_queue(f"downstream.{uuid4()}", exclusive=True)
    await queue.bind(REFUSALS, f"{REFUSALS}.#")
    yield queue
    await channel.close()


async def heard(queue: AbstractQueue, count: int) -> list[RowsRefused]:
    found: list[RowsRefused] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            event = await queue.get(fail=False, no_ack=True)
            if event is None:
                await asyncio.sleep(0.02)
            else:
                assert event.routing_key == f"{REFUSALS}.{MACHINES}"
                found.append(RowsRefused.model_validate(json.loads(event.body)))
    return found


async def test_each_message_of_which_rows_are_not_predicted_is_announced(doors: Doors) -> None:
    names = [f"{place}-{uuid4()}" for place in "abcdef"]
    async with sender(doors) as one, refusals(doors) as queue:
        await one.send(
            message([reading(), BAD, BAD], names[0]),
            message(reading(), names[1]),
            message(None, names[2], body=b"{"),
            message(reading(), names[3]),
            message(reading(torque_nm=1), names[3]),
        )
        events = sorted(await heard(queue, 3), key=lambda event: event.message_id or "")
        assert [(event.message_id, event.rows) for event in events] == [
            (names[0], 2),
            (names[2], None),
            (names[3], None),
        ]
        assert [event.code for event in events] == ["", "", "idempotency-key-reused"]
        assert events[0].batch_id is not None
        assert "not JSON" in events[1].detail


async def test_rows_that_columns_name_are_announced_too(doors: Doors) -> None:
    declare(doors, identity=["machine_id"])
    machines = [f"M-{uuid4()}" for _ in range(3)]
    async with sender(doors) as one, refusals(doors) as queue:
        await one.send(message(reading(machine_id=machines[0])))
        rows = [
            reading(machine_id=machines[0], torque_nm=1), BAD | {"machine_id": machines[1]}, reading(machine_id=machines[2])
        ]  # fmt: skip
        await one.send(message(rows, "m-1"))
        letter, bad = sorted(await heard(queue, 2), key=lambda event: event.rows or 0)
        assert (letter.code, bad.rows) == ("idempotency-key-reused", 1)
        [dead] = await one.letters()
        assert HEADER_REPLAY in dead.headers
