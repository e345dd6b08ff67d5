"""How the pipeline stands at this moment, for gauges: cheap enough to be asked every few seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, Row, and_, func, lateral, select, true

from broker.messages import Lane
from sql.base.reading import reading
from sql.base.tables import dead_letters, parts, use_cases
from sql.dead_letters.tables import holds
from sql.ledger.batch_ledger import ledger
from sql.ledger.batches import BatchState, waits_in_a_letter
from sql.observations.freshness import FeatureFreshness, feature_freshness

AUDITED = timedelta(days=1)
"""Batches received within this time are held against the ledger; all of them: `smartpredict audit`."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What of a use case was cut into parts and is not predicted yet; dead letters are not counted."""

    rows: int
    oldest_seconds: float
    """Time since the oldest of the parts was planned; 0 where none is pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineState:
    """Where rows wait or are stuck."""

    pending: Mapping[str, Pending]
    """By use case."""
    open_letters: Mapping[str, int]
    """Dead letters that nobody replayed or discarded, by the queue they died in."""
    held: Mapping[str, int]
    """Messages that wait because too many of their sender's were refused, by use case."""
    unbalanced_batches: int
    """Batches that are read to the end and whose rows do not add up."""
    features: Sequence[FeatureFreshness] = ()
    """How fresh what features are joined from is."""


def read_pipeline_state(engine: Engine) -> PipelineState:
    """Read the state at one moment; what it costs depends on what is pending, not on what was predicted."""
    with reading(engine) as connection:
        return PipelineState(
            pending={row.name: _pending(row) for row in connection.execute(_PENDING)},
            open_letters={row.queue: row.letters for row in connection.execute(_OPEN_LETTERS)},
            held={row.use_case: int(row.messages) for row in connection.execute(_HELD)},
            unbalanced_batches=connection.scalar(_UNBALANCED) or 0,
            features=feature_freshness(connection),
        )


def _pending(row: Row[Any, Any, Any]) -> Pending:
    return Pending(rows=row.rows, oldest_seconds=max(0.0, row.seconds))


_open = and_(dead_letters.c.replayed_at.is_(None), dead_letters.c.discarded_at.is_(None))
_of_use_case = lateral(
    # By use case, so that the index over use case and time of recording finds the few that have none.
    select(
        func.coalesce(func.sum(parts.c.rows), 0).label("rows"),
        func.coalesce(func.extract("epoch", func.now() - func.min(parts.c.planned_at)), 0).label("seconds"),
    ).where(
        parts.c.use_case == use_cases.c.name,
        parts.c.recorded_at.is_(None),
        # A job takes as long as it takes, and waits for as long as somebody pauses it.
        parts.c.lane != Lane.JOBS.value,
        ~waits_in_a_letter(parts.c.part_id),
    )
)
_PENDING = select(use_cases.c.name, _of_use_case.c.rows, _of_use_case.c.seconds).select_from(
    use_cases.join(_of_use_case, true())
)
_OPEN_LETTERS = select(dead_letters.c.queue, func.count().label("letters")).where(_open).group_by(dead_letters.c.queue)
_HELD = (
    select(holds.c.use_case, func.sum(holds.c.messages).label("messages"))
    .where(holds.c.decision.is_(None))
    .group_by(holds.c.use_case)
)
_UNBALANCED = select(func.count()).where(
    ledger.c.received_at > func.now() - AUDITED,
    ledger.c.state == BatchState.INGESTED.value,
    # A batch that shares a part is written down with it, at once: there are many, and none can be out of balance.
    ledger.c.part_id.is_(None),
    ledger.c.rows_in
    != ledger.c.predicted + ledger.c.observed + ledger.c.quarantined + ledger.c.dead_lettered + ledger.c.pending,
)
