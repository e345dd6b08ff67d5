"""Windows of served rows that people accepted as normal: kept as counts, with who, when and why, until they are withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, update

from sql.base.reading import reading
from sql.drift.tables import accepted_windows

MOST_IN_FORCE = 10
"""Windows in force for one reference: a verdict compares with each of them."""


class TooManyAcceptedError(ValueError):
    """As many windows are accepted as a verdict compares with."""


class NoSuchWindowError(LookupError):
    """No accepted window of that number is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedSums:
    """The rows of an accepted window, in the slots of a reference; empty slots are left out."""

    id: int
    rows: int
    seconds: float | None
    slots: Sequence[int]
    counts: Sequence[int]
    totals: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAcceptance:
    """A window that somebody accepts."""

    use_case: str
    since: datetime
    until: datetime
    source: str | None
    model_version: int
    reference: str
    rows: int
    seconds: float | None
    slots: Sequence[int]
    counts: Sequence[int]
    totals: Sequence[float]
    reason: str
    accepted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedWindow:
    """A window that somebody accepted; its number is what people call it by."""

    id: int
    use_case: str
    since: datetime
    until: datetime
    source: str | None
    model_version: int
    reference: str
    rows: int
    reason: str
    accepted_by: str
    accepted_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None


def store_accepted(engine: Engine, window: NewAcceptance) -> AcceptedWindow:
    """Keep a window that was accepted; the same one twice is one.

    Raises
    ------
    TooManyAcceptedError
        If as many are in force as a verdict compares with.
    """
    values = {name: getattr(window, name) for name in NewAcceptance.__dataclass_fields__}
    same = [accepted_windows.c[name].is_not_distinct_from(values[name]) for name in _SAME]
    in_force = accepted_windows.c.withdrawn_at.is_(None)
    with engine.begin() as connection:
        connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"accepted windows of {window.use_case}", 0)))
        )
        known = connection.execute(select(*_SHOWN).where(in_force, *same)).mappings().first()
        if known is not None:
            return AcceptedWindow(**known)
        count = connection.scalar(
            select(func.count()).where(in_force, accepted_windows.c.reference == window.reference)
        )
        if count is not None and count >= MOST_IN_FORCE:
            raise TooManyAcceptedError(
                f"{count} windows of {window.use_case} are accepted, as many as a verdict compares with. "
                "Withdraw one of them, or train again on rows that include them."
            )
        stored = connection.execute(insert(accepted_windows).values(values).returning(*_SHOWN)).mappings().one()
    return AcceptedWindow(**stored)


def withdraw_accepted(engine: Engine, number: int, actor: str) -> AcceptedWindow:
    """Withdraw an accepted window; it stays listed.

    Raises
    ------
    NoSuchWindowError
        If there is none of that number in force.
    """
    statement = (
        update(accepted_windows)
        .where(accepted_windows.c.id == number, accepted_windows.c.withdrawn_at.is_(None))
        .values(withdrawn_by=actor, withdrawn_at=func.now())
        .returning(*_SHOWN)
    )
    with engine.begin() as connection:
        row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise NoSuchWindowError(f"No accepted window {number} is in force.")
    return AcceptedWindow(**row)


def list_accepted(engine: Engine, use_case: str, limit: int = 100) -> list[AcceptedWindow]:
    """List accepted windows, those in force first and the newest first."""
    query = (
        select(*_SHOWN)
        .where(accepted_windows.c.use_case == use_case)
        .order_by(accepted_windows.c.withdrawn_at.is_not(None), accepted_windows.c.id.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [AcceptedWindow(**row) for row in connection.execute(query).mappings()]


def accepted_in_force(connection: Connection, reference: str) -> list[AcceptedSums]:
    """Read the rows of the windows in force that were counted in the slots of a reference, the newest first."""
    query = (
        select(*(accepted_windows.c[name] for name in AcceptedSums.__dataclass_fields__))
        .where(accepted_windows.c.reference == reference, accepted_windows.c.withdrawn_at.is_(None))
        .order_by(accepted_windows.c.id.desc())
    )
    return [AcceptedSums(**row) for row in connection.execute(query).mappings()]


_SAME = ("use_case", "since", "until", "source", "reference")
_SHOWN = [accepted_windows.c[name] for name in AcceptedWindow.__dataclass_fields__]
