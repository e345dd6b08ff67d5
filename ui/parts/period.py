"""Which span of time: a preset, or a start and an end of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from ui.parts.clock import local_time, time_zone, time_zone_name
from ui.parts.fields import choose_one

PRESETS = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("24 hours", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "all": ("All", None),
}
OWN, _OWN_LABEL = "own", "Start and end"
FIRST = "7d"
"""What is chosen where nobody has chosen anything."""

_CHOSEN = "period-chosen"
"""Where the session holds what is chosen, and on which page that was: the choice goes along from page to page."""


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


def address_of(start: datetime, end: datetime) -> dict[str, str]:
    """Return what the address of a page has that shows a span of time, to the minute, as its boxes show it."""
    last = end.replace(second=0, microsecond=0)
    until = last if last == end else last + timedelta(minutes=1)  # the end is not included
    times = {"period_start": start, "period_end": until}
    return {"period": _OWN_LABEL, **{name: f"{local_time(time):%Y-%m-%dT%H:%M}" for name, time in times.items()}}


def choose_period(key: str, page: str, *, bounded: bool = False) -> Period | None:
    """Show the choice of a span of time; return None while the choice makes no sense.

    Parameters
    ----------
    key
        Name of the choice, in the address as well.
    page
        Title of the page that asks: where the choice was made on another one and leaves less, that is said.
    bounded
        Whether the span needs a start.
    """
    labels = {name: label for name, (label, length) in PRESETS.items() if length is not None or not bounded}
    labels[OWN] = _OWN_LABEL
    chosen = choose_one("Period", labels, FIRST, key=key)
    if chosen == OWN:
        period = _own_period(key)
    else:
        length = PRESETS[chosen][1]
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        period = Period(None if length is None else now - length, None, chosen)
    if period is not None:
        _tell_of_another_page(period, chosen, page)
    return period


def _tell_of_another_page(period: Period, chosen: str, page: str) -> None:
    """Show that less is shown than at first where that was chosen on another page: few look at a choice they did not make."""
    before, origin = st.session_state.get(_CHOSEN, (None, page))
    if before != period.name:
        origin = page
    st.session_state[_CHOSEN] = (period.name, origin)
    if origin == page or not _is_shorter(chosen):
        return
    shown = (
        "the time from start to end"
        if chosen == OWN
        else f"the last {PRESETS[chosen][0].lower().removeprefix('last ')}"
    )
    st.info(
        f"**This shows only {shown}**, as you chose on *{origin}*. Another period can be chosen above.",
        icon=":material/filter_alt:",
    )


def _is_shorter(chosen: str) -> bool:
    """Return whether a choice may show less than the first one does."""
    lengths = {name: length for name, (_, length) in PRESETS.items() if length is not None}
    return chosen == OWN or (chosen in lengths and lengths[chosen] < lengths[FIRST])


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
