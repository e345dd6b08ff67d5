"""The one path of every door: announce a batch, write down what became of its rows, publish its parts."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, TypeVar

import structlog
from sqlalchemy import Engine

from broker.messages import MAX_PART_ROWS
from broker.service.tracing import NO_TRACING, SpanKind, Tracing
from broker.topology import BULK, PREDICT
from broker.transport.publisher import ConfirmWindow, Outgoing, Publisher
from ingestion.batches.joining import FeatureJoin, join_of
from ingestion.batches.plan import IncomingRows, SplitChunk, chunk_rows, plan_chunks
from ingestion.metrics import IngestionMetrics
from sql.base.engine import is_database_away, is_disk_full
from sql.ledger.batches import (
    Batch,
    BatchState,
    announce_batch,
    finish_batch,
    record_chunk,
    refuse_batch,
    unrecorded_parts,
)
from sql.ledger.lots import LotPart, shared_to_send_again
from usecases.contract.arriving import arriving_contract
from usecases.contract.catalog import Catalog, UnknownUseCaseError
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import NO_ROWS, FileBrokenError

T = TypeVar("T")


class ContractChangedError(Exception):
    """The contract of the use case became another one while a batch was read."""


UNREADABLE = (UnknownUseCaseError, ContractChangedError, TableRefusedError, FileBrokenError)
"""What is raised where rows cannot be read, or no further; the batch is refused with its words."""


@dataclass(frozen=True, slots=True)
class IngestedBatch:
    """What became of rows that came in.

    Attributes
    ----------
    batch
        The batch as it was when they arrived.
    rows, bad
        Rows of it, and those of them in quarantine; where it was refused, those known when they arrived.
    problem
        Why they, or the rest of them, were refused.
    is_known
        Whether a batch of a lot had been written down before.
    """

    batch: Batch
    rows: int
    bad: int
    problem: str | None
    is_known: bool = False

    @property
    def came_before(self) -> bool:
        """Whether the same rows had been read to their end before."""
        return self.batch.state.is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchIngestor:
    """Ingests rows; every door of a process hands its rows to the same one."""

    engine: Engine
    publisher: Publisher
    catalog: Catalog
    metrics: IngestionMetrics
    part_rows: int = MAX_PART_ROWS
    tracing: Tracing = NO_TRACING

    async def ingest(self, incoming: IncomingRows) -> IngestedBatch:
        """Ingest rows; when this returns every good one is with the workers, every bad one in quarantine.

        Raises
        ------
        sql.ledger.batches.BatchIdReusedError
            If their batch id stands for other rows already.
        """
        batch, recorded = await retry_database(self._announce, incoming)
        if batch.state.is_final:
            # On their way, or lost at the broker: sent again they are recorded once all the same.
            if batch.part_id is not None:
                shared = await retry_database(shared_to_send_again, self.engine, {batch.part_id})
                await self.send_shared(shared, [incoming])
            elif await retry_database(unrecorded_parts, self.engine, batch.id):
                with contextlib.suppress(*UNREADABLE):
                    await self.send_rows(self._contract(batch), incoming, batch, ())
            return IngestedBatch(batch, batch.rows_in, batch.rows_quarantined, batch.problem)
        problem = incoming.problem
        if problem is None:
            try:
                return await self.send_rows(self._contract(batch), incoming, batch, recorded)
            except UNREADABLE as error:
                problem = incoming.told(error)
        await retry_database(refuse_batch, self.engine, batch.id, problem)
        return IngestedBatch(batch, batch.rows_in, batch.rows_quarantined, problem)

    async def refuse(self, incoming: IncomingRows, problem: str) -> None:
        """Refuse what was not read yet of these rows."""
        batch, _ = await retry_database(self._announce, incoming)
        if not batch.state.is_final:
            await retry_database(refuse_batch, self.engine, batch.id, problem)

    def _announce(self, incoming: IncomingRows) -> tuple[Batch, tuple[SplitChunk, ...]]:
        """Announce a batch; rows that are at hand are written down in the same transaction, for commits take long."""
        use_case = self.catalog.get(incoming.use_case)
        with self.engine.begin() as connection:
            batch = announce_batch(
                connection,
                batch_id=incoming.batch_id,
                use_case=incoming.use_case,
                source=incoming.source,
                name=incoming.name,
                schema_hash="" if use_case is None else use_case.schema_hash,
                part_rows=self.part_rows,
                digest=incoming.digest,
            )
            contract = self.catalog.contract(batch.use_case, batch.schema_hash)
            is_at_hand = not callable(incoming.rows) and incoming.problem is None
            if not is_at_hand or contract is None or batch.state is not BatchState.RECEIVED:
                return batch, ()
            joining = join_of(connection, contract, batch) if contract.feature_tables else None
            chunks = self._plan(contract, incoming, batch, frozenset(), joining)
            recorded = [(chunk, record_chunk(connection, batch, chunk.ledger)) for chunk in chunks]
            return batch, tuple(replace(chunk, ledger=ledger) for chunk, ledger in recorded if ledger is not None)

    def _plan(
        self,
        use_case: UseCase,
        incoming: IncomingRows,
        batch: Batch,
        unrecorded: frozenset[int],
        joining: FeatureJoin | None,
    ) -> Iterator[SplitChunk]:
        is_other = not incoming.are_forecasts and (use_case.forecast or use_case.feature_tables)
        contract = arriving_contract(use_case) if is_other else use_case
        chunks = incoming.chunks(contract, chunk_rows(batch), batch.mappings)
        return plan_chunks(use_case, batch, chunks, unrecorded, most_bad(use_case, incoming), contract, joining)

    def _contract(self, batch: Batch) -> UseCase:
        """Return what all rows of a batch are held to: the contract of the moment it was announced."""
        use_case = self.catalog.contract(batch.use_case, batch.schema_hash)
        if use_case is None:
            name = self.catalog[batch.use_case].name
            raise ContractChangedError(
                f"the contract of {name} changed while the rows were read; send them again under another name"
            )
        return use_case

    async def send_rows(
        self, use_case: UseCase, incoming: IncomingRows, batch: Batch, recorded: Sequence[SplitChunk]
    ) -> IngestedBatch:
        """Write rows down and publish their parts, from where the batch was left; at the end every part is confirmed.

        What raises here is raised by the reader: the rows cannot be read, or their columns are wrong.
        """
        rows, bad, problem = batch.rows_in, batch.rows_quarantined, batch.problem
        async with ConfirmWindow(self.publisher) as window:
            async for chunk, is_new in self._recorded(use_case, incoming, batch, recorded):
                rows = max(rows, chunk.ledger.rows_before + chunk.ledger.rows)
                problem = problem or chunk.ledger.problem
                if is_new:
                    bad += chunk.ledger.bad
                    self.metrics.rows.labels(use_case.name, batch.source.value).inc(chunk.ledger.rows)
                    self.metrics.quarantined.labels(use_case.name, batch.source.value).inc(chunk.ledger.bad)
                for message in chunk.messages:
                    await self.publish(window, message, [incoming.traceparent])
        if rows == 0:
            raise FileBrokenError(NO_ROWS)
        await retry_database(finish_batch, self.engine, batch.id)
        return IngestedBatch(batch, rows, bad, problem)

    async def send_shared(self, parts: Sequence[LotPart], lot: Sequence[IncomingRows]) -> None:
        """Publish parts that batches share, written down before."""
        async with ConfirmWindow(self.publisher) as window:
            for part in parts:
                message = Outgoing.part(part.header, part.body, exchange=PREDICT, routing_key=BULK)
                inside = {segment.batch_id for segment in part.header.segments} if self.tracing.is_on else ()
                await self.publish(window, message, [one.traceparent for one in lot if one.batch_id in inside])

    async def publish(self, window: ConfirmWindow, message: Outgoing, continued: Sequence[str | None]) -> None:
        """Publish a part, where anybody looks at it in a span that continues those of what its rows came in by."""
        if not self.tracing.is_on:
            await window.publish(message)
            return
        parent, *others = continued or [None]
        with self.tracing.span(f"send {BULK}", SpanKind.PRODUCER, parent=parent, links=others) as span:
            await window.publish(message.traced(span.traceparent))

    async def _recorded(
        self, use_case: UseCase, incoming: IncomingRows, batch: Batch, recorded: Sequence[SplitChunk]
    ) -> AsyncIterator[tuple[SplitChunk, bool]]:
        """Return chunks once they are written down, and whether they had not been before."""
        if recorded:
            for chunk in recorded:
                yield chunk, True
            return
        resumed = await retry_database(unrecorded_parts, self.engine, batch.id) if batch.rows_in else frozenset[int]()
        # Read once for all its rows, before they are: reading runs in a thread that could not wait for a database.
        joining = await retry_database(join_of, self.engine, use_case, batch) if use_case.feature_tables else None
        # Reading and checking run ahead in a thread while the chunk before is written down and published.
        async for chunk in read_ahead(self._plan(use_case, incoming, batch, resumed, joining)):
            ledger = await retry_database(record_chunk, self.engine, batch, chunk.ledger)
            yield (chunk, False) if ledger is None else (replace(chunk, ledger=ledger), True)


def most_bad(use_case: UseCase, incoming: IncomingRows) -> float:
    """Return the share of bad rows past which nothing more goes on."""
    return use_case.quality.max_bad_share if incoming.max_bad_share is None else incoming.max_bad_share


async def read_ahead(items: Iterator[T], depth: int = 1) -> AsyncIterator[T]:
    """Return the items of an iterator that runs in a thread of its own, a bounded number ahead."""
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead")
    end = object()
    waiting: deque[asyncio.Future[Any]] = deque()
    try:
        waiting.extend(loop.run_in_executor(pool, next, items, end) for _ in range(depth))
        while (item := await waiting.popleft()) is not end:
            waiting.append(loop.run_in_executor(pool, next, items, end))
            yield item
    finally:
        for future in waiting:
            future.cancel()
        pool.shutdown(cancel_futures=True)


DATABASE_PAUSE_SECONDS = 0.5
"""Pause between two attempts to reach the database; a restart takes it about a second."""

DISK_PAUSE_SECONDS = 5.0
"""Pause before a disk that was full is tried again: somebody has to make room first."""

log = structlog.get_logger(__name__)

P = ParamSpec("P")


class DiskWatch:
    """How much work of this process waits for room on a disk: its own, or that of the database."""

    waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether any does."""
        return self.waiting > 0


DISK = DiskWatch()


async def retry_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function that talks to the database in a thread, again and again while the database is away or a disk full.

    The function has to bear being called twice: its first call may have been committed without an answer.
    """
    while True:
        try:
            return await asyncio.to_thread(function, *args, **kwargs)
        except Exception as error:
            told = str(error).partition("\n")[0]
            if is_disk_full(error):
                log.error("A disk is full, make room: work waits for it and goes on by itself", error=told)  # noqa: TRY400  # where it was met says nothing
                await _wait_for_room()
            elif is_database_away(error):
                log.warning("Database is away, trying again", error=told)
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)
            else:
                raise


async def _wait_for_room() -> None:
    DISK.waiting += 1
    try:
        await asyncio.sleep(DISK_PAUSE_SECONDS)
    finally:
        DISK.waiting -= 1
