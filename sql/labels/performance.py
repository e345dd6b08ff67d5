"""Predictions beside what came true, counted by version and span of time; rows are counted here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Interval, Row, Select, Subquery, and_, func, literal, select

from broker.ids import first_id_at
from sql.base.reading import reading
from sql.labels.outcomes import error_sums, outcome_counts, score_counts
from sql.labels.tables import labels
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceWindow:
    """Which predictions are counted, and in what spans of time; times are those of the receipt."""

    use_case: UseCase
    start: datetime
    end: datetime
    width: timedelta
    """Spans begin at the start and follow each other in this width."""
    model_version: int | None = None


def count_outcomes(engine: Engine, window: PerformanceWindow) -> Sequence[Row[Any]]:
    """Count predictions by start, model_version, prediction and label; the label is None where none has arrived."""
    return _read(engine, outcome_counts(_answers(window)))


def count_scores(engine: Engine, window: PerformanceWindow) -> Sequence[Row[Any]]:
    """Count the scores of each class, as :func:`sql.labels.outcomes.score_counts` does."""
    return _read(engine, score_counts(window.use_case, _answers(window)))


def sum_errors(engine: Engine, window: PerformanceWindow) -> Sequence[Row[Any]]:
    """Add up the errors of a regression; gives start, model_version and the fields of ErrorSums."""
    return _read(engine, error_sums(_answers(window)))


def _answers(window: PerformanceWindow) -> Subquery:
    table = prediction_table(window.use_case)
    first, last = first_id_at(window.start), first_id_at(window.end)
    start = func.date_bin(literal(window.width, Interval), table.c.received_at, window.start).label("start")
    answered = [table.c[name] for name in ("prediction", "score", "scores") if name in table.c]
    # Named for both tables, the range lets the database read both in the order of their ids and put them side by side.
    joined = table.outerjoin(
        labels, and_(labels.c.prediction_id == table.c.id, labels.c.prediction_id.between(first, last))
    )
    query = (
        select(start, table.c.model_version, *answered, labels.c.label, labels.c.number)
        .select_from(joined)
        .where(table.c.id >= first, table.c.id < last)
    )
    if window.model_version is not None:
        query = query.where(table.c.model_version == window.model_version)
    return query.subquery("answers")


def _read(engine: Engine, query: Select[Any]) -> Sequence[Row[Any]]:
    with reading(engine) as connection:
        return connection.execute(query).all()
