"""How long what came true, and what challengers would have answered, is kept: by the age of the prediction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, Table, delete, select

from broker.ids import first_id_at
from sql.labels.tables import labels, shadow_scores

STEP_ROWS = 50_000
"""Rows deleted in one transaction, so that nobody who writes waits for long, and a run that is cut off has done something."""


def forget_labels(engine: Engine, older_than: timedelta) -> int:
    """Delete the labels of predictions that were received longer ago; return how many.

    Performance of that time cannot be computed any more, and no model learns from it.
    """
    return _forget(engine, labels, older_than)


def forget_shadow_scores(engine: Engine, older_than: timedelta) -> int:
    """Delete what challengers answered to rows that were received longer ago; return how many answers."""
    return _forget(engine, shadow_scores, older_than)


def _forget(engine: Engine, table: Table, older_than: timedelta) -> int:
    """Delete from the oldest on, in steps; an id begins with the time of its prediction, so the primary key finds them."""
    of_prediction = table.c.prediction_id
    before = first_id_at(datetime.now(UTC) - older_than)
    step = select(of_prediction).where(of_prediction < before).order_by(of_prediction).limit(STEP_ROWS).subquery()
    gone = 0
    while True:
        with engine.begin() as connection:
            # Every version's answer to a row goes in the same step.
            last = connection.scalar(select(step.c.prediction_id).order_by(step.c.prediction_id.desc()).limit(1))
            if last is None:
                return gone
            gone += connection.execute(delete(table).where(of_prediction <= last)).rowcount
