"""Bodies that their sender compresses, or writes in another encoding than UTF-8, over a real broker."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any
from uuid import uuid4

import aio_pika

from broker.ids import batch_id_of_message
from broker.topology import DEAD_LETTERS, INBOX
from broker.transport.gathering import LotConsumer
from ingestion.messages.ingest import MessageIngestor
from sql.ledger.batch_ledger import find_batch
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import READING
from tests.support.waiting import eventually

MACHINES = "equipment_failure"
TEXT = json.dumps(READING)


async def test_a_body_is_read_as_its_properties_say_and_a_letter_keeps_what_they_said(doors: Doors) -> None:
    sent: dict[str, dict[str, Any]] = {
        str(uuid4()): {"body": gzip.compress(TEXT.encode()), "content_encoding": "gzip:UTF-8"},
        str(uuid4()): {"body": TEXT.encode("utf-16"), "content_encoding": "utf-16"},
        str(uuid4()): {"body": TEXT.encode("latin-1"), "content_type": "application/json; charset=iso-8859-1"},
    }
    channel = await doors.publisher.connection.channel()
    exchange = await channel.get_exchange(INBOX, ensure=False)
    consumer = LotConsumer(doors.broker_url, "test", INBOX, MessageIngestor(doors.ingestion.batches).take)
    await consumer.start()
    for message_id, wire in sent.items():
        message = aio_pika.Message(**{"content_type": "application/json"} | wire, message_id=message_id)
        await exchange.publish(message, MACHINES)
    plain = aio_pika.Message(TEXT.encode(), content_encoding="gzip", content_type="application/json", message_id="m-1")
    await exchange.publish(plain, MACHINES)
    letters = await channel.get_queue(DEAD_LETTERS, ensure=False)
    async with asyncio.timeout(60):
        while (letter := await letters.get(fail=False, no_ack=True)) is None:  # noqa: ASYNC110  # a queue tells nobody
            await asyncio.sleep(0.05)
    assert "the content encoding is said to be 'gzip', and the body is not" in str(letter.headers["cause"])
    assert letter.headers["content_encoding"] == "gzip"
    for message_id in sent:
        batch_id = batch_id_of_message(MACHINES, message_id)
        found = await asyncio.to_thread(eventually, lambda known=batch_id: find_batch(doors.ingestion.engine, known))
        assert found is not None
        assert (found.rows_in, found.quarantined) == (1, 0)
    await consumer.stop()
    await channel.close()
