"""The history of champions: written with every promotion and rollback, read to find the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, func, insert, select

from sql.registry.tables import promotions


class Kind(StrEnum):
    """How a version became champion."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    FOUND = "found"
    """The registry had it already: somebody set the alias there, or a promotion was cut off before it was noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A change of the champion."""

    use_case: str
    kind: Kind
    actor: str
    from_version: int | None
    to_version: int
    gates: Sequence[dict[str, str]]
    at: datetime


def lock_champion(connection: Connection, use_case: str) -> None:
    """Lock the champion of a use case until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"champion of {use_case}", 0))))


def note_promotion(
    connection: Connection,
    *,
    use_case: str,
    kind: Kind,
    actor: str,
    from_version: int | None,
    to_version: int,
    gates: Sequence[dict[str, str]] = (),
) -> Promotion:
    """Write a change of the champion into the history."""
    row = connection.execute(
        insert(promotions)
        .values(
            use_case=use_case,
            kind=kind.value,
            actor=actor,
            from_version=from_version,
            to_version=to_version,
            gates=list(gates),
        )
        .returning(promotions.c.at)
    ).one()
    return Promotion(
        use_case=use_case,
        kind=kind,
        actor=actor,
        from_version=from_version,
        to_version=to_version,
        gates=gates,
        at=row.at,
    )


def champions(connection: Connection, use_case: str) -> list[tuple[Kind, int]]:
    """List how each champion came to be, oldest first."""
    rows = connection.execute(
        select(promotions.c.kind, promotions.c.to_version)
        .where(promotions.c.use_case == use_case)
        .order_by(promotions.c.id)
    )
    return [(Kind(row.kind), row.to_version) for row in rows]


def promoted_version(engine: Engine, use_case: str) -> int | None:
    """Return the version that became champion last, through the gates or by a rollback; none where none ever did."""
    query = select(promotions.c.to_version).where(promotions.c.use_case == use_case)
    with engine.connect() as connection:
        return connection.scalar(query.order_by(promotions.c.id.desc()).limit(1))


def list_promotions(engine: Engine, use_case: str, limit: int = 100) -> list[Promotion]:
    """List the newest changes of the champion, newest first."""
    columns = [column for column in promotions.c if column.name != "id"]
    query = select(*columns).where(promotions.c.use_case == use_case).order_by(promotions.c.id.desc()).limit(limit)
    with engine.connect() as connection:
        return [Promotion(**{**row, "kind": Kind(row["kind"])}) for row in connection.execute(query).mappings()]


def promoted_versions(engine: Engine) -> dict[str, int]:
    """Return the version that became champion last, of every use case that has ever had one."""
    newest = select(promotions.c.use_case, promotions.c.to_version).distinct(promotions.c.use_case)
    with engine.connect() as connection:
        rows = connection.execute(newest.order_by(promotions.c.use_case, promotions.c.id.desc()))
        return {row.use_case: row.to_version for row in rows}
