"""Alerts that nobody is told of for a while: who wanted it, why, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from sql.base.reading import reading
from sql.drift.tables import alert_silences


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSilence:
    """Somebody wants nobody to be told of an alert."""

    alert: str
    person: str
    account: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(NewSilence):
    """A silence that is kept."""

    silenced_at: datetime
    until: datetime


_SHOWN = [alert_silences.c[name] for name in Silence.__dataclass_fields__]


def silence(engine: Engine, new: NewSilence, lasts: timedelta) -> Silence:
    """Keep a silence from now on; it takes the place of the one before, and one that lasts no time ends that."""
    statement = insert(alert_silences).values(**asdict(new), until=func.now() + lasts).returning(*_SHOWN)
    with engine.begin() as connection:
        return Silence(**connection.execute(statement).mappings().one())


def silences(engine: Engine, alerts: Iterable[str]) -> dict[str, Silence]:
    """Find which of some alerts are silenced now."""
    table = alert_silences
    newest = (
        select(*_SHOWN)
        .ext(distinct_on(table.c.alert))
        .where(table.c.alert.in_(list(alerts)))
        .order_by(table.c.alert, table.c.id.desc())
        .subquery()
    )
    with reading(engine) as connection:
        found = connection.execute(select(newest).where(newest.c.until > func.now())).mappings()
        return {one["alert"]: Silence(**one) for one in found}
