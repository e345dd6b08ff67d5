"""Ingesting foreign messages: read them, hand their rows on together, answer whoever asked for an answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, TypeGuard

import structlog
from aiormq.abc import DeliveredMessage

from broker.dead_letters import HEADER_REPLAY, HEADER_WITHOUT_ID
from broker.envelopes.compressed import with_encoding
from broker.envelopes.envelope import require_small
from broker.envelopes.foreign import HEADER_REPLY_TOPIC, HEADER_TYPE, SPECVERSION, ForeignMessage, MessageRefusedError
from broker.envelopes.registry import WITHIN_JSON, is_known_by_its_bytes, open_content, open_envelopes
from broker.ids import batch_id_of_message
from broker.messages import ID_REUSED, JSON, MAX_INBOX_BYTES, MAX_INBOX_ROWS, Source
from broker.service.tracing import SpanKind
from broker.topology import INBOX, MQTT_TOPICS
from ingestion.batches.ingest import BatchIngestor, retry_database
from ingestion.batches.lots import MAX_LOT_ROWS, MAX_SMALL_ROWS, ingest_lot
from ingestion.batches.plan import IncomingRows
from ingestion.messages.answers import Answers
from ingestion.messages.arrivals import Arrivals
from ingestion.messages.holding import Holding
from ingestion.messages.named_rows import NamedRows, Read, incoming_named_rows, tell_of_rows, under_known_names
from ingestion.messages.outcomes import KINDS, NO_ID, REUSED, fail, refuse, tell
from ingestion.messages.rows import ForeignRows
from ingestion.messages.tables import read_table
from ingestion.settings import RefusalLimits
from sql.base.tables import WITHOUT_ID
from sql.ledger.batches import BatchIdReusedError
from usecases.checking.identity import row_identities
from usecases.checking.json_size import LARGE_BODY
from usecases.columns.typed_values import OPENS, with_plain_values
from usecases.contract.arriving import arriving_contract
from usecases.contract.catalog import Catalog, UnknownUseCaseError
from usecases.contract.file_columns import matched_rows
from usecases.contract.inbox import WithoutId
from usecases.contract.spec import UseCase
from usecases.formats.json_text import DoubledName, JsonError, may_hold_rows_within, parse_rows

log = structlog.get_logger(__name__)


def read_message(catalog: Catalog, message: ForeignMessage) -> ForeignRows:
    """Read a foreign message.

    Raises
    ------
    MessageRefusedError
        If it is for no use case, holds no rows or too many, or if nothing tells whether they came before.
    """
    try:
        use_case = catalog.get(message.routing_key) or catalog[message.use_case]
    except UnknownUseCaseError as error:
        raise MessageRefusedError(f"{error}; the routing key, or the MQTT topic after predict/, names it") from error
    if len(message.body) > MAX_INBOX_BYTES:
        raise MessageRefusedError(f"the body has {len(message.body)} bytes, more than {MAX_INBOX_BYTES}; drop a file")
    contract = arriving_contract(use_case) if use_case.forecast or use_case.feature_tables else use_case
    is_json = message.content_type in {None, JSON}
    if message.headers or message.message_type or not is_json or SPECVERSION in message.body:
        message = open_envelopes(contract, message)
    inbox = use_case.inbox
    may_lack_id = inbox.identity or inbox.without_id is not WithoutId.REFUSE
    # A person has looked at a letter that is replayed, and wants it predicted.
    if not (message.message_id or may_lack_id or HEADER_REPLAY in message.headers):
        raise MessageRefusedError(NO_ID)
    is_json = message.content_type in {None, JSON}
    table = None if is_json else read_table(contract, message.body, message.media_type)
    rows, body = _rows(contract, message) if table is None else (table.named, message.body)
    # Equal bytes on two topics are two readings, where an id does not say otherwise.
    digest = hashlib.sha256(body if message.message_id else body + message.topic).hexdigest()
    if not inbox.identity:
        return ForeignRows(use_case, message.message_id or None, rows, digest, table=table, account=message.account)
    try:
        return ForeignRows(use_case, None, rows, digest, row_identities(contract, rows))
    except ValueError as error:
        raise MessageRefusedError(str(error)) from error


def _rows(use_case: UseCase, message: ForeignMessage) -> tuple[Sequence[Any], bytes]:
    """Return the rows of a message, and the bytes that are the same whenever it is sent again."""
    body = message.body
    try:
        if len(body) > LARGE_BODY:
            require_small(use_case, body)
        content = parse_rows(body)
    except JsonError as error:
        is_json = message.content_type in {None, JSON}
        kinds = "" if is_json else f"; its content type is {message.content_type!r}, {KINDS}"
        raise MessageRefusedError(f"the body is not JSON: {error}{kinds}") from error
    if may_hold_rows_within(content, WITHIN_JSON):
        opened = open_content(use_case, content)
        if not is_known_by_its_bytes(content, opened):
            body = json.dumps(opened, default=repr).encode()
        content = opened
    rows = [content] if isinstance(content, dict | DoubledName) else content
    if not isinstance(rows, list) or not rows:
        raise MessageRefusedError("the body has to be a row (a JSON object) or a list of rows with at least one")
    if len(rows) > MAX_INBOX_ROWS:
        raise MessageRefusedError(f"the body has {len(rows):,} rows, more than {MAX_INBOX_ROWS:,}; drop a file")
    rows = with_plain_values(rows) if body.count(OPENS) > len(rows) else rows
    are_known = all(type(row) is dict and use_case.known_names.issuperset(row) for row in rows)
    return (rows if are_known else matched_rows(use_case, rows, keep_others=True)), body


def read_properties(message: DeliveredMessage) -> ForeignMessage:
    """Read what AMQP says about a message; nothing after this knows of AMQP."""
    properties, headers = message.header.properties, message.header.properties.headers or {}
    topic = None if properties.reply_to else _text(headers.get(HEADER_REPLY_TOPIC))
    return ForeignMessage(
        body=message.body,
        routing_key=message.routing_key or "",
        message_id=None if HEADER_WITHOUT_ID in headers else properties.message_id,
        content_type=properties.content_type,
        headers=with_encoding(headers, properties.content_encoding) if properties.content_encoding else headers,
        reply_to=topic or properties.reply_to,
        reply_exchange=MQTT_TOPICS if topic else "",
        correlation_id=properties.correlation_id,
        deliveries=_deliveries(headers) if message.redelivered else 0,
        account=properties.user_id,
        message_type=properties.message_type or _text(headers.get(HEADER_TYPE)),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _deliveries(headers: Mapping[str, object]) -> int:
    counted = headers.get("x-delivery-count")
    return counted if isinstance(counted, int) and counted > 0 else 1


class MessageIngestor:
    """Takes messages in."""

    def __init__(self, batches: BatchIngestor, limits: RefusalLimits | None = None) -> None:
        self.batches = batches
        self.arrivals = Arrivals()
        self.answers = Answers(batches, Holding(batches, limits or RefusalLimits()))

    async def take(self, lot: Sequence[DeliveredMessage]) -> None:
        """Ingest messages as the broker delivers them."""
        await self.ingest([read_properties(message) for message in lot])

    async def ingest(self, messages: Sequence[ForeignMessage]) -> None:
        """Ingest messages that arrived together; when this returns their fate is safe and they may be acknowledged."""
        begun = 0
        while begun < len(messages):
            some = await asyncio.to_thread(self._read_some, messages[begun:])
            begun += len(some)
            await self._ingest_apart(await self._told_apart(some))

    async def _told_apart(self, some: Sequence[Read]) -> Sequence[Read]:
        """Find out, once for each delivery, which messages without an id came before, and by which names rows are known."""
        if any(isinstance(read, ForeignRows) and read.identities for _, read in some):
            some = await under_known_names(self.batches, some)
        unnamed = [(message, read) for message, read in some if _is_unnamed(read)]
        if not unnamed:
            return some
        now = datetime.now(UTC)
        found = iter(await retry_database(self.arrivals.batches_of, self.batches.engine, unnamed, now))
        return [(message, replace(read, arrival=next(found)) if _is_unnamed(read) else read) for message, read in some]

    def _read_some(self, messages: Sequence[ForeignMessage]) -> list[Read]:
        """Read messages until their rows fill a lot: those of many more would not fit in memory if all are bad."""
        found: list[Read] = []
        rows = 0
        for message in messages:
            try:
                read = read_message(self.batches.catalog, message)
            except Exception as error:  # noqa: BLE001  # told of one by one: it is this message's alone
                found.append((message, error))
                continue
            found.append((message, read))
            rows += len(read.rows if read.table is None else read.table)
            if rows >= MAX_LOT_ROWS:
                break
        return found

    async def _ingest_apart(self, some: Sequence[Read]) -> None:
        """Ingest messages together, or, where that fails, halves of them: the one at fault harms no other."""
        try:
            await self._ingest_together(some)
        except Exception as error:
            if len(some) == 1:
                log.exception("Foreign message cannot be taken in", message_id=some[0][0].message_id)
                await fail(self.answers, some[0][0], error)
                return
            middle = len(some) // 2
            await self._ingest_apart(some[:middle])
            await self._ingest_apart(some[middle:])

    async def _ingest_together(self, some: Sequence[Read]) -> None:
        batches, taken = self.batches, self.answers.holding.share.taken
        with ExitStack() as spans:
            small: list[tuple[ForeignMessage, ForeignRows, list[IncomingRows]]] = []
            apart: list[tuple[ForeignMessage, Callable[[], Awaitable[None]]]] = []
            for message, read in some:
                if isinstance(read, Exception):
                    apart.append((message, partial(self._refuse_unread, message, read)))
                    continue
                incoming = incoming_rows(read, self._traceparent(message, spans))
                is_short = read.table is None and len(read.rows) <= min(MAX_SMALL_ROWS, batches.part_rows)
                # Observations fill no parts, so there is nothing to share.
                if read.identities or (is_short and read.use_case.forecast is None):
                    small.append((message, read, incoming))
                else:
                    apart.append((message, partial(self._ingest_alone, message, read, incoming[0])))
            outcomes = iter(await ingest_lot(batches, [one for _, _, incoming in small for one in incoming]))
            plain = 0
            for message, read, incoming in small:
                found = list(islice(outcomes, len(incoming)))
                if read.identities:
                    rows = NamedRows(message, read, incoming, found)
                    is_plain = rows.are_new_and_good and not message.reply_to
                    work = partial(tell_of_rows, self.answers, rows)
                elif isinstance(found[0], BatchIdReusedError):
                    is_plain, work = False, partial(self._reused, message, read, incoming[0])
                else:
                    is_plain = not message.reply_to and not found[0].bad and found[0].problem is None
                    work = partial(tell, self.answers, message, read, found[0])
                plain += is_plain
                if is_plain:
                    taken[message.account, read.use_case.name] += 1
                else:
                    apart.append((message, work))
            batches.metrics.messages.labels("accepted").inc(plain)
            await asyncio.gather(*(self._or_fail(message, work) for message, work in apart))

    async def _or_fail(self, message: ForeignMessage, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            log.exception("Foreign message cannot be taken in", message_id=message.message_id)
            await fail(self.answers, message, error)

    async def _refuse_unread(self, message: ForeignMessage, error: Exception) -> None:
        if not isinstance(error, MessageRefusedError):
            raise error
        await refuse(self.answers, message, str(error))

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
            await tell(self.answers, message, read, done)

    async def _reused(self, message: ForeignMessage, read: ForeignRows, incoming: IncomingRows) -> None:
        """Refuse a message whose id stands for another body, unless a person has looked at it."""
        if HEADER_REPLAY not in message.headers:
            what = "message_id" if message.message_id == read.message_id else "key"
            await refuse(self.answers, message, f"the {what} {read.message_id!r} {REUSED}", ID_REUSED)
            return
        # A person looked at its letter and wants it predicted: a batch of its own, the same however often it comes.
        own_id = batch_id_of_message(incoming.use_case, f"{read.message_id}\0{incoming.digest}", read.account)
        await tell(self.answers, message, read, await self.batches.ingest(replace(incoming, batch_id=own_id)))


def _is_unnamed(read: ForeignRows | Exception) -> TypeGuard[ForeignRows]:
    return isinstance(read, ForeignRows) and read.message_id is None and not read.identities


def incoming_rows(read: ForeignRows, traceparent: str | None) -> list[IncomingRows]:
    """Return for the rows of a message what every door says of its rows: of all together, or of each that columns name."""
    if read.identities:
        return incoming_named_rows(read, traceparent)
    return [
        IncomingRows(
            use_case=read.use_case.name,
            batch_id=read.arrival or batch_id_of_message(read.use_case.name, read.message_id or "", read.account),
            source=Source.MESSAGE,
            name=read.message_id or WITHOUT_ID,
            rows=read.rows if read.table is None else read.table,
            digest=read.digest,
            # The answer tells of each bad row; the others go on.
            max_bad_share=1,
            traceparent=traceparent,
        )
    ]
