"""The way of a part through a worker: decode, score, record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import pyarrow as pa
import structlog
from sqlalchemy import Engine

from broker.messages import PartCommitted, PartHeader, PartScored
from inference_worker.decoding import WrongPartError, decode
from inference_worker.outcome import Committed, Hopeless, Outcome, TryLater
from inference_worker.shelf import NoModelError, Shelf
from sql.engine import is_database_away
from sql.recording import AlreadyRecorded, Recorded, read_recorded, record, table_rows
from usecases.catalog import Catalog
from usecases.matrix import UnknownCategoryError
from usecases.scoring import score
from usecases.spec import UseCase

DATABASE_PAUSE_SECONDS = 0.5
"""Pause before a part is offered to the database again; a restart of PostgreSQL takes about a second."""

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """A part before it is recorded."""

    use_case: UseCase
    header: PartHeader
    rows: pa.RecordBatch
    model_version: int


class Pipeline:
    """Takes parts of one lane from bytes to a commit.

    Scoring has one thread and recording another, so that one part is scored while the one before it is stored; both
    release the interpreter while XGBoost and PostgreSQL work.

    Parameters
    ----------
    catalog, shelf, engine
        Contracts, models and the database.
    recorders
        Parts recorded at the same time.
    """

    def __init__(self, catalog: Catalog, shelf: Shelf, engine: Engine, *, recorders: int) -> None:
        self._catalog = catalog
        self._shelf = shelf
        self._engine = engine
        self._scorer = ThreadPoolExecutor(1, "score")
        self._recorder = ThreadPoolExecutor(recorders, "record")

    async def process(self, headers: Mapping[str, Any], body: bytes, *, answer: bool) -> Outcome:
        """Score and record one part.

        Parameters
        ----------
        headers, body
            The message.
        answer
            Whether somebody waits for the predictions.

        Notes
        -----
        While the database is away this waits and tries again; the part stays unacknowledged at the broker.
        """
        loop = asyncio.get_running_loop()
        scored = await loop.run_in_executor(self._scorer, self._decode_and_score, headers, body)
        if not isinstance(scored, ScoredPart):
            return scored
        while True:
            try:
                return await loop.run_in_executor(self._recorder, self._record, scored, answer)
            except Exception as error:
                if not is_database_away(error):
                    log.exception("Part cannot be recorded", part_id=str(scored.header.part_id))
                    return Hopeless("not_recorded", f"{type(error).__name__}: {_first_line(error)}")
                log.warning(
                    "Database is away, trying again", part_id=str(scored.header.part_id), error=_first_line(error)
                )
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)

    def close(self) -> None:
        """Let the threads end."""
        self._scorer.shutdown(cancel_futures=True)
        self._recorder.shutdown(cancel_futures=True)

    def _decode_and_score(self, headers: Mapping[str, Any], body: bytes) -> ScoredPart | TryLater | Hopeless:
        try:
            part = decode(self._catalog, headers, body)
            served = self._shelf.take(part.use_case)
            scores = score(part.use_case, served.model, part.rows)
        except NoModelError as error:
            return TryLater("no_model", str(error))
        except WrongPartError as error:
            return Hopeless(error.code, str(error))
        except UnknownCategoryError as error:
            return Hopeless("unknown_category", str(error))
        except Exception as error:  # a fault of scoring belongs to this part alone; the worker goes on
            log.exception("Part cannot be scored")
            return Hopeless("not_scored", f"{type(error).__name__}: {_first_line(error)}")
        table = table_rows(part.header, part.row_numbers, part.rows, scores, served.version)
        return ScoredPart(part.use_case, part.header, table, served.version)

    def _record(self, part: ScoredPart, answer: bool) -> Committed:  # noqa: FBT001  # run_in_executor passes positions
        match record(self._engine, part.use_case, part.header, part.rows, part.model_version):
            case Recorded(committed_at):
                made = (
                    _answer(part.rows.select(_answered(part.rows)).to_pydict(), part.model_version) if answer else None
                )
                return Committed(made, _event(part, committed_at, part.model_version))
            case AlreadyRecorded(committed_at, version):
                # The caller gets what is stored: another version may have scored the first delivery.
                made = _answer(self._stored(part), version) if answer else None
                return Committed(made, _event(part, committed_at, version))

    def _stored(self, part: ScoredPart) -> dict[str, list[Any]]:
        ids = [UUID(bytes=value) for value in part.rows.column("id").to_pylist()]
        rows = read_recorded(self._engine, part.use_case, ids)
        return {name: [row[name] for row in rows] for name in rows[0]}


def _answered(rows: pa.RecordBatch) -> list[str]:
    """Name the columns a caller is answered with; the rest of the row is known to the caller."""
    return [name for name in ("prediction", "score", "scores") if name in rows.schema.names]


def _answer(columns: Mapping[str, list[Any]], version: int) -> PartScored:
    return PartScored(
        model_version=version,
        predictions=columns["prediction"],
        scores=columns["score"],
        class_scores=columns.get("scores"),
    )


def _event(part: ScoredPart, committed_at: datetime, version: int) -> PartCommitted:
    ids = part.rows.column("id")
    # Rows of one batch ascend; those of a coalesced part come from several.
    ends = [ids[0].as_py(), ids[len(ids) - 1].as_py()] if part.header.batch_id else ids.to_pylist()
    return PartCommitted(
        part_id=part.header.part_id,
        batch_id=part.header.batch_id,
        use_case=part.use_case.name,
        model_version=version,
        rows=part.rows.num_rows,
        first_id=UUID(bytes=min(ends)),
        last_id=UUID(bytes=max(ends)),
        committed_at=committed_at.astimezone(UTC),
    )


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:500]
