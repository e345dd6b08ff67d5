"""What all charts share: colours are the same for a class everywhere, and every chart says in words what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui.gateway.answers import UseCaseAnswer
from ui.parts.clock import format_time, local_time
from ui.parts.texts import escape_markdown
from ui.parts.theme import CLASS_COLORS

Event = tuple[datetime, str]
"""When something happened that may explain what changes in a chart, and what in a few words."""

MOST_NAMED = 5
"""Events that are named below a chart, the first of the list; the others are lines in it."""

CLOCK = "%Y-%m-%d %H:%M"

WHOLE_NUMBERS = alt.Axis(tickMinStep=1, format=",d")
"""Of counts: a chart of few rows would be labelled with fractions of rows."""


def class_color(use_case: UseCaseAnswer, *, legend: bool) -> alt.Color:
    """Colour marks by class."""
    names = list(use_case.classes)
    colors = [CLASS_COLORS[place % len(CLASS_COLORS)] for place in range(len(names))]
    options: dict[str, Any] = {} if legend else {"legend": None}
    return alt.Color("class:N", title="Prediction", scale=alt.Scale(domain=names, range=colors), **options)


def time_axis(column: str, start: datetime, end: datetime) -> alt.X:
    """Build an axis of the whole time that was asked for, so that hours without anything show as such.

    Its times are written so that nobody has to guess the day or the hour; the chart's own choice leaves out both at times.
    """
    span = end - start
    words = "%b %d" if span > timedelta(days=7) else "%b %d, %H:%M" if span > timedelta(hours=12) else "%H:%M:%S"
    whole = alt.Scale(domain=[_moment(local_time(start)), _moment(local_time(end))])
    axis = alt.Axis(format=words, labelOverlap=True, tickCount=8)
    return alt.X(f"{column}:T", title="Time", scale=whole, axis=axis)


def event_marks(events: Sequence[Event], start: datetime, end: datetime) -> alt.Chart | None:
    """Build lines across a chart over time, each where something happened that may explain what changes there.

    Parameters
    ----------
    events
        When, and what in a few words.
    start, end
        The time that the chart shows; what happened outside of it is left out.

    Returns
    -------
    altair.Chart
        None where nothing happened: a layer without marks would be a picture without words to a screen reader.
    """
    shown = [{"time": local_time(moment), "event": words} for moment, words in events if start <= moment <= end]
    if not shown:
        return None
    rules = alt.Chart(pd.DataFrame(shown)).mark_rule(strokeDash=[4, 3], strokeWidth=2, color="gray")
    marks: alt.Chart = rules.encode(
        x=time_axis("time", start, end),
        tooltip=[alt.Tooltip("time:T", format=CLOCK), alt.Tooltip("event:N", title="event")],
    )
    return marks


def words_of_events(events: Sequence[Event], start: datetime, end: datetime) -> str:
    """Return what happened within the time that a chart shows, to follow its description."""
    return "".join(f"; {words}" for moment, words in events if start <= moment <= end)


def caption_events(events: Sequence[Event], start: datetime, end: datetime) -> None:
    """Show below a chart what its dashed lines stand for."""
    shown = [f"{format_time(moment)} {words}" for moment, words in events if start <= moment <= end]
    if shown:
        st.caption(f"Dashed lines: {escape_markdown('; '.join(shown[:MOST_NAMED]))}.")


def _moment(time: datetime) -> alt.DateTime:
    return alt.DateTime(
        year=time.year, month=time.month, date=time.day, hours=time.hour, minutes=time.minute, seconds=time.second
    )


def show(chart: alt.Chart | alt.LayerChart, alternative: str, *, height: int) -> None:
    """Show a chart, with what it shows in words."""
    described = chart.properties(height=height, description=alternative)
    st.altair_chart(described, width="stretch")
