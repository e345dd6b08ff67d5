"""CloudEvents over a real broker, written by their SDK."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from cloudevents.core.bindings import rabbitmq
from cloudevents.core.v1.event import CloudEvent

from broker.ids import batch_id_of_message
from broker.topology import DEAD_LETTERS, INBOX
from broker.transport.gathering import LotConsumer
from ingestion.messages.ingest import MessageIngestor
from sql.ledger.batch_ledger import BatchLedger, find_batch
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import READING, reading
from tests.support.waiting import eventually

MACHINES = "equipment_failure"


@pytest.mark.parametrize("write", [rabbitmq.to_binary_event, rabbitmq.to_structured_event])
async def test_an_event_that_is_sent_again_counts_once_and_with_other_data_is_refused(doors: Doors, write: Any) -> None:
    attributes = {"id": str(uuid4()), "source": "/plants/7", "type": "reading", "datacontenttype": "application/json"}
    key = f"/plants/7 {attributes['id']}"
    channel = await doors.publisher.connection.channel()
    exchange = await channel.get_exchange(INBOX, ensure=False)
    consumer = LotConsumer(doors.broker_url, "test", INBOX, MessageIngestor(doors.ingestion.batches).take)
    await consumer.start()
    for data in (READING, READING, reading(machine_id="M-2")):
        wire = write(CloudEvent({"specversion": "1.0", **attributes}, data))
        message = aio_pika.Message(wire.body, headers=dict(wire.headers), content_type=wire.content_type)
        await exchange.publish(message, MACHINES)

    def look() -> BatchLedger | None:
        return find_batch(doors.ingestion.engine, batch_id_of_message(MACHINES, key))

    assert (await asyncio.to_thread(eventually, look)) is not None
    letters = await channel.get_queue(DEAD_LETTERS, ensure=False)
    async with asyncio.timeout(60):
        while (letter := await letters.get(fail=False, no_ack=True)) is None:  # noqa: ASYNC110  # a queue tells nobody
            await asyncio.sleep(0.05)
    await consumer.stop()
    assert f"the key {key!r} stands for another body" in str(letter.headers["cause"])
    await doors.record_all()
    ledger = look()
    assert ledger is not None
    assert (ledger.name, ledger.rows_in, ledger.predicted) == (key, 1, 1)
    await channel.close()
