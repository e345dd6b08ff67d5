"""A bad release of one sender stops at a threshold and waits for a person; nobody else is harmed, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pika
import pytest
from sqlalchemy import func, select, text

from broker.administration.queue_status import queue_status
from broker.topology import DEAD_LETTERS, INBOX
from broker.transport.gathering import LotConsumer
from ingestion.messages.ingest import MessageIngestor
from ingestion.messages.released import take_up
from ingestion.settings import RefusalLimits
from sql.base.tables import batches
from sql.dead_letters.holds import (
    Decision,
    Hold,
    NoSuchHoldError,
    decide_hold,
    first_held,
    list_holds,
    released_messages,
)
from tests.integration.ingestion.conftest import Doors
from tests.integration.ingestion.inbox.sending import MACHINES, declare, message, sender
from tests.support.ingestion.readings import reading
from tests.support.servers import Broker
from tests.support.waiting import eventually

LIMITS = RefusalLimits(refused_messages=5)


@pytest.fixture
def accounts(doors: Doors, rabbit_server: Broker) -> Iterator[dict[str, str]]:
    """URLs of two accounts of upstream systems, by their names."""
    parts = urlsplit(doors.broker_url)
    vhost = parts.path.removeprefix("/")
    names = [f"{kind}-{uuid4().hex[:8]}" for kind in ("press", "oven")]
    with httpx.Client(base_url=rabbit_server.management_url, auth=rabbit_server.credentials(), timeout=30) as api:
        for name in names:
            api.put(f"/api/users/{name}", json={"password": "secret", "tags": ""}).raise_for_status()
            rights = {"configure": "^$", "write": f"^{INBOX}$", "read": "^$"}
            api.put(f"/api/permissions/{vhost}/{name}", json=rights).raise_for_status()
        yield {name: parts._replace(netloc=f"{name}:secret@{parts.hostname}:{parts.port}").geturl() for name in names}
        for name in names:
            api.delete(f"/api/users/{name}").raise_for_status()


def publish(url: str, account: str, rows: list[dict[str, Any]], message_id: Callable[[], str | None]) -> None:
    """Publish each row in a message of its own, as an upstream system does that says who it is."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for row in rows:
            told = pika.BasicProperties(message_id=message_id(), user_id=account, delivery_mode=2)
            channel.basic_publish(INBOX, MACHINES, json.dumps(row).encode(), told, mandatory=True)


@asynccontextmanager
async def consuming(doors: Doors) -> AsyncIterator[MessageIngestor]:
    """Consume the inbox as a process of ingestion does that has just started."""
    ingestor = MessageIngestor(doors.ingestion.batches, LIMITS)
    consumer = LotConsumer(doors.broker_url, "test", INBOX, ingestor.take)
    await consumer.start()
    try:
        yield ingestor
    finally:
        await consumer.stop()


async def until(look: Callable[[], object]) -> None:
    """Wait for something while everything else goes on."""
    await asyncio.to_thread(eventually, look)


def hold_of(doors: Doors, account: str) -> Hold | None:
    """Look the open hold of an account up."""
    return next((hold for hold in list_holds(doors.ingestion.engine) if hold.account == account), None)


def is_held(doors: Doors, account: str, messages: int) -> bool:
    hold = hold_of(doors, account)
    return hold is not None and hold.messages == messages


async def count_letters(doors: Doors) -> int:
    status = await queue_status(doors.publisher.connection, DEAD_LETTERS)
    assert status is not None
    return status.ready


def predicted(doors: Doors, machines: str) -> Mapping[str, int]:
    """Count the predictions of machines whose names begin so."""
    query = text(
        "select machine_id, count(*) from predictions.equipment_failure where machine_id like :name group by machine_id"
    )
    with doors.ingestion.engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query, {"name": f"{machines}%"})}


def count_batches(doors: Doors, run: str) -> int:
    """Count the batches of messages whose ids begin so."""
    with doors.ingestion.engine.connect() as connection:
        return connection.scalar(select(func.count()).where(batches.c.name.startswith(f"{run}-"))) or 0


async def test_a_bad_release_waits_for_a_person_while_others_go_on(
    doors: Doors, accounts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (press, press_url), (oven, oven_url) = accounts.items()
    run = uuid4().hex
    # The new release sets no id any more; two of its readings are equal.
    rows = [reading(machine_id=f"{run}-press-{number}") for number in (*range(18), 17, 17)]
    async with sender(doors):
        async with consuming(doors):
            await asyncio.to_thread(publish, press_url, press, rows, lambda: None)
            await until(lambda: is_held(doors, press, len(rows) - 4))
            assert await count_letters(doors) == 4, "those that came before it was too many"
            others = [reading(machine_id=f"{run}-oven-{number}") for number in range(10)]
            named = iter(f"{run}-{number}" for number in range(len(others) + 1))
            await asyncio.to_thread(publish, oven_url, oven, others, lambda: next(named))
            good = [reading(machine_id=f"{run}-good")]
            await asyncio.to_thread(publish, press_url, press, good, lambda: next(named))
            await until(lambda: count_batches(doors, run) == len(others) + 1)
        await doors.record_all()
        assert len(predicted(doors, run)) == len(others) + 1
        async with consuming(doors) as ingestor:  # a process that has just started knows of the hold
            later = [reading(machine_id=f"{run}-press-later-{number}") for number in range(3)]
            await asyncio.to_thread(publish, press_url, press, later, lambda: None)
            await until(lambda: is_held(doors, press, len(rows) - 4 + len(later)))
            assert await count_letters(doors) == 4
            declare(doors, without_id="each_arrival")
            hold = hold_of(doors, press)
            assert hold is not None
            assert "set message_id" in hold.cause
            decided = decide_hold(doors.ingestion.engine, hold.id, Decision.RELEASED, "alice")
            assert (decided.left, decided.decided_by) == (len(rows) - 4 + len(later), "alice")
            with monkeypatch.context() as crash:
                # Taken up, and the process ends before they leave the table.
                crash.setattr("ingestion.messages.released.forget_held", lambda *_: None)
                await take_up(ingestor, doors.ingestion.engine)
            while await take_up(ingestor, doors.ingestion.engine):
                pass
        await doors.record_all()
        found = predicted(doors, f"{run}-press")
        assert sum(found.values()) == len(rows) - 4 + len(later)
        assert found[f"{run}-press-17"] == 3
        assert await count_letters(doors) == 4
    assert hold_of(doors, press) is None
    with pytest.raises(NoSuchHoldError, match="released by alice"):
        decide_hold(doors.ingestion.engine, hold.id, Decision.DISCARDED, "bob")


async def test_what_is_still_refused_is_held_anew_and_a_full_hold_takes_no_more(doors: Doors) -> None:
    engine = doors.ingestion.engine
    limits = RefusalLimits(refused_messages=3, held_max_messages=6)
    ingestor = MessageIngestor(doors.ingestion.batches, limits)
    account = f"press-{uuid4()}"
    bad = [message("no row", str(uuid4()), account=account, headers={"when": b"now"}) for _ in range(12)]
    async with sender(doors) as one:
        await ingestor.ingest([*bad[:11], one.asking("no row", bad[11].message_id, account=account)])
        assert len(await one.letters()) == 2 + 4
        await ingestor.ingest(bad[:3])  # delivered again, of which the first two are letters once more
        first = hold_of(doors, account)
        assert first is not None
        assert (first.messages, first.left) == (6, 6)
        assert {held.message_id for held in first_held(engine, first.id, 10)} <= {held.message_id for held in bad}
        assert first_held(engine, first.id, 1)[0].headers == {"when": "now"}
        await one.letters()
        decide_hold(engine, first.id, Decision.RELEASED, "alice")
        ingestor = MessageIngestor(doors.ingestion.batches, limits)
        while await take_up(ingestor, engine):
            pass
        assert len(await one.letters()) == 2
        again = hold_of(doors, account)
        assert again is not None
        assert again.messages == 4
        discarded = decide_hold(engine, again.id, Decision.DISCARDED, "bob")
        assert (discarded.left, discarded.messages, discarded.decision) == (0, 4, "discarded")
        assert released_messages(engine) == []


async def test_whoever_asks_is_told_that_a_message_is_held(doors: Doors) -> None:
    ingestor = MessageIngestor(doors.ingestion.batches, RefusalLimits(refused_messages=1))
    async with sender(doors) as one:
        await ingestor.ingest([one.asking("no row", str(uuid4()), account=f"press-{uuid4()}")])
        answer = await one.answer()
        assert (answer["outcome"], answer["code"]) == ("refused", "held")
        assert "until somebody decides about hold" in answer["detail"]
        assert await one.letters() == []
        # For no use case at all: a typing error of one counts with all others of the same sender.
        await ingestor.ingest([message({}, str(uuid4()), account=None, routing_key="misspelt")])
        assert [hold.use_case for hold in list_holds(doors.ingestion.engine) if not hold.account] == [""]
    for hold in list_holds(doors.ingestion.engine):
        decide_hold(doors.ingestion.engine, hold.id, Decision.DISCARDED, "test")
