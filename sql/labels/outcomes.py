"""Answers beside what came true, counted: the queries behind measured performance, whoever gave the answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    Select,
    Subquery,
    Text,
    case,
    cast,
    column,
    func,
    literal,
    select,
    true,
)

from usecases.contract.spec import UseCase

BINS_A_UNIT = 10
"""Bins of the score in a unit of log odds."""

_NEAREST_TO_CERTAIN = 1e-6
"""Scores closer to 0 or 1 share a bin with this one."""

_SMALLEST = 1e-15
"""Probability from which on a log loss does not grow any more, lest one row outweigh all others."""

# Every function here takes answers: a subquery with the columns start, model_version, prediction (a class or a number),
# score, scores (multiclass only), label and number; the last two are null where nothing came true yet.


def outcome_counts(answers: Subquery) -> Select[Any]:
    """Count answers by start, model_version, prediction and label."""
    keys = (answers.c.start, answers.c.model_version, answers.c.prediction, answers.c.label)
    return select(*keys, func.count().label("rows")).group_by(*keys)


def score_counts(use_case: UseCase, answers: Subquery) -> Select[Any]:
    """Count the scores of each class in bins of log odds.

    Gives start, model_version and the fields of :class:`usecases.metrics.inputs.ScoreCount`. Where classes have no
    outputs of their own, the score is that of the second.
    """
    source: FromClause = answers
    outputs = use_case.task.definition.class_outputs(use_case.classes)
    if outputs:
        each = (
            func.unnest(literal(list(outputs), ARRAY(Text)), answers.c.scores)
            .table_valued(column("class_name", Text), column("score", Double), name="each")
            .render_derived()
        )
        source = answers.join(each, true())
        name, score = each.c.class_name, each.c.score
    else:
        name, score = literal(use_case.classes[1], Text).label("class_name"), answers.c.score
    within = func.least(func.greatest(score, _NEAREST_TO_CERTAIN), 1 - _NEAREST_TO_CERTAIN)
    place = cast(func.floor(func.ln(within / (1 - within)) * BINS_A_UNIT), Integer).label("bin")
    came_true = (answers.c.label == name).label("came_true")
    chance = case((came_true, score), else_=1 - score)
    loss = case((answers.c.label.is_not(None), -func.ln(func.greatest(chance, _SMALLEST))), else_=0.0)
    predicted = (answers.c.prediction == name).label("predicted")
    keys = (answers.c.start, answers.c.model_version, name, place, predicted, came_true)
    one = select(*keys, score.label("score"), loss.label("loss")).select_from(source).subquery()
    by = [one.c[key] for key in ("start", "model_version", "class_name", "bin", "predicted", "came_true")]
    sums = (
        func.count().label("rows"), func.sum(one.c.score).label("scores"), func.sum(one.c.loss).label("losses"),
        func.sum(one.c.loss * one.c.loss).label("loss_squares"),
    )  # fmt: skip
    return select(*by, *sums).group_by(*by)


def error_sums(answers: Subquery) -> Select[Any]:
    """Add up the errors of numbers; gives start, model_version and the fields of ErrorSums."""
    error = answers.c.prediction - answers.c.number
    keys = (answers.c.start, answers.c.model_version)
    sums = (
        func.count().label("rows"), func.count(answers.c.number).label("labelled"), _total(error).label("errors"),
        _total(func.abs(error)).label("absolutes"), _total(error * error).label("squares"),
        _total(error * error * error * error).label("fourths"),
    )  # fmt: skip
    return select(*keys, *sums).group_by(*keys)


def _total(value: ColumnElement[Any]) -> ColumnElement[float]:
    return func.coalesce(func.sum(value), 0.0, type_=Double)
