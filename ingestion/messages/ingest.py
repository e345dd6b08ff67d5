"""Ingesting foreign messages: read them, hand their rows on together, answer whoever asked for an answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog
from aio_pika.abc import AbstractIncomingMessage

from broker.dead_letters import HEADER_REPLAY
from broker.ids import batch_id_of_message
from broker.messages import (
    ID_REUSED,
    JSON,
    MAX_INBOX_BYTES,
    MAX_INBOX_ROWS,
    InboxAnswer,
    Source,
)
from broker.service.tracing import SpanKind
from broker.topology import INBOX
from ingestion.batches.ingest import BatchIngestor, IngestedBatch, retry_database
from ingestion.batches.lots import MAX_LOT_ROWS, MAX_SMALL_ROWS, ingest_lot
from ingestion.batches.plan import IncomingRows
from ingestion.messages.cloud_events import open_event
from ingestion.messages.foreign import ForeignMessage, MessageRefusedError, answer_accepted, answer_message
from sql.ledger.batches import BatchIdReusedError
from usecases.checking.json_size import LARGE_BODY, TooManyValuesError, most_members, require_bounded
from usecases.contract.catalog import Catalog, UnknownUseCaseError
from usecases.contract.observations import arriving_contract
from usecases.contract.spec import UseCase
from usecases.formats.json_text import DoubledName, JsonError, parse_rows

_REUSED = (
    "stands for another body that came before: give every message an id of its own, and the same one only to the same "
    "body sent again. To have these rows predicted all the same, replay their dead letter"
)


log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ForeignRows:
    """A message that can be read."""

    use_case: UseCase
    message_id: str
    rows: list[Any]
    digest: str


def read_message(catalog: Catalog, message: ForeignMessage) -> ForeignRows:
    """Read a foreign message.

    Raises
    ------
    MessageRefusedError
        If it has no id, is for no use case, holds no rows, or more than are taken at once.
    """
    try:
        use_case = catalog[message.routing_key]
    except UnknownUseCaseError as error:
        raise MessageRefusedError(f"{error}; the routing key names the use case") from error
    if len(message.body) > MAX_INBOX_BYTES:
        raise MessageRefusedError(f"the body has {len(message.body)} bytes, more than {MAX_INBOX_BYTES}; drop a file")
    try:
        if len(message.body) > LARGE_BODY:
            require_bounded(message.body, MAX_INBOX_ROWS, most_members(arriving_contract(use_case)))
    except TooManyValuesError as error:
        raise MessageRefusedError(f"the body is too large: {error}; drop a file") from error
    if message.headers or message.content_type not in {None, JSON}:
        message = open_event(message)
    if not message.message_id:
        raise MessageRefusedError("set message_id: it is the idempotency key, the same for the same rows")
    try:
        content = parse_rows(message.body)
    except JsonError as error:
        raise MessageRefusedError(f"the body is not JSON: {error}") from error
    rows = [content] if isinstance(content, dict | DoubledName) else content
    if not isinstance(rows, list) or not rows:
        raise MessageRefusedError("the body has to be a row (a JSON object) or a list of rows with at least one")
    if len(rows) > MAX_INBOX_ROWS:
        raise MessageRefusedError(f"the body has {len(rows):,} rows, more than {MAX_INBOX_ROWS:,}; drop a file")
    return ForeignRows(use_case, message.message_id, rows, hashlib.sha256(message.body).hexdigest())


def read_properties(message: AbstractIncomingMessage) -> ForeignMessage:
    """Read what AMQP says about a message; nothing after this knows of AMQP."""
    return ForeignMessage(
        body=message.body,
        routing_key=message.routing_key or "",
        message_id=message.message_id,
        content_type=message.content_type,
        headers=message.headers,
        reply_to=message.reply_to,
        correlation_id=None if message.correlation_id is None else str(message.correlation_id),
    )


@dataclass(frozen=True, slots=True)
class MessageIngestor:
    """What taking messages in needs."""

    batches: BatchIngestor

    async def take(self, lot: Sequence[AbstractIncomingMessage]) -> None:
        """Ingest messages as the broker delivers them."""
        await self.ingest([read_properties(message) for message in lot])

    async def ingest(self, messages: Sequence[ForeignMessage]) -> None:
        """Ingest messages that arrived together; when this returns their fate is safe and they may be acknowledged."""
        begun = 0
        while begun < len(messages):
            some = await asyncio.to_thread(self._read_some, messages[begun:])
            begun += len(some)
            await self._ingest_apart(some)

    def _read_some(self, messages: Sequence[ForeignMessage]) -> list[_Read]:
        """Read messages until their rows fill a lot: those of many more would not fit in memory if all are bad."""
        found: list[_Read] = []
        rows = 0
        for message in messages:
            try:
                read = read_message(self.batches.catalog, message)
            except Exception as error:  # noqa: BLE001  # told of one by one: it is this message's alone
                found.append((message, error))
                continue
            found.append((message, read))
            rows += len(read.rows)
            if rows >= MAX_LOT_ROWS:
                break
        return found

    async def _ingest_apart(self, some: Sequence[_Read]) -> None:
        """Ingest messages together, or, where that fails, halves of them: the one at fault harms no other."""
        try:
            await self._ingest_together(some)
        except Exception as error:
            if len(some) == 1:
                log.exception("Foreign message cannot be taken in", message_id=some[0][0].message_id)
                await self.fail(some[0][0], error)
                return
            middle = len(some) // 2
            await self._ingest_apart(some[:middle])
            await self._ingest_apart(some[middle:])

    async def _ingest_together(self, some: Sequence[_Read]) -> None:
        with ExitStack() as spans:
            small: list[tuple[ForeignMessage, ForeignRows, IncomingRows]] = []
            apart: list[tuple[ForeignMessage, Callable[[], Awaitable[None]]]] = []
            for message, read in some:
                if isinstance(read, Exception):
                    apart.append((message, partial(self._refuse_unread, message, read)))
                    continue
                incoming = incoming_rows(read, self._traceparent(message, spans))
                # Observations fill no parts, so there is nothing to share.
                is_small = read.use_case.forecast is None and len(read.rows) <= min(
                    MAX_SMALL_ROWS, self.batches.part_rows
                )
                if is_small:
                    small.append((message, read, incoming))
                else:
                    apart.append((message, partial(self._ingest_alone, message, read, incoming)))
            outcomes = await ingest_lot(self.batches, [incoming for _, _, incoming in small])
            for (message, read, incoming), outcome in zip(small, outcomes, strict=True):
                if isinstance(outcome, BatchIdReusedError):
                    apart.append((message, partial(self._reused, message, read, incoming)))
                elif message.reply_to or outcome.problem is not None:
                    apart.append((message, partial(self._tell, message, read, outcome)))
                else:
                    self.batches.metrics.messages.labels("accepted").inc()
            await asyncio.gather(*(self._or_fail(message, work) for message, work in apart))

    async def _or_fail(self, message: ForeignMessage, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            log.exception("Foreign message cannot be taken in", message_id=message.message_id)
            await self.fail(message, error)

    async def _refuse_unread(self, message: ForeignMessage, error: Exception) -> None:
        if not isinstance(error, MessageRefusedError):
            raise error
        await self._refuse(message, str(error))

    def _traceparent(self, message: ForeignMessage, spans: ExitStack) -> str | None:
        """Open the span of a message, where anybody looks at it."""
        tracing = self.batches.tracing
        if not tracing.is_on:
            return None
        span = tracing.span(f"process {INBOX}", SpanKind.CONSUMER, parent=message.traceparent)
        return spans.enter_context(span).traceparent

    async def _ingest_alone(self, message: ForeignMessage, read: ForeignRows, incoming: IncomingRows) -> None:
        try:
            done = await self.batches.ingest(incoming)
        except BatchIdReusedError:
            await self._reused(message, read, incoming)
        else:
            await self._tell(message, read, done)

    async def _reused(self, message: ForeignMessage, read: ForeignRows, incoming: IncomingRows) -> None:
        """Refuse a message whose id stands for another body, unless a person has looked at it."""
        if HEADER_REPLAY not in message.headers:
            what = "message_id" if message.message_id == read.message_id else "key"
            await self._refuse(message, f"the {what} {read.message_id!r} {_REUSED}", ID_REUSED)
            return
        # A person looked at its letter and wants it predicted: a batch of its own, the same however often it comes.
        own_id = batch_id_of_message(incoming.use_case, f"{read.message_id}\0{incoming.digest}")
        await self._tell(message, read, await self.batches.ingest(replace(incoming, batch_id=own_id)))

    async def _tell(self, message: ForeignMessage, read: ForeignRows, done: IngestedBatch) -> None:
        """Answer whoever asked for an answer what became of the rows."""
        if done.problem is not None:
            await self._refuse(message, done.problem)
            return
        if message.reply_to:
            answer = await retry_database(answer_accepted, self.batches.engine, read.message_id, done)
            await answer_message(self.batches.publisher, message, answer)
        self.batches.metrics.messages.labels("accepted").inc()

    async def fail(self, message: ForeignMessage, error: Exception) -> None:
        """Dead-letter a message that failed for a reason nobody foresaw."""
        cause = f"{type(error).__name__}: {error}".partition("\n")[0]
        await self.batches.publisher.publish_until_confirmed(message.dead_letter(cause))
        self.batches.metrics.messages.labels("failed").inc()

    async def _refuse(self, message: ForeignMessage, cause: str, code: str = "") -> None:
        await self.batches.publisher.publish_until_confirmed(message.dead_letter(cause))
        answer = InboxAnswer(outcome="refused", message_id=message.message_id, code=code, detail=cause)
        await answer_message(self.batches.publisher, message, answer)
        self.batches.metrics.messages.labels("refused").inc()


_Read = tuple[ForeignMessage, ForeignRows | Exception]
"""A message, and what it holds or why it cannot be read."""


def incoming_rows(read: ForeignRows, traceparent: str | None) -> IncomingRows:
    """Return for the rows of a message what every door says of its rows."""
    return IncomingRows(
        use_case=read.use_case.name,
        batch_id=batch_id_of_message(read.use_case.name, read.message_id),
        source=Source.MESSAGE,
        name=read.message_id,
        rows=read.rows,
        digest=read.digest,
        # The answer tells of each bad row; the others go on.
        max_bad_share=1,
        traceparent=traceparent,
    )
