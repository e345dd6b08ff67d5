"""Predictions beside what came true, counted by version and span of time; rows are counted here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    Engine,
    FromClause,
    Integer,
    Interval,
    Row,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    select,
    true,
)

from broker.ids import first_id_at
from sql.label_tables import labels
from sql.prediction_tables import prediction_table
from sql.reading import reading
from usecases.spec import Task, UseCase

BINS_A_UNIT = 10
"""Bins of the score in a unit of log odds."""

_NEAREST_TO_CERTAIN = 1e-6
"""Scores closer to 0 or 1 share a bin with this one."""

_SMALLEST = 1e-15
"""Probability from which on a log loss does not grow any more, lest one row outweigh all others."""


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
    table = prediction_table(window.use_case)
    keys = (_start(window, table), table.c.model_version, table.c.prediction, labels.c.label)
    return _read(engine, _from(window, table, select(*keys, func.count().label("rows"))).group_by(*keys))


def count_scores(engine: Engine, window: PerformanceWindow) -> Sequence[Row[Any]]:
    """Count the scores of each class in bins of log odds.

    Gives start, model_version and the fields of :class:`monitoring.performance.ScoreCount`. A binary task has scores of
    its second class only.
    """
    table = prediction_table(window.use_case)
    classes = window.use_case.classes
    joined: FromClause = _joined(window, table)
    if window.use_case.task is Task.MULTICLASS:
        each = (
            func.unnest(literal(list(classes), ARRAY(Text)), table.c.scores)
            .table_valued(column("class_name", Text), column("score", Double), name="each")
            .render_derived()
        )
        joined = joined.join(each, true())
        name, score = each.c.class_name, each.c.score
    else:
        name, score = literal(classes[1], Text).label("class_name"), table.c.score
    within = func.least(func.greatest(score, _NEAREST_TO_CERTAIN), 1 - _NEAREST_TO_CERTAIN)
    place = cast(func.floor(func.ln(within / (1 - within)) * BINS_A_UNIT), Integer).label("bin")
    came_true = (labels.c.label == name).label("came_true")
    chance = case((came_true, score), else_=1 - score)
    loss = case((labels.c.label.is_not(None), -func.ln(func.greatest(chance, _SMALLEST))), else_=0.0)
    keys = (
        _start(window, table), table.c.model_version, name, place, (table.c.prediction == name).label("predicted"), came_true,
    )  # fmt: skip
    inner = select(*keys, score.label("score"), loss.label("loss")).select_from(joined).where(*_wanted(window, table))
    one = inner.subquery()
    by = [one.c[key] for key in ("start", "model_version", "class_name", "bin", "predicted", "came_true")]
    sums = (
        func.count().label("rows"), func.sum(one.c.score).label("scores"), func.sum(one.c.loss).label("losses"),
        func.sum(one.c.loss * one.c.loss).label("loss_squares"),
    )  # fmt: skip
    return _read(engine, select(*by, *sums).group_by(*by))


def sum_errors(engine: Engine, window: PerformanceWindow) -> Sequence[Row[Any]]:
    """Add up the errors of a regression; gives start, model_version and the fields of ErrorSums."""
    table = prediction_table(window.use_case)
    error = table.c.prediction - labels.c.number
    keys = (_start(window, table), table.c.model_version)
    sums = (
        func.count().label("rows"), func.count(labels.c.number).label("labelled"), _total(error).label("errors"),
        _total(func.abs(error)).label("absolutes"), _total(error * error).label("squares"),
        _total(error * error * error * error).label("fourths"),
    )  # fmt: skip
    return _read(engine, _from(window, table, select(*keys, *sums)).group_by(*keys))


def _total(value: ColumnElement[Any]) -> ColumnElement[float]:
    return func.coalesce(func.sum(value), 0.0, type_=Double)


def _start(window: PerformanceWindow, table: Table) -> ColumnElement[datetime]:
    return func.date_bin(literal(window.width, Interval), table.c.received_at, window.start).label("start")


def _from(window: PerformanceWindow, table: Table, query: Select[Any]) -> Select[Any]:
    return query.select_from(_joined(window, table)).where(*_wanted(window, table))


def _joined(window: PerformanceWindow, table: Table) -> FromClause:
    # Named for both tables, the range lets the database read both in the order of their ids and put them side by side.
    in_range = labels.c.prediction_id.between(first_id_at(window.start), first_id_at(window.end))
    return table.outerjoin(labels, and_(labels.c.prediction_id == table.c.id, in_range))


def _wanted(window: PerformanceWindow, table: Table) -> list[ColumnElement[bool]]:
    conditions = [table.c.id >= first_id_at(window.start), table.c.id < first_id_at(window.end)]
    if window.model_version is not None:
        conditions.append(table.c.model_version == window.model_version)
    return conditions


def _read(engine: Engine, query: Select[Any]) -> Sequence[Row[Any]]:
    with reading(engine) as connection:
        return connection.execute(query).all()
