"""What is bad now by the verdicts of the monitoring, or was lately, since when, and who looks after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, insert, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from sql.base.reading import reading
from sql.drift.tables import alert_acknowledgements, verdicts
from sql.drift.verdicts import UNKNOWN, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    use_case: str
    watch: Watch
    detail: str
    """In words."""
    since: datetime
    """When it was found first, of all times since it was last good."""

    @property
    def alert(self) -> str:
        """Name of the alert that it is."""
        return alert_of(self.use_case, self.watch)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadVerdict(_Verdict):
    """What was found bad of a use case, and is bad still."""

    facts: Mapping[str, Any]
    """In figures."""
    judged_at: datetime
    """When it was found last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedVerdict(_Verdict):
    """What was found bad of a use case, and is good again."""

    ended_at: datetime
    """When it was first found good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAcknowledgement:
    """Somebody looks after an alert."""

    alert: str
    since: datetime
    person: str
    account: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement(NewAcknowledgement):
    """An acknowledgement that is kept."""

    acknowledged_at: datetime


_SHOWN = [alert_acknowledgements.c[name] for name in Acknowledgement.__dataclass_fields__]


def bad_verdicts(engine: Engine, use_cases: Iterable[str]) -> list[BadVerdict]:
    """Read what is bad now of some use cases; what could not be judged leaves the verdict before in place."""
    with reading(engine) as connection:
        found = (_bad(connection, name, watch) for name in use_cases for watch in Watch)
        return [one for one in found if one is not None]


def ended_verdicts(engine: Engine, use_cases: Iterable[str], after: datetime) -> list[EndedVerdict]:
    """Read what was bad of some use cases after a moment and is good again: of each thing the last time."""
    with reading(engine) as connection:
        found = (_ended(connection, name, watch, after) for name in use_cases for watch in Watch)
        return [one for one in found if one is not None]


def alert_of(use_case: str, watch: Watch) -> str:
    """Return the name of the alert that a bad verdict is: the same thing has the same name each time."""
    return f"{watch.value}:{use_case}"


def _known(use_case: str, watch: Watch) -> list[ColumnElement[bool]]:
    return [verdicts.c.use_case == use_case, verdicts.c.watch == watch.value, verdicts.c.verdict.not_in(UNKNOWN)]


def _bad(connection: Connection, use_case: str, watch: Watch) -> BadVerdict | None:
    """Find the newest verdict on one thing and, where it is bad, where that began: a look at an index each."""
    known = _known(use_case, watch)
    columns = (verdicts.c.is_bad, verdicts.c.detail, verdicts.c.facts, verdicts.c.evaluated_at)
    newest = connection.execute(
        select(*columns).where(*known).order_by(verdicts.c.evaluated_at.desc(), verdicts.c.id.desc()).limit(1)
    ).one_or_none()
    if newest is None or not newest.is_bad:
        return None
    return BadVerdict(
        use_case=use_case,
        watch=watch,
        detail=newest.detail,
        facts=newest.facts,
        since=_begun(connection, known, newest.evaluated_at),
        judged_at=newest.evaluated_at,
    )


def _ended(connection: Connection, use_case: str, watch: Watch, after: datetime) -> EndedVerdict | None:
    """Find the last bad verdict on one thing after a moment and, where a good one follows, when it began and ended."""
    known, at = _known(use_case, watch), verdicts.c.evaluated_at
    last = connection.execute(
        select(verdicts.c.detail, at)
        .where(*known, verdicts.c.is_bad, at > after)
        .order_by(at.desc(), verdicts.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return None
    ended_at = connection.scalar(select(func.min(at)).where(*known, ~verdicts.c.is_bad, at > last.evaluated_at))
    if ended_at is None:
        return None
    since = _begun(connection, known, last.evaluated_at)
    return EndedVerdict(use_case=use_case, watch=watch, detail=last.detail, since=since, ended_at=ended_at)


def _begun(connection: Connection, known: Sequence[ColumnElement[bool]], bad_at: datetime) -> datetime:
    """Find when it was found bad first, of all times since it was last good before a bad verdict."""
    at = verdicts.c.evaluated_at
    good = select(func.max(at)).where(*known, ~verdicts.c.is_bad, at < bad_at).scalar_subquery()
    begun = select(func.min(at)).where(*known, verdicts.c.is_bad, at > func.coalesce(good, "-infinity"))
    return connection.scalar(begun) or bad_at


def acknowledge(engine: Engine, new: NewAcknowledgement) -> Acknowledgement:
    """Keep who looks after an alert; it takes the place of whoever did before."""
    statement = insert(alert_acknowledgements).values(asdict(new)).returning(*_SHOWN)
    with engine.begin() as connection:
        return Acknowledgement(**connection.execute(statement).mappings().one())


def acknowledgements(
    engine: Engine, alerts: Iterable[tuple[str, datetime]]
) -> dict[tuple[str, datetime], Acknowledgement]:
    """Find who looks after some alerts, each known by its name and when it began."""
    wanted = list(alerts)
    table = alert_acknowledgements
    return _kept(engine, tuple_(table.c.alert, table.c.since).in_(wanted)) if wanted else {}


def acknowledgements_within_a_second(
    engine: Engine, alerts: Iterable[tuple[str, datetime]]
) -> dict[tuple[str, datetime], Acknowledgement]:
    """Find who looked after some alerts of which only the second is known in which each began."""
    begun, table = list(alerts), alert_acknowledgements
    wanted = [
        and_(table.c.alert == name, table.c.since >= since, table.c.since < since + timedelta(seconds=1))
        for name, since in begun
    ]
    return _kept(engine, or_(*wanted)) if wanted else {}


def _kept(engine: Engine, wanted: ColumnElement[bool]) -> dict[tuple[str, datetime], Acknowledgement]:
    table = alert_acknowledgements
    query = (
        select(*_SHOWN)
        .ext(distinct_on(table.c.alert, table.c.since))
        .where(wanted)
        .order_by(table.c.alert, table.c.since, table.c.id.desc())
    )
    with reading(engine) as connection:
        found = [Acknowledgement(**row) for row in connection.execute(query).mappings()]
    return {(one.alert, one.since): one for one in found}
