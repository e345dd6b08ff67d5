"""Putting refused messages aside: as dead letters, or, where a sender has too many of them, where they wait for a person."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from time import monotonic
from uuid import uuid4

import structlog

from broker.dead_letters import HEADER_REPLAY, plain_text, plain_value
from broker.envelopes.foreign import ForeignMessage
from broker.ids import letter_id
from ingestion.batches.ingest import BatchIngestor, retry_database
from ingestion.messages.refused_share import RefusedShare
from ingestion.settings import RefusalLimits
from sql.dead_letters.holds import NewHeld, Sender, hold_messages, open_hold, open_holds
from usecases.contract.catalog import UnknownUseCaseError

LOOK_SECONDS = 1.0
"""How long the list of open holds is believed: as long it may take until a decision of somebody is heard of."""

_OF_THE_BROKER = frozenset({"x-delivery-count", "x-acquired-count"})
"""Headers that differ from one delivery to the next."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    number: int
    message: NewHeld
    is_held: asyncio.Future[bool]


class Holding:
    """Decides where a refused message goes.

    The holds are kept in the database, so a restart forgets none; only the counts that lead to one begin anew.
    """

    def __init__(self, batches: BatchIngestor, limits: RefusalLimits) -> None:
        self.share = RefusedShare(limits)
        self._batches = batches
        self._limits = limits
        self._open: Mapping[Sender, int] = {}
        self._looked_at = -LOOK_SECONDS
        self._looking = asyncio.Lock()
        self._waiting: list[_Waiting] = []
        self._storing: asyncio.Task[None] | None = None

    async def put_aside(self, message: ForeignMessage, cause: str) -> int | None:
        """Put a refused message aside, and return the number of the hold it is in; none if it is a dead letter.

        One that a person replayed is always a letter, as is one for which its hold has no room.
        """
        sender = self._sender(message)
        if HEADER_REPLAY not in message.headers:
            number = await self._hold_of(sender, cause)
            if number is not None:
                if await self._hold(number, message, cause):
                    return number
                log.warning("Not held, since the hold is full or decided about: a dead letter", hold=number)
        await self._batches.publisher.publish_until_confirmed(message.dead_letter(cause))
        return None

    def _sender(self, message: ForeignMessage) -> Sender:
        """Return who sent a message and what for; all that is for no use case at all counts together."""
        catalog = self._batches.catalog
        try:
            name = (catalog.get(message.routing_key) or catalog[message.use_case]).name
        except UnknownUseCaseError:
            name = ""
        return Sender(message.account or "", name)

    async def _hold_of(self, sender: Sender, cause: str) -> int | None:
        if monotonic() - self._looked_at >= LOOK_SECONDS:
            async with self._looking:
                if monotonic() - self._looked_at >= LOOK_SECONDS:
                    await self._look()
        if sender in self._open:
            return self._open[sender]
        if not self.share.is_too_large(sender, monotonic()):
            return None
        async with self._looking:
            if sender not in self._open:
                await retry_database(open_hold, self._batches.engine, sender, cause)
                await self._look()
                log.error(
                    "Too many messages of a sender are refused: further ones are held until somebody decides",
                    account=sender.account,
                    use_case=sender.use_case,
                    hold=self._open.get(sender),
                    cause=cause,
                )
        return self._open.get(sender)

    async def _look(self) -> None:
        self._open = await retry_database(open_holds, self._batches.engine)
        self._looked_at = monotonic()
        for sender in self._open:
            # What comes after a decision is counted from the start.
            self.share.begin_anew(sender)

    async def _hold(self, number: int, message: ForeignMessage, cause: str) -> bool:
        """Store a message together with all others that are to be held at this moment."""
        one = _Waiting(number, _new(message, cause), asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store())
        return await one.is_held

    async def _store(self) -> None:
        limits = self._limits
        while self._waiting:
            number = self._waiting[0].number
            some = [one for one in self._waiting if one.number == number]
            self._waiting = [one for one in self._waiting if one.number != number]
            store = partial(hold_messages, most_messages=limits.held_max_messages, most_bytes=limits.held_max_bytes)
            try:
                held = await retry_database(store, self._batches.engine, number, [one.message for one in some])
            except Exception as error:  # noqa: BLE001  # whoever waits is told, and tells of it
                for one in some:
                    if not one.is_held.done():
                        one.is_held.set_exception(error)
                continue
            for one, is_held in zip(some, held, strict=True):
                if not one.is_held.done():
                    one.is_held.set_result(is_held)


def _new(message: ForeignMessage, cause: str) -> NewHeld:
    headers = plain_value({name: value for name, value in message.headers.items() if name not in _OF_THE_BROKER})
    digest = hashlib.sha256(message.body).hexdigest()
    name = plain_text(message.message_id or "")
    same = "" if message.message_id else repr(sorted(headers.items()))
    content = letter_id("held", message.routing_key, name, same, digest)
    # Without an id each arrival is a message of its own, but for one that is taken up again.
    unnamed = uuid4() if message.held is None else letter_id("held again", str(message.held))
    return NewHeld(
        key=content if message.message_id else unnamed,
        content=content,
        is_redelivered=not message.message_id and message.held is None and message.deliveries > 0,
        routing_key=plain_text(message.routing_key),
        message_id=name or None,
        content_type=None if message.content_type is None else plain_text(message.content_type),
        message_type=None if message.message_type is None else plain_text(message.message_type),
        headers=headers,
        body=message.body,
        cause=plain_text(cause),
    )
