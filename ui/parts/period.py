"""Which span of time: a preset, or a start and an end of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from ui.parts.clock import time_zone, time_zone_name
from ui.parts.radio import choose_one

PRESETS = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("24 hours", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "all": ("All", None),
}
OWN = "own"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time; open where it has no start or no end."""

    start: datetime | None
    end: datetime | None
    name: object
    """Stays the same while the choice does, although a preset moves on with the clock."""

    def contains(self, time: datetime) -> bool:
        """Return whether a point in time lies within."""
        return (self.start is None or self.start <= time) and (self.end is None or time < self.end)


def choose_period(key: str, *, bounded: bool = False) -> Period | None:
    """Show the choice of a span of time; return None while the choice makes no sense.

    Parameters
    ----------
    key
        Name of the choice, in the address as well.
    bounded
        Whether the span needs a start.
    """
    labels = {name: label for name, (label, length) in PRESETS.items() if length is not None or not bounded}
    labels[OWN] = "Start and end"
    chosen = choose_one("Period", labels, "7d", key=key)
    if chosen != OWN:
        length = PRESETS[chosen][1]
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        return Period(None if length is None else now - length, None, chosen)
    return _own_period(key)


def _own_period(key: str) -> Period | None:
    midnight = datetime.now(time_zone()).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    left, right = st.columns(2)
    hint = f"Date and time in {time_zone_name()}."
    with left:
        start = st.datetime_input(
            "Start", midnight, key=f"{key}_start", bind="query-params", help=hint, step=timedelta(minutes=1)
        )
    with right:
        end = st.datetime_input(
            "End",
            midnight + timedelta(days=1),
            key=f"{key}_end",
            bind="query-params",
            help=f"{hint} Not included.",
            step=timedelta(minutes=1),
        )
    if start >= end:
        st.warning("The start has to lie before the end. Choose another start or end.", icon=":material/warning:")
        return None
    first, last = start.replace(tzinfo=time_zone()).astimezone(UTC), end.replace(tzinfo=time_zone()).astimezone(UTC)
    return Period(first, last, (first, last))
