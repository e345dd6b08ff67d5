"""Trainings as trainers take them up: one trainer each, taken over from one that reports no more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select, update

from sql.registry.tables import trainings
from sql.registry.trainings import Training, TrainingState

SILENT = timedelta(seconds=30)
"""Time without a report after which the trainer of a training is taken for dead."""

MOST_ATTEMPTS = 3
"""How often a training is begun: one that ends its trainer each time would be begun for ever."""


@dataclass(frozen=True, slots=True)
class TrainingEnd:
    """How a training ended: with a result, or with a problem."""

    result: dict[str, Any] | None = None
    problem: str | None = None


def claim_training(engine: Engine) -> Training | None:
    """Take up the training that has waited longest, or whose trainer is dead; none where there is nothing to do.

    One whose trainers have died too often is failed instead.
    """
    is_abandoned = and_(trainings.c.state == TrainingState.RUNNING.value, trainings.c.seen_at < func.now() - SILENT)
    given_up = (
        update(trainings)
        .where(is_abandoned, trainings.c.attempts >= MOST_ATTEMPTS)
        .values(
            state=TrainingState.FAILED.value,
            finished_at=func.now(),
            problem=f"it was begun {MOST_ATTEMPTS} times, and each time its trainer ended without a word; "
            "see the log of the trainer, then order it again",
        )
    )
    next_one = (
        select(trainings.c.id)
        .where(or_(trainings.c.state == TrainingState.WAITING.value, is_abandoned))
        .order_by(trainings.c.ordered_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    claimed = (
        update(trainings)
        .where(trainings.c.id == next_one.scalar_subquery())
        .values(
            state=TrainingState.RUNNING.value,
            attempts=trainings.c.attempts + 1,
            started_at=func.now(),
            seen_at=func.now(),
            step=None,
            progress=None,
        )
        .returning(trainings)
    )
    with engine.begin() as connection:
        connection.execute(given_up)
        row = connection.execute(claimed).one_or_none()
    return None if row is None else Training.from_row(row)


def report_training(engine: Engine, training: Training, step: str | None, progress: float | None) -> bool:
    """Report that a training goes on; return whether it is still this trainer's, and wanted."""
    reported = update(trainings).where(_is_mine(training))
    with engine.begin() as connection:
        done = connection.execute(reported.values(seen_at=func.now(), step=step, progress=progress))
    return bool(done.rowcount)


def end_training(engine: Engine, training: Training, end: TrainingEnd) -> bool:
    """Write down how a training ended; return whether it was still this trainer's, and wanted."""
    ended: dict[str, Any] = (
        {"state": TrainingState.FAILED.value, "problem": end.problem}
        if end.result is None
        else {"state": TrainingState.SUCCEEDED.value, "result": end.result}
    )
    with engine.begin() as connection:
        done = connection.execute(update(trainings).where(_is_mine(training)).values(finished_at=func.now(), **ended))
    return bool(done.rowcount)


def release_training(engine: Engine, training: Training) -> None:
    """Return a training to those that wait, for another trainer to begin it: this one is told to stop."""
    waits = {"state": TrainingState.WAITING.value, "attempts": trainings.c.attempts - 1, "step": None, "progress": None}
    with engine.begin() as connection:
        connection.execute(update(trainings).where(_is_mine(training)).values(waits))


def have_ended(engine: Engine, ids: Collection[UUID]) -> dict[UUID, bool]:
    """Return of some trainings whether they have ended; those that are not known are left out."""
    query = select(trainings.c.id, trainings.c.finished_at.is_not(None).label("ended")).where(trainings.c.id.in_(ids))
    with engine.connect() as connection:
        return {row.id: row.ended for row in connection.execute(query)}


def _is_mine(training: Training) -> ColumnElement[bool]:
    """Whoever takes a training up counts an attempt more, so its number tells whose it is."""
    return and_(
        trainings.c.id == training.id,
        trainings.c.state == TrainingState.RUNNING.value,
        trainings.c.attempts == training.attempts,
    )
