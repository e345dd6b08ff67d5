"""Trainings as people order, follow and cancel them; trainers carry out what the table says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from sql.registry.tables import trainings

FOLDER = "trainings"
"""Folder below that of the data, for the files that trainings learn from: the gateway lays them there, a trainer reads them."""

MOST_WAITING = 20
"""Trainings that may wait; one takes minutes, so more would not begin today."""


class TrainingState(StrEnum):
    """How far a training is."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class LearnFrom(StrEnum):
    """What a training learns from."""

    USE_CASE = "use_case"
    """The data that the use case names, or the stored observations of a forecast that names none."""
    LABELS = "labels"
    """Stored predictions with the labels that have arrived for them."""
    FILE = "file"
    """A file that was handed in with the order."""


class TrainingOrderError(Exception):
    """A training cannot be ordered, or changed in this way; the message says why and what to do."""


class TooManyWaitingError(TrainingOrderError):
    """So many trainings wait that no other is taken."""


class UnknownTrainingError(TrainingOrderError):
    """There is no such training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOrder:
    """What is to be trained, and from what."""

    use_case: str
    learn_from: LearnFrom
    file_name: str | None = None
    file_digest: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    trials: int = 1
    library: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A training as it was ordered, and how far it is."""

    id: UUID
    order: TrainingOrder
    state: TrainingState
    ordered_by: str
    ordered_at: datetime
    attempts: int
    seen_at: datetime | None
    step: str | None
    progress: float | None
    started_at: datetime | None
    finished_at: datetime | None
    result: dict[str, Any] | None
    problem: str | None

    def file(self, data: Path) -> Path:
        """Return where the file is that it learns from, below the folder of the data."""
        return training_file(data, self.id, self.order.file_name or "")

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Read from a row of the table."""
        values = row._asdict()
        order = {name: values.pop(name) for name in TrainingOrder.__dataclass_fields__}
        order["learn_from"] = LearnFrom(order["learn_from"])
        return cls(**{**values, "state": TrainingState(row.state), "order": TrainingOrder(**order)})


def training_file(data: Path, training_id: UUID, name: str) -> Path:
    """Return where the file of a training is: in a folder of its own, so that it keeps its name."""
    return data / FOLDER / str(training_id) / name


def order_training(engine: Engine, training_id: UUID, order: TrainingOrder, ordered_by: str) -> Training:
    """Write a training down; one of this id that is known already stays as it is.

    Raises
    ------
    TooManyWaitingError
        If too many wait already.
    """
    with engine.begin() as connection:
        # Orders that arrive at the same moment take turns, or each would find the last place free.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("orders of trainings", 0))))
        known = connection.execute(select(trainings).where(trainings.c.id == training_id)).one_or_none()
        if known is not None:
            return Training.from_row(known)
        waiting = select(func.count()).where(trainings.c.state == TrainingState.WAITING.value)
        if (connection.scalar(waiting) or 0) >= MOST_WAITING:
            raise TooManyWaitingError(
                f"{MOST_WAITING} trainings wait already; cancel one, or send the order again once some have ended"
            )
        statement = insert(trainings).values(
            id=training_id, state=TrainingState.WAITING.value, ordered_by=ordered_by, attempts=0, **asdict(order)
        )
        connection.execute(statement)
        return _find(connection, training_id)


def find_training(engine: Engine, training_id: UUID) -> Training:
    """Find a training.

    Raises
    ------
    UnknownTrainingError
        If there is none of this id.
    """
    with engine.connect() as connection:
        return _find(connection, training_id)


def list_trainings(
    engine: Engine,
    *,
    use_case: str | None = None,
    state: TrainingState | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[Training]:
    """List trainings, the newest first; the list goes on after the one that a page ended with."""
    query = select(trainings).order_by(trainings.c.ordered_at.desc(), trainings.c.id.desc()).limit(limit)
    if use_case is not None:
        query = query.where(trainings.c.use_case == use_case)
    if state is not None:
        query = query.where(trainings.c.state == state.value)
    if after is not None:
        last = select(trainings.c.ordered_at, trainings.c.id).where(trainings.c.id == after)
        query = query.where(tuple_(trainings.c.ordered_at, trainings.c.id) < last.scalar_subquery())
    with engine.connect() as connection:
        return [Training.from_row(row) for row in connection.execute(query)]


def cancel_training(engine: Engine, training_id: UUID, who: str) -> Training:
    """End a training; the trainer that runs it hears of it at its next report, and ends the process.

    Raises
    ------
    UnknownTrainingError
        If there is none of this id.
    TrainingOrderError
        If it has ended in another way.
    """
    ended = (
        update(trainings)
        .where(trainings.c.id == training_id, trainings.c.finished_at.is_(None))
        .values(state=TrainingState.CANCELLED.value, problem=f"cancelled by {who}", finished_at=func.now())
    )
    with engine.begin() as connection:
        connection.execute(ended)
        training = _find(connection, training_id)
    if training.state is not TrainingState.CANCELLED:
        raise TrainingOrderError(f"training {training_id} has {training.state} already; there is nothing to cancel")
    return training


def _find(connection: Connection, training_id: UUID) -> Training:
    row = connection.execute(select(trainings).where(trainings.c.id == training_id)).one_or_none()
    if row is None:
        raise UnknownTrainingError(f"there is no training {training_id}")
    return Training.from_row(row)
