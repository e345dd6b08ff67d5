"""Keeping verdicts: what the monitoring found, so that a change can be told from what is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from sql.drift.tables import verdicts

KEPT_FOR = timedelta(days=365)


UNKNOWN = ("not_enough_rows", "not_enough_history", "not_judged", "nothing_arrived", "unused")
"""Verdicts that say neither good nor bad."""


class Watch(StrEnum):
    """What is looked at."""

    DRIFT = "drift"
    QUALITY = "quality"
    FRESHNESS = "freshness"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of a use case, within a window of time."""

    watch: Watch
    verdict: str
    is_bad: bool
    detail: str
    """In words."""
    facts: Mapping[str, Any]
    """In figures."""
    since: datetime
    until: datetime
    told: bool = False
    """Whether people know, if they have to."""

    @property
    def subjects(self) -> set[str]:
        """What is at fault: features of a drift, rules or files of bad quality."""
        features = {str(one["feature"]) for one in self.facts.get("features", ())}
        return features | {str(name) for name in self.facts.get("refused", ())}

    @property
    def is_known(self) -> bool:
        """Whether it could be judged at all."""
        return self.verdict not in UNKNOWN

    def as_told(self, *, told: bool) -> Found:
        """Note whether people know."""
        return replace(self, told=told)


def last_verdicts(engine: Engine, use_case: str) -> dict[Watch, Found]:
    """Read the newest verdict on everything that is looked at; what could not be judged leaves the one before in place."""
    query = (
        select(*(verdicts.c[name] for name in _COLUMNS))
        .ext(distinct_on(verdicts.c.watch))
        .where(verdicts.c.use_case == use_case, verdicts.c.verdict.not_in(UNKNOWN))
        .order_by(verdicts.c.watch, verdicts.c.evaluated_at.desc(), verdicts.c.id.desc())
    )
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return {Watch(row["watch"]): Found(**{**row, "watch": Watch(row["watch"])}) for row in rows}


def store_verdicts(engine: Engine, use_case: str, found: Iterable[Found], evaluated_at: datetime | None = None) -> None:
    """Keep what was found at an evaluation, now if no time is given."""
    about: dict[str, Any] = {"use_case": use_case} | ({} if evaluated_at is None else {"evaluated_at": evaluated_at})
    rows = [about | {name: getattr(one, name) for name in _COLUMNS} for one in found]
    with engine.begin() as connection:
        connection.execute(insert(verdicts), rows)


def forget_old_verdicts(engine: Engine) -> None:
    """Drop verdicts of more than a year ago."""
    with engine.begin() as connection:
        connection.execute(delete(verdicts).where(verdicts.c.evaluated_at < func.now() - KEPT_FOR))


_COLUMNS = ("watch", "verdict", "is_bad", "detail", "facts", "since", "until", "told")
