"""The history of one key as a time line: what was predicted, and what came true."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui.gateway.answers import StoredPrediction, UseCaseAnswer
from ui.gateway.questions import Filters
from ui.parts.charts import CLOCK, class_color, show, time_axis
from ui.parts.clock import format_time, local_time
from ui.parts.texts import escape_markdown, format_count, score_title
from ui.parts.theme import CLASS_COLORS
from ui.shared import gateway

MOST_POINTS = 1_000
"""Predictions of one time line, the newest."""

AS_PREDICTED, OTHERWISE, UNKNOWN = "as predicted", "otherwise", "not known yet"
PREDICTED, CAME_TRUE = "predicted", "came true"


def show_history(use_case: UseCaseAnswer, filters: Filters) -> None:
    """Show the newest predictions of a key over time, and in a sentence how many came true."""
    found = gateway().past_predictions(filters, cursor=None, limit=MOST_POINTS).predictions
    if not found:
        return
    st.subheader(f"History of {escape_markdown(str(filters.key))}", anchor=False)
    st.caption(_sentence(use_case, found))
    points = _class_points(found) if use_case.classes else _number_points(found)
    start, end = found[-1].received_at - timedelta(minutes=1), found[0].received_at + timedelta(minutes=1)
    chart = alt.Chart(pd.DataFrame(points))
    words = f"{len(found)} predictions of {filters.key} from {start} to {end}, with what came true"
    show(_classes(chart, use_case, start, end) if use_case.classes else _numbers(chart, start, end), words, height=220)


def _sentence(use_case: UseCaseAnswer, found: list[StoredPrediction]) -> str:
    known = [one for one in found if one.label is not None]
    span = f"{format_count(len(found), 'prediction')} from {format_time(found[-1].received_at)} to {format_time(found[0].received_at)}"
    newest = f"the newest {span}" if len(found) == MOST_POINTS else span
    if not known:
        return f"{newest[0].upper()}{newest[1:]}. What came true is not known of any."
    if use_case.classes:
        right = len([one for one in known if one.label == one.prediction])
        outcome = f"{right:,} of the {len(known):,} of which it is known came true as predicted"
    else:
        error = sum(abs(float(one.label or 0) - float(one.prediction)) for one in known) / len(known)
        outcome = f"the {len(known):,} of which it is known were off by {error:,.4g} on average"
    return f"{newest[0].upper()}{newest[1:]}; {outcome}."


def _class_points(found: list[StoredPrediction]) -> list[dict[str, Any]]:
    return [
        {
            "time": local_time(one.received_at),
            "class": one.prediction,
            "score": one.score,
            "outcome": UNKNOWN if one.label is None else AS_PREDICTED if one.label == one.prediction else OTHERWISE,
            "label": "" if one.label is None else one.label,
        }
        for one in found
    ]


def _number_points(found: list[StoredPrediction]) -> list[dict[str, Any]]:
    points = [{"time": local_time(one.received_at), "value": one.prediction, "line": PREDICTED} for one in found]
    return points + [
        {"time": local_time(one.received_at), "value": one.label, "line": CAME_TRUE}
        for one in found
        if one.label is not None
    ]


def _classes(chart: alt.Chart, use_case: UseCaseAnswer, start: datetime, end: datetime) -> alt.Chart:
    shapes = alt.Scale(domain=[AS_PREDICTED, OTHERWISE, UNKNOWN], range=["circle", "cross", "stroke"])
    drawn: alt.Chart = chart.mark_point(size=70, strokeWidth=2).encode(
        x=time_axis("time", start, end),
        y=alt.Y("score:Q", title=score_title(use_case), axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        color=class_color(use_case, legend=True),
        shape=alt.Shape("outcome:N", title="Came true", scale=shapes),
        tooltip=[
            alt.Tooltip("time:T", format=CLOCK),
            alt.Tooltip("class:N", title="predicted"),
            alt.Tooltip("score:Q", format=".1%"),
            alt.Tooltip("label:N", title="came true"),
        ],
    )
    return drawn


def _numbers(chart: alt.Chart, start: datetime, end: datetime) -> alt.Chart:
    drawn: alt.Chart = chart.mark_line(point=True).encode(
        x=time_axis("time", start, end),
        y=alt.Y("value:Q", title="Number", scale=alt.Scale(zero=False)),
        color=alt.Color(
            "line:N", title=None, scale=alt.Scale(domain=[PREDICTED, CAME_TRUE], range=list(CLASS_COLORS[:2]))
        ),
        tooltip=[alt.Tooltip("time:T", format=CLOCK), "line:N", alt.Tooltip("value:Q", format=",.4g")],
    )
    return drawn
