"""What challengers would have answered: stored apart, and compared with what champions did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    Row,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    func,
    literal,
    select,
)

from broker.ids import first_id_at
from sql.base.copying import copy_rows
from sql.base.reading import reading
from sql.labels.outcomes import error_sums, outcome_counts, score_counts
from sql.labels.tables import labels, shadow_scores
from sql.predictions.tables import prediction_table
from usecases.columns.features import BooleanFeature, CategoryFeature
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Percentiles that are told of the difference between the two."""

_SOURCE = "source"
"""Column that tells the door of a row; no feature has this name."""

_FEW_VALUES, _MOST_FEATURES = 20, 10
"""Values and number of the features by which disagreements are told apart: as many as a person reads."""

CHAMPION, CHALLENGER = 0, 1
"""Stand in place of the version where both are measured side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowWindow:
    """Which rows are compared; times are those of the receipt."""

    use_case: UseCase
    start: datetime
    end: datetime
    challenger: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the challenger's answers lie from the champion's: of two classes the score, else the number."""

    mean: float | None
    mean_absolute: float | None
    largest: float | None
    percentiles: Sequence[float] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was counted of rows that both answered.

    Attributes
    ----------
    predictions
        Rows the champion predicted in the window, shadowed or not.
    pairs
        Rows by the champion's class and the challenger's; for numbers one row of all.
    champions
        Versions that were champion meanwhile.
    segments
        Rows and disagreements by feature and value, of those features that have few values.
    """

    predictions: int
    pairs: Sequence[Row[Any]]
    champions: Sequence[int]
    difference: Difference
    segments: Sequence[Row[Any]]


def store_shadow_scores(engine: Engine, use_case: UseCase, ids: pa.Array, scores: Scores, model_version: int) -> None:
    """Store what a challenger answers to predicted rows."""
    count = len(ids)
    answer = _answer_column(use_case)
    columns: dict[str, pa.Array] = {
        "prediction_id": ids,
        "model_version": pa.repeat(pa.scalar(model_version, pa.int32()), count),
        "use_case": pa.repeat(pa.scalar(use_case.name), count),
        answer: scores.prediction,
        "score": scores.score,
    }
    if scores.scores is not None:
        columns["scores"] = scores.scores
    with engine.begin() as connection:
        copy_rows(connection, shadow_scores, pa.RecordBatch.from_pydict(columns))


def newest_challenger(engine: Engine, use_case: UseCase, start: datetime, end: datetime) -> int | None:
    """Return which version scored rows of a span of time in shadow, the newest of several."""
    query = select(func.max(shadow_scores.c.model_version)).where(
        shadow_scores.c.use_case == use_case.name,
        shadow_scores.c.prediction_id >= first_id_at(start),
        shadow_scores.c.prediction_id < first_id_at(end),
    )
    with reading(engine) as connection:
        version: int | None = connection.scalar(query)
    return version


def compare(engine: Engine, window: ShadowWindow) -> Comparison:
    """Compare the answers of champion and challenger, row by row."""
    both = _both(window)
    table = prediction_table(window.use_case)
    in_range = (table.c.id >= first_id_at(window.start), table.c.id < first_id_at(window.end))
    versions = func.array_agg(both.c.champion_version.distinct())
    with reading(engine) as connection:
        predictions = connection.scalar(select(func.count()).select_from(table).where(*in_range)) or 0
        pairs = connection.execute(_pairs(window.use_case, both)).all()
        champions = connection.scalar(select(versions)) or []
        difference = Difference(*connection.execute(_difference(both)).one())
        segments = [
            segment for query in _segments(window.use_case, both) for segment in connection.execute(query).all()
        ]
    return Comparison(predictions, pairs, sorted(champions), difference, segments)


def count_both(
    engine: Engine, window: ShadowWindow
) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]], Sequence[Row[Any]]]:
    """Count how both did on the rows that have a label: outcomes, scores and errors, as :mod:`sql.labels.outcomes` lays them out.

    The version is :data:`CHAMPION` or :data:`CHALLENGER`; classes have no errors, numbers nothing else.
    """
    answers = _labelled(window)
    with reading(engine) as connection:
        if not window.use_case.task.definition.names_classes:
            return [], [], connection.execute(error_sums(answers)).all()
        outcomes = connection.execute(outcome_counts(answers)).all()
        return outcomes, connection.execute(score_counts(window.use_case, answers)).all(), []


def _both(window: ShadowWindow) -> Subquery:
    """Select champion and challenger side by side."""
    use_case, table = window.use_case, prediction_table(window.use_case)
    other = shadow_scores.c[_answer_column(use_case)]
    is_number = not use_case.task.definition.names_classes
    difference = other - table.c.prediction if is_number else shadow_scores.c.score - table.c.score
    if "scores" in table.c:
        # Of several classes: how the probability moved of the class the champion chose.
        place = func.array_position(literal(list(use_case.classes)), table.c.prediction)
        difference = shadow_scores.c.scores[place] - table.c.score
    split = [table.c[name] for name in _segment_features(use_case)]
    return (
        select(
            table.c.model_version.label("champion_version"),
            table.c.prediction.label("champion"),
            other.label("challenger"),
            difference.label("difference"),
            table.c.source.label(_SOURCE),
            *split,
        )
        .join(shadow_scores, _same_row(window))
        .where(table.c.id >= first_id_at(window.start), table.c.id < first_id_at(window.end))
        .subquery("both")
    )


def _labelled(window: ShadowWindow) -> Subquery:
    """Select the labelled answers of both, one below the other."""
    use_case, table = window.use_case, prediction_table(window.use_case)
    other = shadow_scores.c[_answer_column(use_case)].label("prediction")
    scores = ["score", "scores"] if "scores" in table.c else ["score"]
    start = cast(literal(window.start), DateTime(timezone=True)).label("start")

    def answers(side: int, *columns: ColumnElement[Any]) -> Select[Any]:
        return (
            select(start, literal(side).label("model_version"), *columns, labels.c.label, labels.c.number)
            .select_from(
                table.join(shadow_scores, _same_row(window)).join(labels, labels.c.prediction_id == table.c.id)
            )
            .where(table.c.id >= first_id_at(window.start), table.c.id < first_id_at(window.end))
        )

    champion = answers(CHAMPION, table.c.prediction, *(table.c[name] for name in scores))
    challenger = answers(CHALLENGER, other, *(shadow_scores.c[name] for name in scores))
    return champion.union_all(challenger).subquery("answers")


def _answer_column(use_case: UseCase) -> str:
    """Return the column of the challengers' answers: names of classes and numbers have one each."""
    return "prediction" if use_case.task.definition.names_classes else "number"


def _same_row(window: ShadowWindow) -> ColumnElement[bool]:
    return and_(
        shadow_scores.c.prediction_id == prediction_table(window.use_case).c.id,
        shadow_scores.c.model_version == window.challenger,
        shadow_scores.c.prediction_id >= first_id_at(window.start),
    )


def _pairs(use_case: UseCase, both: Subquery) -> Select[Any]:
    if use_case.task.definition.names_classes:
        keys = (both.c.champion, both.c.challenger)
        return select(*keys, func.count().label("rows")).group_by(*keys).order_by(*keys)
    return select(func.count().label("rows"))


def _difference(both: Subquery) -> Select[Any]:
    size = func.abs(both.c.difference)
    percentiles = func.percentile_cont(literal(list(SHARES))).within_group(both.c.difference)
    return select(func.avg(both.c.difference), func.avg(size), func.max(size), percentiles)


def _segments(use_case: UseCase, both: Subquery) -> list[Select[Any]]:
    """Count disagreements by value, one feature after another; of numbers there are no disagreements to count."""
    if not use_case.task.definition.names_classes:
        return []
    queries: list[Select[Any]] = []
    differs = func.count().filter(both.c.champion != both.c.challenger)
    for name in (*_segment_features(use_case), _SOURCE):
        keys: tuple[ColumnElement[Any], ...] = (literal(name).label("feature"), cast(both.c[name], Text).label("value"))
        counts = (func.count().label("rows"), differs.label("different"))
        query: Select[Any] = select(*keys, *counts)
        queries.append(query.group_by(both.c[name]).order_by(both.c[name]))
    return queries


def _segment_features(use_case: UseCase) -> list[str]:
    few = [
        feature.name
        for feature in use_case.features
        if isinstance(feature, BooleanFeature)
        or (isinstance(feature, CategoryFeature) and len(feature.values) <= _FEW_VALUES)
    ]
    return few[:_MOST_FEATURES]
