"""Thresholds that people keep for versions of models of two classes: the newest one counts, the others are history."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select

from sql.base.reading import reading
from sql.registry.tables import kept_thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class NewThreshold:
    """A threshold that somebody keeps."""

    use_case: str
    version: int
    threshold: float
    cost_of_false_alarm: float | None
    cost_of_miss: float | None
    reason: str
    kept_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptThreshold(NewThreshold):
    """A threshold that was kept."""

    kept_at: datetime


_SHOWN = [kept_thresholds.c[name] for name in KeptThreshold.__dataclass_fields__]


def keep_threshold(engine: Engine, new: NewThreshold) -> KeptThreshold:
    """Keep a threshold; it takes the place of the one before."""
    with engine.begin() as connection:
        row = connection.execute(insert(kept_thresholds).values(asdict(new)).returning(*_SHOWN)).mappings().one()
    return KeptThreshold(**row)


def kept_threshold(engine: Engine, use_case: str, version: int) -> KeptThreshold | None:
    """Find the threshold that was kept last for a version; none where nobody kept one."""
    query = (
        select(*_SHOWN)
        .where(kept_thresholds.c.use_case == use_case, kept_thresholds.c.version == version)
        .order_by(kept_thresholds.c.id.desc())
        .limit(1)
    )
    with reading(engine) as connection:
        row = connection.execute(query).mappings().one_or_none()
    return None if row is None else KeptThreshold(**row)
