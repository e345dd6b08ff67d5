"""What people decided about dead letters: sent on repaired, or discarded, by whom and why. The letter keeps its body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, func, insert, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from sql.base.decided import Decided
from sql.base.reading import reading
from sql.base.tables import dead_letters
from sql.dead_letters.storage import Letter, letter_of
from sql.dead_letters.tables import letter_decisions


class LetterDecision(StrEnum):
    """What was decided."""

    REPAIRED = "repaired"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDecision(Decided):
    """A decision about a letter.

    Attributes
    ----------
    rows
        Rows that were sent on.
    """

    decision: str
    rows: int
    decided_at: datetime


def lock_letter(connection: Connection, letter_id: UUID) -> Letter | None:
    """Lock a letter for this transaction, and read it; whoever else decides about it waits, and then finds it decided."""
    query = select(dead_letters).where(dead_letters.c.letter_id == letter_id).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else letter_of(row, bytes(row.body))


def note_repair(connection: Connection, letter: Letter, decided: Decided, body: bytes, rows: int) -> None:
    """Note that a letter was sent on with another body: from now on its rows are pending, not dead."""
    connection.execute(update(dead_letters).where(dead_letters.c.id == letter.id).values(replayed_at=func.now()))
    values = {**asdict(decided), "decision": LetterDecision.REPAIRED.value, "rows": rows, "body": body}
    connection.execute(insert(letter_decisions).values(letter_id=letter.letter_id, **values))


def discard_for_reason(engine: Engine, letter_ids: Sequence[UUID], decided: Decided) -> set[UUID]:
    """Discard those of some letters that wait, and return them: their rows stay dead-lettered in the ledger for good.

    Their bodies stay until upkeep empties those of letters that were decided long ago.
    """
    waiting = (
        update(dead_letters)
        .where(
            dead_letters.c.letter_id.in_(letter_ids),
            dead_letters.c.replayed_at.is_(None),
            dead_letters.c.discarded_at.is_(None),
        )
        .values(discarded_at=func.now())
        .returning(dead_letters.c.letter_id)
    )
    return _discarded(engine, waiting, decided)


def purge_letters(engine: Engine, numbers: Sequence[int], decided: Decided) -> int:
    """Discard letters, by their numbers, and delete their bodies at once; return how many.

    Of one that was discarded before, the body is deleted; one that was sent again stays as it is.
    """
    discarded_at = dead_letters.c.discarded_at
    purged = (
        update(dead_letters)
        .where(
            dead_letters.c.id.in_(numbers),
            dead_letters.c.replayed_at.is_(None),
            or_(discarded_at.is_(None), dead_letters.c.body != b""),
        )
        .values(discarded_at=func.coalesce(discarded_at, func.now()), body=b"")
        .returning(dead_letters.c.letter_id)
    )
    return len(_discarded(engine, purged, decided))


def _discarded(engine: Engine, statement: ReturningUpdate[Any], decided: Decided) -> set[UUID]:
    """Carry out a statement that discards letters, and note of each that it returns who did so and why."""
    shared = {**asdict(decided), "decision": LetterDecision.DISCARDED.value, "rows": 0}
    with engine.begin() as connection:
        found: set[UUID] = set(connection.scalars(statement))
        if found:
            connection.execute(insert(letter_decisions), [{"letter_id": one, **shared} for one in found])
    return found


def decisions_of(engine: Engine, letter_id: UUID) -> list[KeptDecision]:
    """List what was decided about a letter, the newest first."""
    columns = [letter_decisions.c[name] for name in KeptDecision.__dataclass_fields__]
    query = select(*columns).where(letter_decisions.c.letter_id == letter_id).order_by(letter_decisions.c.id.desc())
    with reading(engine) as connection:
        return [KeptDecision(**row) for row in connection.execute(query).mappings()]


def empty_repairs(engine: Engine, older_than: timedelta) -> int:
    """Empty what was sent instead of letters long ago; who decided and why stays."""
    statement = (
        update(letter_decisions)
        .where(letter_decisions.c.decided_at < func.now() - older_than, letter_decisions.c.body.is_not(None))
        .values(body=None)
    )
    with engine.begin() as connection:
        return connection.execute(statement).rowcount
