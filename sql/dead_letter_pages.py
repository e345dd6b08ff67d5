"""Reading dead letters page by page, without their bodies."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine, RowMapping, func, select

from sql.dead_letters import LetterFilter
from sql.reading import reading
from sql.tables import dead_letters

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
