"""What was scored in a window of time by key, beside what each key looked like in training; reads no prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Connection, Double, Engine, Integer, Text, cast, func, select

from sql.base.reading import reading
from sql.drift.windows import DriftWindow
from sql.profiles.key_tables import profile_key_lengths, profile_key_numbers, profile_keys
from sql.profiles.keys import KeyLength, KeyNumber, TrainedKey

HOURS_UP_TO, HOURS_SINCE = timedelta(days=2), timedelta(days=7)
"""A window of more than two days, or one that began over a week ago, is made of days, as in `sql/functions/keys/key_sums.sql`."""


@dataclass(frozen=True, slots=True)
class KeySum:
    """Rows of a key within a window, and of one number how many, and their sum."""

    key: str
    feature: str
    rows: int
    present: int
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLayout:
    """What training looked like by key."""

    numbers: Mapping[str, KeyNumber]
    lengths: Mapping[str, Sequence[KeyLength]]
    """By feature, the shortest first."""
    trained: Mapping[tuple[str, str], TrainedKey]
    """By feature and key."""


@dataclass(frozen=True, slots=True)
class KeyWindow:
    """Training and serving by key."""

    layout: KeyLayout
    sums: Sequence[KeySum]


def read_keys(engine: Engine, window: DriftWindow, reference: str) -> KeyWindow | None:
    """Read a window by key, as counted for one reference; none where that has no keys.

    The window is widened to whole hours, or to whole days where it is longer than two days or began over a week ago.
    """
    sums = func.smartpredict.key_sums(
        *(window.use_case, window.since, window.until),
        *(cast(window.source, Text), cast(window.model_version, Integer)),
    ).table_valued(
        *(Column("reference", Text), Column("key", Text), Column("feature", Text), Column("rows", BigInteger)),
        *(Column("present", BigInteger), Column("total", Double)),
    )
    query = select(*(sums.c[name] for name in ("key", "feature", "rows", "present", "total"))).where(
        sums.c.reference == reference
    )
    with reading(engine) as connection:
        layout = _layout(connection, reference)
        return None if layout is None else KeyWindow(layout, [KeySum(*row) for row in connection.execute(query)])


def widened(since: datetime, until: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Return the hours, or days, that a window is made of by key.

    >>> noon = datetime(2026, 5, 4, 12, 30)
    >>> [str(end) for end in widened(noon, noon + timedelta(minutes=10), noon)]
    ['2026-05-04 12:00:00', '2026-05-04 13:00:00']
    """
    is_long = until - since > HOURS_UP_TO or since < now - HOURS_SINCE
    grain = timedelta(days=1) if is_long else timedelta(hours=1)
    origin = since.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = -((origin - until) // grain)
    # The last hour that there is has no end that could be written.
    ends = origin + spans * grain if until <= datetime.max.replace(tzinfo=until.tzinfo) - grain else until
    return origin + (since - origin) // grain * grain, ends


def _layout(connection: Connection, reference: str) -> KeyLayout | None:
    numbers, lengths, trained = (
        connection.execute(
            select(*(column for column in table.c if column.name != "reference"))
            .where(table.c.reference == reference)
            .order_by(*table.primary_key.columns)
        ).all()
        for table in (profile_key_numbers, profile_key_lengths, profile_keys)
    )
    if not numbers:
        return None
    by_length = [KeyLength(*row) for row in lengths]
    return KeyLayout(
        numbers={row.feature: KeyNumber(*row) for row in numbers},
        lengths={row.feature: [one for one in by_length if one.feature == row.feature] for row in numbers},
        trained={(row.feature, row.key): TrainedKey(*row) for row in trained},
    )
