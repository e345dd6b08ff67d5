"""The table of dead letters: messages nobody could handle, with their cause, until a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, RowMapping, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from sql.base.reading import reading
from sql.base.tables import batches, dead_letters


class LetterState(StrEnum):
    """What a person decided about a letter."""

    WAITING = "waiting"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A dead letter on its way into the table."""

    letter_id: UUID
    queue: str
    exchange: str
    routing_key: str
    message_id: str | None
    part_id: UUID | None
    batch_id: UUID | None
    use_case: str | None
    rows: int
    cause: str
    content_type: str | None
    headers: dict[str, Any]
    body: bytes
    died_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(NewLetter):
    """A dead letter in the table; its number is what people call it by."""

    id: int
    replayed_at: datetime | None
    discarded_at: datetime | None

    @property
    def state(self) -> LetterState:
        """What was decided about it."""
        if self.replayed_at is not None:
            return LetterState.REPLAYED
        return LetterState.WAITING if self.discarded_at is None else LetterState.DISCARDED


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """Which letters are meant; what is not given does not matter."""

    queue: str | None = None
    use_case: str | None = None
    batch_id: UUID | None = None
    state: LetterState | None = LetterState.WAITING

    def apply(self, query: Select[Any]) -> Select[Any]:
        """Narrow a query down."""
        for name, value in (("queue", self.queue), ("use_case", self.use_case)):
            if value is not None:
                query = query.where(dead_letters.c[name] == value)
        if self.batch_id is not None:
            shared = select(batches.c.part_id).where(batches.c.id == self.batch_id).scalar_subquery()
            query = query.where(or_(dead_letters.c.batch_id == self.batch_id, dead_letters.c.part_id == shared))
        replayed, discarded = dead_letters.c.replayed_at, dead_letters.c.discarded_at
        match self.state:
            case LetterState.WAITING:
                return query.where(replayed.is_(None), discarded.is_(None))
            case LetterState.REPLAYED:
                return query.where(replayed.is_not(None))
            case LetterState.DISCARDED:
                return query.where(discarded.is_not(None), replayed.is_(None))
            case None:
                return query


def store_letter(engine: Engine, letter: NewLetter) -> bool:
    """Store a letter; False if this death is known already.

    One that was replayed or discarded waits again if its message died once more since.
    """
    values = {name: getattr(letter, name) for name in NewLetter.__dataclass_fields__}
    arrived = insert(dead_letters).values(**values)
    statement = arrived.on_conflict_do_update(
        index_elements=[dead_letters.c.letter_id],
        set_={**{name: arrived.excluded[name] for name in values}, "replayed_at": None, "discarded_at": None},
        where=func.greatest(dead_letters.c.replayed_at, dead_letters.c.discarded_at) < arrived.excluded.died_at,
    ).returning(dead_letters.c.id)
    with engine.begin() as connection:
        return connection.scalar(statement) is not None


def list_letters(engine: Engine, which: LetterFilter, *, limit: int = 50, offset: int = 0) -> list[Letter]:
    """List letters without their bodies, the newest first."""
    columns = [column for column in dead_letters.c if column.name != "body"]
    query = which.apply(select(*columns)).order_by(dead_letters.c.id.desc()).limit(limit).offset(offset)
    with engine.connect() as connection:
        return [letter_of(row, b"") for row in connection.execute(query)]


def find_letter(engine: Engine, name: int | UUID) -> Letter | None:
    """Read a letter with its body, by its number or its id; None if there is none."""
    key = dead_letters.c.id if isinstance(name, int) else dead_letters.c.letter_id
    with reading(engine) as connection:
        row = connection.execute(select(dead_letters).where(key == name)).one_or_none()
    return None if row is None else letter_of(row, bytes(row.body))


def mark_letter_replayed(engine: Engine, number: int) -> None:
    """Note that a letter was sent again: from now on its rows are pending, not dead."""
    with engine.begin() as connection:
        connection.execute(update(dead_letters).where(dead_letters.c.id == number).values(replayed_at=func.now()))


def letter_of(row: Row[Any], body: bytes) -> Letter:
    """Build a letter from a row of the table, whose body need not have been read."""
    return Letter(**{**row._asdict(), "body": body})


_LISTED = (
    dead_letters.c.letter_id,
    dead_letters.c.id.label("number"),
    dead_letters.c.queue,
    dead_letters.c.use_case,
    dead_letters.c.batch_id,
    dead_letters.c.rows,
    dead_letters.c.cause,
    dead_letters.c.died_at,
    dead_letters.c.replayed_at,
    dead_letters.c.discarded_at,
    # Of the stored size; the body itself is not read for it.
    func.octet_length(dead_letters.c.body).label("size"),
)


def newest_letters(engine: Engine, which: LetterFilter, *, before: UUID | None, limit: int) -> Sequence[RowMapping]:
    """Read a page of letters, the newest first; the next page is what came before its last one."""
    query = which.apply(select(*_LISTED)).order_by(dead_letters.c.id.desc()).limit(limit)
    if before is not None:
        last = select(dead_letters.c.id).where(dead_letters.c.letter_id == before).scalar_subquery()
        query = query.where(dead_letters.c.id < last)
    with reading(engine) as connection:
        return connection.execute(query).mappings().all()
