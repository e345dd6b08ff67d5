"""Messages without an id, where a use case lets them count: which of them are the same."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select

from ingestion.messages.arrivals import Arrivals
from ingestion.messages.ingest import read_message
from sql.base.tables import WITHOUT_ID, batches
from tests.integration.ingestion.conftest import Doors
from tests.integration.ingestion.inbox.sending import causes, declare, ledger_of, message, sender
from tests.support.ingestion.readings import reading


def stored(doors: Doors, digest: str) -> int:
    query = select(func.count()).where(batches.c.name == WITHOUT_ID, batches.c.digest == digest)
    with doors.ingestion.engine.connect() as connection:
        return connection.scalar(query) or 0


def digest_of(doors: Doors, batch_id: str) -> str:
    with doors.ingestion.engine.connect() as connection:
        return connection.scalars(select(batches.c.digest).where(batches.c.id == batch_id)).one() or ""


async def test_each_arrival_counts_and_what_the_broker_delivers_again_does_not(doors: Doors) -> None:
    declare(doors, without_id="each_arrival")
    row = reading(machine_id=str(uuid4()))
    async with sender(doors) as one:
        digest = digest_of(doors, (await one.ask(row))["batch_id"])
        await one.send(message(row), message(row))
        assert stored(doors, digest) == 3
        # Three that were stored and not acknowledged, and a fourth that was not even stored, come again, and again.
        for deliveries in (1, 2):
            await one.send(*[message(row, deliveries=deliveries) for _ in range(4)])
            assert stored(doors, digest) == 4
        await doors.record_all()
        assert await one.letters() == []


async def test_the_same_bytes_count_once_within_some_minutes(doors: Doors) -> None:
    declare(doors, without_id="same_bytes", same_bytes_minutes=10)
    row = reading(machine_id=str(uuid4()))
    async with sender(doors) as one:
        first = await one.ask(row)
        digest = digest_of(doors, first["batch_id"])
        await one.send(message(row), message(row))
        assert (await one.ask(row)) == first
        assert (await one.ask(reading(machine_id=str(uuid4()))))["batch_id"] != first["batch_id"]
        assert (await one.ask(row, str(uuid4())))["batch_id"] != first["batch_id"], "an id is an id"
        await doors.record_all()
        assert stored(doors, digest) == 1
    read = read_message(doors.catalog, message(row))
    later = [
        ledger_of(doors, first["batch_id"]).received_at + timedelta(minutes=minutes)
        for minutes in (1, 5, 9, 11, 15, 25)
    ]
    batches_later = [Arrivals().batches_of(doors.ingestion.engine, [(message(row), read)], now)[0] for now in later]
    assert [str(batch) == first["batch_id"] for batch in batches_later] == [True, True, True, False, False, False]


async def test_a_replayed_letter_without_an_id_counts_once_and_shows_none(doors: Doors) -> None:
    row = reading(machine_id=str(uuid4()))
    async with sender(doors) as one:
        await one.send(message(row))
        [letter] = await one.letters()
        assert letter.headers["x-without-id"] == "true"
        assert all(word in causes([letter])[0] for word in ("set message_id", "inbox.identity", "inbox.without_id"))
        replayed = message(row, headers=letter.headers, reply_to=None)
        await one.send(replayed)
        assert await doors.record_all() == [0]
        await one.send(replayed)
        assert await doors.record_all() == []
