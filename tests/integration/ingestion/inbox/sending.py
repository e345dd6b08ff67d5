"""Messages as foreign programs send them, use cases that declare how rows are told apart, and answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import orjson
from aio_pika.abc import AbstractQueue
from sqlalchemy import select

from broker.envelopes.foreign import ForeignMessage
from broker.topology import DEAD_LETTERS
from ingestion.messages.ingest import MessageIngestor
from sql.base.tables import batches
from sql.ledger.batch_ledger import BatchLedger, find_batch
from tests.integration.ingestion.conftest import Doors
from usecases.contract.spec import UseCase

MACHINES = "equipment_failure"


def declare(doors: Doors, **inbox: Any) -> UseCase:
    """Put in force that rows of machines are told apart like this, and bring the time along at which they were measured."""
    content = doors.catalog[MACHINES].model_dump(mode="json")
    content |= {"inbox": inbox, "ignored_columns": ["measured_at", "sent_at"]}
    use_case = UseCase.model_validate_json(json.dumps(content))
    doors.catalog.take_over({MACHINES: use_case}, [])
    return use_case


def message(rows: Any, message_id: str | None = None, **more: Any) -> ForeignMessage:
    """Write a message as its sender does."""
    given: dict[str, Any] = {
        "body": orjson.dumps(rows), "routing_key": MACHINES, "message_id": message_id, "content_type": "application/json",
        "headers": {}, "reply_to": None, "correlation_id": None,
    }  # fmt: skip
    return ForeignMessage(**(given | more))


def ledgers(doors: Doors, *names: str) -> list[BatchLedger]:
    """Look up the batches of these names, the oldest first."""
    query = select(batches.c.id).where(batches.c.name.in_(names)).order_by(batches.c.received_at, batches.c.id)
    with doors.ingestion.engine.connect() as connection:
        found = [find_batch(doors.ingestion.engine, batch_id) for batch_id in connection.scalars(query)]
    return [ledger for ledger in found if ledger is not None]


def ledger_of(doors: Doors, batch_id: str | UUID) -> BatchLedger:
    """Look a batch up that there is."""
    found = find_batch(doors.ingestion.engine, UUID(str(batch_id)))
    assert found is not None
    return found


class Sender:
    """Sends messages and reads what comes back."""

    def __init__(self, doors: Doors, answers: AbstractQueue, letters: AbstractQueue) -> None:
        self._ingestor = MessageIngestor(doors.ingestion.batches)
        self._answers, self._letters = answers, letters

    async def send(self, *lot: ForeignMessage) -> None:
        """Have messages taken in that arrive together."""
        await self._ingestor.ingest(lot)

    async def ask(self, rows: Any, message_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Have a message taken in, and return its answer."""
        await self.send(self.asking(rows, message_id, **more))
        return await self.answer()

    def asking(self, rows: Any, message_id: str | None = None, **more: Any) -> ForeignMessage:
        """Write a message that asks for an answer."""
        return message(rows, message_id, reply_to=self._answers.name, **more)

    async def answer(self) -> dict[str, Any]:
        """Return the next answer."""
        async with asyncio.timeout(30):
            while (found := await self._answers.get(fail=False, no_ack=True)) is None:  # noqa: ASYNC110  # a queue tells nobody
                await asyncio.sleep(0.02)
        answer: dict[str, Any] = json.loads(found.body)
        return answer

    async def letters(self) -> list[ForeignMessage]:
        """Take the dead letters that there are, as a person replays them."""
        found: list[ForeignMessage] = []
        while (letter := await self._letters.get(fail=False, no_ack=True)) is not None:
            headers = dict(letter.headers) | {"x-replay": uuid4().hex}
            found.append(
                ForeignMessage(
                    letter.body,
                    str(headers["replay_routing_key"]),
                    letter.message_id,
                    letter.content_type,
                    headers,
                    None,
                    None,
                )
            )
        return found


@asynccontextmanager
async def sender(doors: Doors) -> AsyncIterator[Sender]:
    """Open what a sender needs, and leave no letter behind."""
    channel = await doors.publisher.connection.channel()
    answers = await channel.declare_queue(f"reply.upstream.{uuid4()}", exclusive=True)
    letters = await channel.get_queue(DEAD_LETTERS, ensure=False)
    one = Sender(doors, answers, letters)
    await one.letters()
    yield one
    await one.letters()
    await channel.close()


def causes(letters: Sequence[ForeignMessage]) -> list[str]:
    """Return why letters died."""
    return [str(letter.headers["cause"]) for letter in letters]
