"""Finding predictions again, page by page. A range of time is a range of ids, and a key has an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, RowMapping, func, select

from broker.ids import first_id_at
from broker.messages import Source
from sql.base.reading import plan_without, reading
from sql.predictions.answer_filter import AnswerFilter
from sql.predictions.hours import last_recorded
from sql.predictions.of_batch import BatchRange
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase

MOST_LOOKED_THROUGH = 100_000
"""Rows that one look for a page may read: some 0.1 s where nothing fits."""

KEY_LOOKED_THROUGH = 50_000
"""Newest rows that are read for a key before its index is asked: a key that is frequent is found there sooner."""

FREQUENT = 200
"""Rows of a key among those from which on an index leads nearly everywhere, so that it is searched step by step."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""Rows are received by the clock of a door and recorded by that of the database."""


RowTest = Callable[[UseCase, FromClause], ColumnElement[bool]]
"""Builds a condition on rows of a table of predictions, or of a query that has its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(AnswerFilter):
    """Which predictions are looked for; what is None or empty is not filtered by."""

    start: datetime | None = None
    """Received then or later."""
    end: datetime | None = None
    """Received before."""
    key: str | None = None
    """Of rows with this key; the use case has to have one."""
    batch: BatchRange | None = None
    """Of this batch."""
    source: Source | None = None
    model_version: int | None = None
    outcome: RowTest | None = None
    """With an outcome that passes, see :class:`sql.labels.beside.Outcome`."""

    def range_conditions(self, use_case: UseCase) -> list[ColumnElement[bool]]:
        """Return the conditions that the primary key answers."""
        table = prediction_table(use_case)
        conditions: list[ColumnElement[bool]] = [] if self.batch is None else self.batch.conditions(use_case)
        if self.start is not None:
            conditions.append(table.c.id >= first_id_at(self.start))
        if self.end is not None:
            conditions.append(table.c.id < first_id_at(self.end))
        return conditions

    def row_conditions(self, use_case: UseCase, table: FromClause) -> list[ColumnElement[bool]]:
        """Return the conditions that every row has to be tested for."""
        conditions = self.answer_conditions(use_case, table)
        if self.key is not None:
            conditions.append(table.c[str(use_case.key)] == self.key)
        if self.source is not None:
            conditions.append(table.c.source == self.source.value)
        if self.model_version is not None:
            conditions.append(table.c.model_version == self.model_version)
        if self.outcome is not None:
            conditions.append(self.outcome(use_case, table))
        return conditions


@dataclass(frozen=True, slots=True)
class FoundPredictions:
    """A page of predictions."""

    rows: Sequence[RowMapping]
    searched_to: UUID | None = None
    """Where the search was given up before the page was full; what lies before that id was not looked at."""


def one_prediction(engine: Engine, use_case: UseCase, prediction_id: UUID) -> RowMapping | None:
    """Read a prediction by its id; None where none of that id is stored."""
    table = prediction_table(use_case)
    with reading(engine) as connection:
        return connection.execute(select(table).where(table.c.id == prediction_id)).mappings().one_or_none()


def newest_predictions(
    engine: Engine, use_case: UseCase, wanted: Wanted, *, before: UUID | None, limit: int
) -> FoundPredictions:
    """Read a page of predictions, the newest first.

    The next page is what comes before its last id, or before the id where the search was given up. There is no index by
    door, version, class or score, for each would cost a fifth of the writing speed; instead, a page looks through so
    many rows at most. A key has one, for rows that are not among the newest.
    """
    table = prediction_table(use_case)
    in_range = wanted.range_conditions(use_case)
    if before is not None:
        in_range.append(table.c.id < before)
    with reading(engine) as connection:
        if not wanted.row_conditions(use_case, table):
            query = select(table).where(*in_range).order_by(table.c.id.desc()).limit(limit)
            return FoundPredictions(connection.execute(query).mappings().all())
        if wanted.key is not None:
            return _search_key(connection, use_case, wanted, in_range, limit)
        if before is None and wanted.batch is None:
            in_range += _not_after_the_last_recorded(connection, use_case, wanted)
        return _search(connection, use_case, wanted, in_range, limit, MOST_LOOKED_THROUGH)


def _search(
    connection: Connection,
    use_case: UseCase,
    wanted: Wanted,
    in_range: Sequence[ColumnElement[bool]],
    limit: int,
    most: int,
) -> FoundPredictions:
    """Search the newest rows of a range for those that match, up to the number of rows one search may read."""
    table = prediction_table(use_case)
    newest = select(table).where(*in_range).order_by(table.c.id.desc()).limit(most).subquery()
    fitting = select(newest).where(*wanted.row_conditions(use_case, newest)).order_by(newest.c.id.desc()).limit(limit)
    rows = connection.execute(fitting).mappings().all()
    if len(rows) == limit:
        return FoundPredictions(rows)
    # Counted by the index alone, and only now: mostly the page is full long before.
    end = select(table.c.id).where(*in_range).order_by(table.c.id.desc()).offset(most - 1).limit(1)
    return FoundPredictions(rows, connection.scalar(end))


def _search_key(
    connection: Connection, use_case: UseCase, wanted: Wanted, in_range: Sequence[ColumnElement[bool]], limit: int
) -> FoundPredictions:
    """Search the newest rows of a range for a key, then all others by its index, unless it is a frequent one."""
    found = _search(connection, use_case, wanted, in_range, limit, KEY_LOOKED_THROUGH)
    if found.searched_to is None or _is_frequent(connection, use_case, wanted, in_range):
        return found
    table = prediction_table(use_case)
    # The planner takes every entry of the index to lead to the key, and would read the table in the order of its ids.
    plan_without(connection, "seqscan", "indexscan", "indexonlyscan")
    fitting = select(table).where(*in_range, *wanted.row_conditions(use_case, table))
    return FoundPredictions(connection.execute(fitting.order_by(table.c.id.desc()).limit(limit)).mappings().all())


def _is_frequent(
    connection: Connection, use_case: UseCase, wanted: Wanted, in_range: Sequence[ColumnElement[bool]]
) -> bool:
    table = prediction_table(use_case)
    if len(wanted.row_conditions(use_case, table)) == 1:
        return False  # looked for by nothing but the key, it would have filled the page
    newest = select(table).where(*in_range).order_by(table.c.id.desc()).limit(KEY_LOOKED_THROUGH).subquery()
    some = select(newest.c.id).where(newest.c[str(use_case.key)] == wanted.key).limit(FREQUENT).subquery()
    return connection.scalar(select(func.count()).select_from(some)) == FREQUENT


def _not_after_the_last_recorded(
    connection: Connection, use_case: UseCase, wanted: Wanted
) -> list[ColumnElement[bool]]:
    """Skip what is newer than the last part that holds such rows: whatever was received later is none of them.

    So yesterday's version is found at once, however much its successor has predicted since.
    """
    if not wanted.classes and wanted.source is None and wanted.model_version is None:
        return []  # nothing that parts tell of
    recorded_at = last_recorded(
        connection,
        use_case.name,
        source=wanted.source,
        model_version=wanted.model_version,
        classes=wanted.classes,
    )
    if recorded_at is None:
        return []
    return [prediction_table(use_case).c.id < first_id_at(recorded_at + CLOCKS_DIFFER)]


def read_recorded(engine: Engine, use_case: UseCase, ids: list[UUID]) -> list[RowMapping]:
    """Read predictions back by their ids, in that order: all columns of the table, by name."""
    table = prediction_table(use_case)
    with engine.connect() as connection:
        found = {row["id"]: row for row in connection.execute(select(table).where(table.c.id.in_(ids))).mappings()}
    return [found[prediction_id] for prediction_id in ids]
