"""How files with a header are read: accepted, listed, withdrawn; nothing is ever changed or deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    Row,
    Text,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from broker.ids import to_milliseconds
from sql.base.reading import reading
from sql.base.tables import batches
from sql.registry.tables import file_mappings
from usecases.mappings.mapping import FileMapping

MOST_IN_FORCE = 100
"""Mappings in force for one use case: each file of it is held against all of them."""


class TooManyMappingsError(ValueError):
    """A use case has as many mappings as files are held against."""


class NoSuchMappingError(LookupError):
    """No mapping of that number is in force."""


_RECEIVED_AT = literal_column("batches.received_at", DateTime(timezone=True))

MAPPINGS_OF_A_BATCH = (
    select(func.jsonb_agg(aggregate_order_by(file_mappings.c.mapping, file_mappings.c.id.desc())))
    # By name, for an INSERT that returns it has no table to be correlated with.
    .where(file_mappings.c.use_case == literal_column("batches.use_case", Text()))
    .where(file_mappings.c.accepted_at <= _RECEIVED_AT)
    .where(or_(file_mappings.c.withdrawn_at.is_(None), file_mappings.c.withdrawn_at > _RECEIVED_AT))
    .scalar_subquery()
    .label("file_mappings")
)
"""Mappings that were in force when a batch was received, the newest first: a file that is read again is read alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMapping:
    """A mapping with who accepted it; its number is what people call it by."""

    id: int
    use_case: str
    mapping: FileMapping
    accepted_by: str
    accepted_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Read from a row of the table."""
        return cls(
            id=row.id,
            use_case=row.use_case,
            mapping=FileMapping.model_validate(row.mapping),
            accepted_by=row.accepted_by,
            accepted_at=row.accepted_at,
            withdrawn_by=row.withdrawn_by,
            withdrawn_at=row.withdrawn_at,
        )


def accept_mapping(engine: Engine, use_case: str, mapping: FileMapping, actor: str) -> KeptMapping:
    """Keep a mapping in place of the one for the same header; the same one twice is one.

    Raises
    ------
    TooManyMappingsError
        If as many are in force as files are held against.
    """
    in_force = [file_mappings.c.use_case == use_case, file_mappings.c.withdrawn_at.is_(None)]
    content = mapping.model_dump(mode="json")
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"file mappings of {use_case}", 0))))
        before = connection.execute(
            select(file_mappings).where(*in_force, file_mappings.c.header == mapping.header)
        ).one_or_none()
        if before is not None and before.mapping == content:
            return KeptMapping.from_row(before)
        count = connection.scalar(select(func.count()).where(*in_force)) or 0
        if before is None and count >= MOST_IN_FORCE:
            raise TooManyMappingsError(
                f"{use_case} has {count} mappings, as many as files are held against. Withdraw one that is used no more."
            )
        # The clock by which batches are received, and cut as theirs: what is received from now on is read by it.
        now = to_milliseconds(datetime.now(UTC))
        if before is not None:
            _withdraw(connection, before.id, actor, now)
        stored = connection.execute(
            insert(file_mappings)
            .values(use_case=use_case, header=mapping.header, mapping=content, accepted_by=actor, accepted_at=now)
            .returning(file_mappings)
        ).one()
    return KeptMapping.from_row(stored)


def withdraw_mapping(engine: Engine, number: int, actor: str) -> KeptMapping:
    """Withdraw a mapping; it stays listed, and files that were received before are read by it to their end.

    Raises
    ------
    NoSuchMappingError
        If there is none of that number in force.
    """
    with engine.begin() as connection:
        row = _withdraw(connection, number, actor, to_milliseconds(datetime.now(UTC)))
    if row is None:
        raise NoSuchMappingError(f"No mapping {number} is in force.")
    return KeptMapping.from_row(row)


def _withdraw(connection: Connection, number: int, actor: str, now: datetime) -> Row[Any] | None:
    return connection.execute(
        update(file_mappings)
        .where(file_mappings.c.id == number, file_mappings.c.withdrawn_at.is_(None))
        .values(withdrawn_by=actor, withdrawn_at=now)
        .returning(file_mappings)
    ).one_or_none()


def list_mappings(engine: Engine, use_case: str, *, in_force: bool = False, limit: int = 200) -> list[KeptMapping]:
    """List the mappings of a use case, those in force first and the newest first."""
    query = (
        select(file_mappings)
        .where(file_mappings.c.use_case == use_case)
        .order_by(file_mappings.c.withdrawn_at.is_not(None), file_mappings.c.id.desc())
        .limit(limit)
    )
    if in_force:
        query = query.where(file_mappings.c.withdrawn_at.is_(None))
    with reading(engine) as connection:
        return [KeptMapping.from_row(row) for row in connection.execute(query)]


def mappings_of_a_batch(engine: Engine, batch_id: UUID) -> list[FileMapping]:
    """Return the mappings by which the files of a batch's use case were read when it was received."""
    query = select(MAPPINGS_OF_A_BATCH).select_from(batches).where(batches.c.id == batch_id)
    with reading(engine) as connection:
        return [FileMapping.model_validate(one) for one in connection.scalar(query) or ()]


def mapped_use_cases(engine: Engine) -> frozenset[str]:
    """Return the use cases that have a mapping in force."""
    query = select(file_mappings.c.use_case).where(file_mappings.c.withdrawn_at.is_(None)).distinct()
    with engine.connect() as connection:
        return frozenset(connection.scalars(query))
