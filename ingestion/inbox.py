"""Door 2: a foreign message. Read it, check its rows, send the good ones on, answer whoever asked for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Engine

from broker.dead_letters import dead_letter
from broker.ids import batch_id_of_message
from broker.messages import HEADER_TRACEPARENT, JSON, MAX_INBOX_BYTES, MAX_PART_ROWS, InboxAnswer, RowRefused, Source
from broker.service.tracing import NO_TRACING, Span, SpanKind, Tracing
from broker.topology import BULK, INBOX
from broker.transport.publisher import Outgoing, Publisher
from ingestion.holding import surely, window
from ingestion.metrics import IngestionMetrics
from ingestion.splitting import split
from sql.ledger.batches import Batch, announce_batch
from sql.ledger.chunks import finish_batch, record_chunk, unrecorded_parts
from sql.quarantine.rows import QuarantineFilter, list_quarantined
from usecases.catalog import Catalog, UnknownUseCaseError
from usecases.checking.chunk_check import CheckedChunk, check_rows
from usecases.spec import UseCase

MAX_REFUSED_SHOWN = 1_000
"""Bad rows that an answer lists; all of them are in quarantine."""

MAX_PROPERTY_BYTES = 255
"""Bytes of a text in a property of a message."""


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


@dataclass(frozen=True, slots=True)
class ForeignRows:
    """A message that can be read."""

    use_case: UseCase
    message_id: str
    rows: list[Any]


def read_message(catalog: Catalog, message: ForeignMessage) -> ForeignRows:
    """Read a foreign message.

    Raises
    ------
    MessageRefusedError
        If it has no id, is for no use case, or holds no rows.
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
        content = orjson.loads(message.body)
    except orjson.JSONDecodeError as error:
        raise MessageRefusedError(f"the body is not JSON: {error}") from error
    rows = [content] if isinstance(content, dict) else content
    if not isinstance(rows, list) or not rows:
        raise MessageRefusedError("the body has to be a row (a JSON object) or a list of rows with at least one")
    return ForeignRows(use_case, message.message_id, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxDoor:
    """What taking messages in needs."""

    engine: Engine
    publisher: Publisher
    catalog: Catalog
    metrics: IngestionMetrics
    part_rows: int = MAX_PART_ROWS
    tracing: Tracing = NO_TRACING

    async def take(self, message: ForeignMessage) -> None:
        """Take a message in; when this returns its fate is safe and it may be acknowledged."""
        parent = (message.headers or {}).get(HEADER_TRACEPARENT)
        with self.tracing.span(f"process {INBOX}", SpanKind.CONSUMER, parent=parent) as span:
            await self._take(message, span)

    async def _take(self, message: ForeignMessage, span: Span) -> None:
        try:
            read = read_message(self.catalog, message)
            answer = await self._take_rows(read, span)
        except MessageRefusedError as error:
            await self._refuse(message, str(error))
            return
        await self._answer(message, answer)
        self.metrics.messages.labels("accepted").inc()

    async def _take_rows(self, read: ForeignRows, span: Span) -> InboxAnswer:
        checked = await asyncio.to_thread(_check, read)
        batch, messages = await surely(self._write_down, read, checked)
        async with window(self.publisher) as parts:
            for part in messages:
                with self.tracing.span(f"send {BULK}", SpanKind.PRODUCER, parent=span.traceparent) as sending:
                    await parts.publish(part.traced(sending.traceparent))
        if not batch.state.is_final:
            await surely(finish_batch, self.engine, batch.id)
            self.metrics.ingested(batch.use_case, batch.source, checked.rows, len(checked.bad))
        return await surely(_answer_of, self.engine, read.message_id, batch, checked)

    def _write_down(self, read: ForeignRows, checked: CheckedChunk) -> tuple[Batch, tuple[Outgoing, ...]]:
        """Announce the batch and write its rows down in one transaction; one that came before stays as it is."""
        with self.engine.begin() as connection:
            batch = announce_batch(
                connection,
                batch_id=batch_id_of_message(read.use_case.name, read.message_id),
                use_case=read.use_case.name,
                source=Source.MESSAGE,
                name=read.message_id,
                schema_hash=read.use_case.schema_hash,
                part_rows=self.part_rows,
            )
            if batch.state.is_final:
                # It came before. What is on its way, or lost at the broker, is recorded once however often it is sent.
                missing = unrecorded_parts(self.engine, batch.id)
                return batch, split(batch, checked).only(missing).messages if missing else ()
            if batch.schema_hash != read.use_case.schema_hash:
                raise MessageRefusedError(f"the contract of {batch.use_case} changed while the message was taken in")
            ready = split(batch, checked)
            record_chunk(connection, batch, ready.ledger)
            return batch, ready.messages

    async def _refuse(self, message: ForeignMessage, cause: str) -> None:
        await self.publisher.publish_until_confirmed(dead_inbox_letter(message, cause))
        await self._answer(message, InboxAnswer(outcome="refused", message_id=message.message_id, detail=cause))
        self.metrics.messages.labels("refused").inc()

    async def _answer(self, message: ForeignMessage, answer: InboxAnswer) -> None:
        if message.reply_to:
            await self.publisher.publish_if_wanted(
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


def dead_inbox_letter(message: ForeignMessage, cause: str) -> Outgoing:
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


def _check(read: ForeignRows) -> CheckedChunk:
    return check_rows(read.use_case, read.rows, 0, lambda number: orjson.dumps(read.rows[number - 1]).decode())


def _answer_of(engine: Engine, message_id: str, batch: Batch, checked: CheckedChunk) -> InboxAnswer:
    if batch.state.is_final:
        # It came before: what counts is what became of it then.
        rows_in, bad = batch.rows_in, batch.rows_quarantined
        kept = list_quarantined(engine, QuarantineFilter(batch_id=batch.id), limit=MAX_REFUSED_SHOWN) if bad else []
        refused = [RowRefused(row_number=entry.row_number, reasons=entry.reasons) for entry in kept]
    else:
        rows_in, bad = checked.rows, len(checked.bad)
        refused = [
            RowRefused(row_number=number, reasons=[reason.model_dump() for reason in checked.bad[number]])
            for number in sorted(checked.bad)[:MAX_REFUSED_SHOWN]
        ]
    return InboxAnswer(
        outcome="accepted",
        message_id=message_id,
        batch_id=batch.id,
        rows_in=rows_in,
        rows_accepted=rows_in - bad,
        refused=refused,
        detail=f"the first {MAX_REFUSED_SHOWN} of {bad} bad rows are listed" if bad > MAX_REFUSED_SHOWN else "",
    )
