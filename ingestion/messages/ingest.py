"""Ingesting a foreign message: read it, hand its rows on, answer whoever asked for an answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from faststream.rabbit import RabbitBroker, RabbitMessage
from sqlalchemy import Engine

from broker.dead_letters import HEADER_REPLAY, dead_letter
from broker.ids import batch_id_of_message
from broker.messages import (
    HEADER_TRACEPARENT,
    ID_REUSED,
    JSON,
    MAX_INBOX_BYTES,
    MAX_INBOX_ROWS,
    InboxAnswer,
    RowRefused,
    Source,
)
from broker.service.tracing import SpanKind
from broker.topology import INBOX, is_reply_space
from broker.transport.consumer import existing_queue, subscribe
from broker.transport.publisher import Outgoing
from ingestion.batches.ingest import BatchIngestor, IngestedBatch, retry_database
from ingestion.batches.plan import IncomingRows
from sql.ledger.batches import BatchIdReusedError
from sql.quarantine.rows import QuarantineFilter, list_quarantined
from usecases.checking.json_size import LARGE_BODY, TooManyValuesError, most_members, require_bounded
from usecases.contract.catalog import Catalog, UnknownUseCaseError
from usecases.contract.spec import UseCase
from usecases.formats.json_text import DoubledName, JsonError, parse_rows

MAX_REFUSED_SHOWN = 1_000
"""Bad rows that an answer lists; all of them are in quarantine."""

_REUSED = (
    "stands for another body that came before: give every message an id of its own, and the same one only to the same "
    "body sent again. To have these rows predicted all the same, replay their dead letter"
)

MAX_PROPERTY_BYTES = 255
"""Bytes of a text in a property of a message."""


log = structlog.get_logger(__name__)


class MessageRefusedError(Exception):
    """A foreign message cannot be read at all; says what its sender has to change."""


@dataclass(frozen=True, slots=True)
class ForeignMessage:
    """A message as it came."""

    body: bytes
    routing_key: str
    message_id: str | None
    content_type: str | None
    headers: Mapping[str, Any]
    reply_to: str | None
    correlation_id: str | None

    @property
    def traceparent(self) -> object:
        """The span that its sender wants continued, as it came."""
        return self.headers.get(HEADER_TRACEPARENT)


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
    if not message.message_id:
        raise MessageRefusedError("set message_id: it is the idempotency key, the same for the same rows")
    try:
        use_case = catalog[message.routing_key]
    except UnknownUseCaseError as error:
        raise MessageRefusedError(f"{error}; the routing key names the use case") from error
    if len(message.body) > MAX_INBOX_BYTES:
        raise MessageRefusedError(f"the body has {len(message.body)} bytes, more than {MAX_INBOX_BYTES}; drop a file")
    try:
        if len(message.body) > LARGE_BODY:
            require_bounded(message.body, MAX_INBOX_ROWS, most_members(use_case))
        content = parse_rows(message.body)
    except TooManyValuesError as error:
        raise MessageRefusedError(f"the body is too large: {error}; drop a file") from error
    except JsonError as error:
        raise MessageRefusedError(f"the body is not JSON: {error}") from error
    rows = [content] if isinstance(content, dict | DoubledName) else content
    if not isinstance(rows, list) or not rows:
        raise MessageRefusedError("the body has to be a row (a JSON object) or a list of rows with at least one")
    if len(rows) > MAX_INBOX_ROWS:
        raise MessageRefusedError(f"the body has {len(rows):,} rows, more than {MAX_INBOX_ROWS:,}; drop a file")
    return ForeignRows(use_case, message.message_id, rows, hashlib.sha256(message.body).hexdigest())


@dataclass(frozen=True, slots=True)
class MessageIngestor:
    """What taking messages in needs."""

    batches: BatchIngestor

    async def ingest(self, message: ForeignMessage) -> None:
        """Ingest a message; when this returns its fate is safe and it may be acknowledged."""
        with self.batches.tracing.span(f"process {INBOX}", SpanKind.CONSUMER, parent=message.traceparent) as span:
            try:
                read = await self._read(message)
            except MessageRefusedError as error:
                await self._refuse(message, str(error))
                return
            try:
                done = await self._ingest(read, message, span.traceparent)
            except BatchIdReusedError:
                await self._refuse(message, f"the message_id {read.message_id!r} {_REUSED}", ID_REUSED)
                return
            if done.problem is not None:
                await self._refuse(message, done.problem)
                return
            answer = await retry_database(_answer_of, self.batches.engine, read.message_id, done)
            await self._answer(message, answer)
            self.batches.metrics.messages.labels("accepted").inc()

    async def _read(self, message: ForeignMessage) -> ForeignRows:
        if len(message.body) <= LARGE_BODY:
            return read_message(self.batches.catalog, message)
        # Else everybody else would wait for it, and the broker for a sign of life.
        return await asyncio.to_thread(read_message, self.batches.catalog, message)

    async def _ingest(self, read: ForeignRows, message: ForeignMessage, traceparent: str | None) -> IngestedBatch:
        incoming = _incoming(read, traceparent)
        try:
            return await self.batches.ingest(incoming)
        except BatchIdReusedError:
            if HEADER_REPLAY not in message.headers:
                raise
        # A person looked at its letter and wants it predicted: a batch of its own, the same however often it comes.
        own_id = batch_id_of_message(incoming.use_case, f"{read.message_id}\0{incoming.digest}")
        return await self.batches.ingest(replace(incoming, batch_id=own_id))

    async def fail(self, message: ForeignMessage, error: Exception) -> None:
        """Dead-letter a message that failed for a reason nobody foresaw."""
        cause = f"{type(error).__name__}: {error}".partition("\n")[0]
        await self.batches.publisher.publish_until_confirmed(_dead_letter(message, cause))
        self.batches.metrics.messages.labels("failed").inc()

    async def _refuse(self, message: ForeignMessage, cause: str, code: str = "") -> None:
        await self.batches.publisher.publish_until_confirmed(_dead_letter(message, cause))
        answer = InboxAnswer(outcome="refused", message_id=message.message_id, code=code, detail=cause)
        await self._answer(message, answer)
        self.batches.metrics.messages.labels("refused").inc()

    async def _answer(self, message: ForeignMessage, answer: InboxAnswer) -> None:
        if message.reply_to and not is_reply_space(message.reply_to):
            log.warning("Not answered: reply_to names no queue for replies", reply_to=message.reply_to)
        elif message.reply_to:
            await self.batches.publisher.publish_if_wanted(
                Outgoing(
                    exchange="",
                    routing_key=message.reply_to,
                    body=answer.model_dump_json().encode(),
                    message_id=_shortened(f"answer to {message.message_id}"),
                    content_type=JSON,
                    correlation_id=message.correlation_id,
                    persistent=False,
                )
            )


def _dead_letter(message: ForeignMessage, cause: str) -> Outgoing:
    """Wrap a foreign message that cannot be taken in."""
    return dead_letter(
        body=message.body,
        content_type=message.content_type,
        headers=message.headers,
        message_id=message.message_id,
        origin=INBOX,
        exchange=INBOX,
        routing_key=message.routing_key,
        cause=cause,
    )


def _shortened(text: str) -> str:
    return text.encode()[:MAX_PROPERTY_BYTES].decode(errors="ignore")


def _incoming(read: ForeignRows, traceparent: str | None) -> IncomingRows:
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


def _answer_of(engine: Engine, message_id: str, done: IngestedBatch) -> InboxAnswer:
    kept = (
        list_quarantined(engine, QuarantineFilter(batch_id=done.batch.id), limit=MAX_REFUSED_SHOWN) if done.bad else []
    )
    return InboxAnswer(
        outcome="accepted",
        message_id=message_id,
        batch_id=done.batch.id,
        rows_in=done.rows,
        rows_accepted=done.rows - done.bad,
        refused=[RowRefused(row_number=entry.row_number, reasons=entry.reasons) for entry in kept],
        detail=f"the first {MAX_REFUSED_SHOWN} of {done.bad} bad rows are listed"
        if done.bad > MAX_REFUSED_SHOWN
        else "",
    )


PREFETCH = 32
"""Messages taken in at once: each waits for two commits and a confirm, so many overlap."""

log = structlog.get_logger(__name__)


def consume_messages(broker: RabbitBroker, messages: MessageIngestor) -> None:
    """Subscribe to foreign messages and ingest them; each is acknowledged only after its fate is safe."""

    async def take(message: RabbitMessage) -> None:
        foreign = read_properties(message)
        try:
            await messages.ingest(foreign)
        except Exception as error:
            log.exception("Foreign message cannot be taken in", message_id=foreign.message_id)
            await messages.fail(foreign, error)

    subscribe(broker, existing_queue(INBOX), take, prefetch=PREFETCH)


def read_properties(message: RabbitMessage) -> ForeignMessage:
    """Read what AMQP says about a message; nothing after this knows of AMQP."""
    # The framework invents ids where a sender set none; the raw message tells.
    raw = message.raw_message
    return ForeignMessage(
        body=message.body,
        routing_key=raw.routing_key or "",
        message_id=raw.message_id,
        content_type=raw.content_type,
        headers=raw.headers,
        reply_to=raw.reply_to,
        correlation_id=None if raw.correlation_id is None else str(raw.correlation_id),
    )
