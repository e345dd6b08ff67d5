"""What was wrong with batches, in a form to tell people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, column, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB

from sql.base.reading import reading
from sql.base.tables import batches, quarantine

MOST_RULES = 3
"""Broken rules told of a batch, the most frequent first; the whole list is a command away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """How many rows of a batch broke a rule."""

    column: str | None
    rule: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityProblem:
    """A batch with bad rows, or one that was refused."""

    batch_id: UUID
    name: str
    use_case: str
    source: str
    rows_in: int
    quarantined: int
    refused: str | None
    """Why the batch, or the rest of it, was refused."""
    rules: tuple[RuleCount, ...]

    @property
    def bad_share(self) -> float:
        """Share of bad rows among those that were read."""
        return self.quarantined / self.rows_in if self.rows_in else 1.0

    def to_json(self) -> dict[str, Any]:
        """Return it in a form that can be written as JSON."""
        return {**asdict(self), "batch_id": str(self.batch_id), "rules": [asdict(rule) for rule in self.rules]}


def problems_of_batches(engine: Engine, batch_ids: Sequence[UUID]) -> list[QualityProblem]:
    """List what was wrong with these batches; those without a problem are left out."""
    return _problems(engine, batches.c.id.in_(batch_ids)) if batch_ids else []


def problems_since(engine: Engine, moment: datetime) -> list[QualityProblem]:
    """List what was wrong with batches that arrived since a moment, through any door."""
    return _problems(engine, batches.c.received_at >= moment)


def _problems(engine: Engine, which: ColumnElement[bool]) -> list[QualityProblem]:
    wrong = (which, or_(batches.c.rows_quarantined > 0, batches.c.problem.is_not(None)))
    reason = func.jsonb_array_elements(quarantine.c.reasons).table_valued(column("value", JSONB), name="reason")
    keys = reason.c.value["column"].astext, reason.c.value["rule"].astext
    counts = (
        select(quarantine.c.batch_id, *keys, func.count().label("rows"))
        .select_from(quarantine.join(batches, batches.c.id == quarantine.c.batch_id).join(reason, true()))
        .where(*wrong)
        .group_by(quarantine.c.batch_id, *keys)
        .order_by(quarantine.c.batch_id, func.count().desc(), *keys)
    )
    rules: dict[UUID, list[RuleCount]] = defaultdict(list)
    with reading(engine) as connection:
        for batch_id, name, rule, rows in connection.execute(counts):
            rules[batch_id].append(RuleCount(column=name, rule=rule, rows=rows))
        found = connection.execute(select(batches).where(*wrong).order_by(batches.c.received_at, batches.c.id)).all()
    return [
        QualityProblem(
            batch_id=row.id,
            name=row.name,
            use_case=row.use_case,
            source=row.source,
            rows_in=row.rows_in,
            quarantined=row.rows_quarantined,
            refused=row.problem,
            rules=tuple(rules[row.id][:MOST_RULES]),
        )
        for row in found
    ]
