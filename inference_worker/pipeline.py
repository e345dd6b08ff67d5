"""The way of a part through a worker: decode, score, record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
import structlog
from sqlalchemy import Engine

from broker.ids import id_bounds
from broker.messages import OTHER_VERSION, Lane, PartCommitted, PartScored
from broker.service.tracing import NO_TRACING, Tracing
from broker.transport.publisher import Outgoing
from inference_worker.decoding import DecodedPart, WrongPartError, decode
from inference_worker.model_cache import ModelCache, NoModelError, Served
from inference_worker.outcome import (
    AWAY,
    LOCK_LASTS,
    LOCKED,
    Committed,
    Held,
    Outcome,
    Rejected,
    Scored,
    ScoredPart,
    TryLater,
)
from inference_worker.results import result_events
from inference_worker.shadow import Shadow
from sql.base.engine import is_database_away, is_disk_full, is_locked, is_table_changed, problem_of, why_away
from sql.ledger.recording import AlreadyRecorded, Recorded, record, table_rows
from sql.predictions.past import read_recorded
from sql.predictions.tables import for_table
from usecases.contract.catalog import Catalog
from usecases.models.scoring import UnknownCategoryError

DATABASE_PAUSE_SECONDS = 0.5
"""Pause before a part is offered to the database again; a restart of PostgreSQL takes about a second."""

ONLINE_PATIENCE_SECONDS = 2.0
"""How long a part that somebody waits for is held while the database is away; then its caller is told."""

LOCK_SECONDS = 1.0
"""How long the online lane waits for a lock. Its callers are told of one that lasts, and those of other use cases go on."""

log = structlog.get_logger(__name__)


class Pipeline:
    """Takes parts of one lane from bytes to a commit.

    In the bulk lane scoring has a thread and recording others, so that a part is scored while those before it are
    stored; both release the interpreter while XGBoost and PostgreSQL work. In the online lane, where somebody waits
    and a part is small, one thread does both, of each of the four that are held: nobody waits for another's commit.

    Parameters
    ----------
    catalog, models, engine
        Contracts, models and the database.
    lane
        Way the parts take.
    tracing
        Sees scoring and recording.
    look_again
        Looks for contracts that were put in force a moment ago.
    shadow
        Is offered what was committed.
    """

    def __init__(
        self,
        catalog: Catalog,
        models: ModelCache,
        engine: Engine,
        lane: Lane,
        tracing: Tracing = NO_TRACING,
        look_again: Callable[[], object] = lambda: None,
        shadow: Shadow | None = None,
    ) -> None:
        self._catalog = catalog
        self._look_again = look_again
        self._models = models
        self._engine = engine
        self._is_answered = lane is Lane.ONLINE
        self._tracing = tracing
        self._shadow = shadow
        self._scorer = ThreadPoolExecutor(1, "score")
        self._recorder = ThreadPoolExecutor(4 if self._is_answered else 2, "record")

    async def process(self, headers: Mapping[str, Any], body: bytes, trace: str | None = None) -> Outcome:
        """Score and record one part; what it is answered with is made in the online lane only.

        Parameters
        ----------
        headers, body
            The part as it came.
        trace
            Span it is worked on in.

        Notes
        -----
        While the database is away this waits and tries again; the part stays unacknowledged at the broker. Where a
        caller waits for it, it is given back to be told.
        """
        loop = asyncio.get_running_loop()
        run, begun = loop.run_in_executor, loop.time()
        outcome: Outcome | Held | ScoredPart
        if self._is_answered:
            outcome = await run(self._recorder, self._score_and_record, headers, body, trace)
        else:
            outcome = await run(self._scorer, self._decode_and_score, headers, body, trace)
            if isinstance(outcome, ScoredPart) and not outcome.header.is_stored:
                outcome = Rejected("wrong_lane", "rows that are only scored are for a caller who waits")
            if isinstance(outcome, ScoredPart):
                outcome = await run(self._recorder, self._record_or_hold, outcome)
        while isinstance(outcome, Held):
            is_late = outcome.code == LOCKED or loop.time() - begun > ONLINE_PATIENCE_SECONDS
            if self._is_answered and is_late:
                return TryLater(outcome.code, outcome.cause)
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)
            outcome = await run(self._recorder, self._record_or_hold, outcome.part)
        return outcome

    async def problem(self) -> str | None:
        """Return what keeps every part from being recorded, in words; None where nothing does."""
        return await asyncio.to_thread(problem_of, self._engine)

    def close(self) -> None:
        """Shut the threads down."""
        self._scorer.shutdown(cancel_futures=True)
        self._recorder.shutdown(cancel_futures=True)

    def _span(self, name: str, parent: str | None) -> AbstractContextManager[object]:
        return nullcontext() if self._tracing is NO_TRACING else self._tracing.span(name, parent=parent)

    def _decode_and_score(
        self, headers: Mapping[str, Any], body: bytes, trace: str | None
    ) -> ScoredPart | TryLater | Rejected:
        with self._span("score", trace):
            scored = self._score(headers, body)
        return replace(scored, trace=trace) if trace and isinstance(scored, ScoredPart) else scored

    def _score(self, headers: Mapping[str, Any], body: bytes) -> ScoredPart | TryLater | Rejected:
        try:
            part = self._decode(headers, body)
            served = self._models.take(part.use_case)
            if part.header.model_version not in {None, served.version}:
                return TryLater(OTHER_VERSION, f"version {served.version} is served, not {part.header.model_version}")
            scores = served.score(part.use_case, part.rows)
            doors = [(one.source.value, one.rows) for one in part.header.segments]
            profiles = None if served.tally is None else served.tally.count_doors(doors, part.rows, scores)
            contributions = self._explained(part, served)
        except NoModelError as error:
            return TryLater("no_model", str(error))
        except WrongPartError as error:
            return Rejected(error.code, str(error))
        except UnknownCategoryError as error:
            return Rejected("unknown_category", str(error))
        except Exception as error:  # a fault of scoring belongs to this part alone; the worker goes on
            log.exception("Part cannot be scored")
            return Rejected("not_scored", f"{type(error).__name__}: {_first_line(error)}")
        table = table_rows(part.header, part.row_numbers, part.rows, scores, served.version)
        in_force = self._catalog.in_force.get(part.use_case.name)
        if in_force is not None and in_force is not part.use_case:
            table = for_table(in_force, table)
        return ScoredPart(part.use_case, part.header, table, served.version, profiles, contributions)

    def _decode(self, headers: Mapping[str, Any], body: bytes) -> DecodedPart:
        """Decode a part; a contract that is not known here may have come in force a moment ago."""
        try:
            return decode(self._catalog, headers, body)
        except WrongPartError as error:
            if error.code not in {"schema_changed", "unknown_use_case"}:
                raise
            self._look_again()
            return decode(self._catalog, headers, body)

    def _explained(self, part: DecodedPart, served: Served) -> list[list[list[float]]] | None:
        if not (self._is_answered and part.header.explain):
            return None
        return served.explain(part.use_case, part.rows)

    def _score_and_record(self, headers: Mapping[str, Any], body: bytes, trace: str | None) -> Outcome | Held:
        part = self._decode_and_score(headers, body, trace)
        if not isinstance(part, ScoredPart):
            return part
        return self._record_or_hold(part) if part.header.is_stored else _only_scored(part)

    def _record_or_hold(self, part: ScoredPart) -> Outcome | Held:
        """Record a part, or hold it while the database is away."""
        try:
            with self._span("commit", part.trace):
                return self._record(part)
        except Exception as error:
            if is_disk_full(error):
                log.error(  # noqa: TRY400  # where it was met says nothing
                    "The disk of the database is full, part is held until there is room", error=_first_line(error)
                )
                return Held(part, AWAY, f"{why_away(error)}; whether the rows were stored is not known")
            if is_locked(error):
                log.warning("What a part is stored in is locked, part is held", part_id=str(part.header.part_id))
                return Held(part, LOCKED, LOCK_LASTS)
            if is_database_away(error):
                log.warning(
                    "Database is away, part is held", part_id=str(part.header.part_id), error=_first_line(error)
                )
                return Held(part, AWAY, f"{why_away(error)}; whether the rows were stored is not known")
            if is_table_changed(error):
                return TryLater("schema_changed", "its table was changed a moment ago")
            log.exception("Part cannot be recorded", part_id=str(part.header.part_id))
            return Rejected("not_recorded", f"{type(error).__name__}: {_first_line(error)}")

    def _record(self, part: ScoredPart) -> Committed:
        match record(self._engine, part.use_case, part.header, part.rows, part.model_version, part.profiles):
            case Recorded(committed_at, counts):
                if self._shadow is not None and part.use_case.name in self._shadow.challengers:
                    self._shadow.offer(part.use_case, part.rows)
                answer = self._answer(part, lambda: _answered(part.rows), part.model_version)
                event = _event(part, committed_at, part.model_version)
                return Committed(answer, event, counts.classes(), _results(part, event, part.rows.to_pylist))
            case AlreadyRecorded(committed_at, version):
                # The caller gets what is stored: another version may have scored the first delivery.
                answer = self._answer(part, lambda: _columns_of(self._stored(part)), version)
                event = _event(part, committed_at, version)
                return Committed(answer, event, results=_results(part, event, lambda: self._stored(part)))

    def _answer(
        self, part: ScoredPart, columns: Callable[[], Mapping[str, list[Any]]], version: int
    ) -> PartScored | None:
        if not self._is_answered:
            return None
        # The explanation of one version says nothing about the answer of another.
        return _scored(columns(), version, part.contributions if version == part.model_version else None)

    def _stored(self, part: ScoredPart) -> Sequence[Mapping[str, Any]]:
        ids = [UUID(bytes=value) for value in part.rows.column("id").to_pylist()]
        return [dict(row) for row in read_recorded(self._engine, part.use_case, ids)]


def _only_scored(part: ScoredPart) -> Scored:
    return Scored(_scored(_answered(part.rows), part.model_version, part.contributions))


def _scored(
    columns: Mapping[str, list[Any]], version: int, contributions: list[list[list[float]]] | None
) -> PartScored:
    return PartScored(
        model_version=version,
        predictions=columns["prediction"],
        scores=columns["score"],
        class_scores=columns.get("scores"),
        contributions=contributions,
    )


def _answered(rows: pa.RecordBatch) -> dict[str, list[Any]]:
    """Return the columns a caller is answered with; the rest of the row is known to the caller."""
    answered: dict[str, list[Any]] = rows.select(
        [name for name in ("prediction", "score", "scores") if name in rows.schema.names]
    ).to_pydict()
    return answered


def _columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _results(
    part: ScoredPart, event: PartCommitted, stored: Callable[[], Sequence[Mapping[str, Any]]]
) -> list[Outgoing]:
    """Return the events of each row, where the use case asks for them; nobody looks at single rows otherwise."""
    wanted = part.use_case.events.results
    return [] if wanted is None else result_events(part.use_case, event, wanted, stored())


def _event(part: ScoredPart, committed_at: datetime, version: int) -> PartCommitted:
    first_id, last_id = id_bounds(part.rows.column("id"))
    return PartCommitted(
        part_id=part.header.part_id,
        batch_id=part.header.batch_id,
        batch_ids=tuple(segment.batch_id for segment in part.header.segments) if part.header.is_shared else (),
        use_case=part.use_case.name,
        model_version=version,
        rows=part.rows.num_rows,
        first_id=first_id,
        last_id=last_id,
        committed_at=committed_at.astimezone(UTC),
    )


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:500]
