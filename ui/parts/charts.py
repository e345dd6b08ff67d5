"""Charts; colours are the same for a class everywhere, and every chart says in words what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui.answers import Explanation, UseCase
from ui.desk_answers import QualityBucket, Summary
from ui.parts.session import on_the_clock
from ui.theme import CLASS_COLORS

CLOCK = "%Y-%m-%d %H:%M"


def over_time(use_case: UseCase, summary: Summary) -> None:
    """Show predictions over time: rows by class, or the mean of the predicted values."""
    width = timedelta(seconds=summary.bucket_seconds)
    entries: list[dict[str, Any]] = []
    for bucket in summary.buckets:
        span = {"from": on_the_clock(bucket.start), "to": on_the_clock(bucket.start + width)}
        if bucket.by_class is None:
            entries.append({**span, "class": "mean", "rows": bucket.rows, "bottom": 0, "top": bucket.mean})
            continue
        bottom = 0
        # Stacked here: a bar as wide as its span of time cannot be stacked by the chart itself.
        for name in use_case.classes:
            rows = bucket.by_class.get(name, 0)
            entries.append({**span, "class": name, "rows": rows, "bottom": bottom, "top": bottom + rows})
            bottom += rows
    frame = pd.DataFrame(entries, columns=["from", "to", "class", "rows", "bottom", "top"])
    chart = alt.Chart(frame).mark_rect()
    show(
        chart.encode(
            x=time_axis("from", summary.start, summary.end),
            x2="to:T",
            y=alt.Y("bottom:Q", title="Rows" if use_case.classes else "Mean prediction"),
            y2="top:Q",
            color=_class_color(use_case, legend=True) if use_case.classes else alt.value(CLASS_COLORS[0]),
            tooltip=[
                alt.Tooltip("from:T", format=CLOCK),
                alt.Tooltip("to:T", format=CLOCK),
                "class:N",
                alt.Tooltip("rows:Q", format=","),
            ],
        ),
        f"Predictions over time: {summary.rows:,} rows from {summary.start} to {summary.end}",
        height=260,
    )


def by_class(use_case: UseCase, counts: Mapping[str, int]) -> None:
    """Show how many rows were predicted as each class."""
    frame = pd.DataFrame({"class": list(counts), "rows": list(counts.values())})
    bars = alt.Chart(frame).encode(
        y=alt.Y("class:N", title=None, sort=list(use_case.classes)),
        x=alt.X("rows:Q", title="Rows"),
        color=_class_color(use_case, legend=False),
        tooltip=["class:N", alt.Tooltip("rows:Q", format=",")],
    )
    text = bars.mark_text(align="left", dx=4).encode(text=alt.Text("rows:Q", format=","), color=alt.value("gray"))
    named = ", ".join(f"{name} {rows:,}" for name, rows in counts.items())
    show(bars.mark_bar() + text, f"Rows by class: {named}", height=70 + 34 * len(counts))


def probabilities(use_case: UseCase, scores: Mapping[str, float]) -> None:
    """Show the probability of every class of one row."""
    frame = pd.DataFrame({"class": list(scores), "probability": list(scores.values())})
    bars = alt.Chart(frame).encode(
        y=alt.Y("class:N", title=None, sort="-x"),
        x=alt.X("probability:Q", title="Probability", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        color=_class_color(use_case, legend=False),
        tooltip=["class:N", alt.Tooltip("probability:Q", format=".1%")],
    )
    named = ", ".join(f"{name} {value:.1%}" for name, value in scores.items())
    show(bars.mark_bar(), f"Probability of every class: {named}", height=70 + 34 * len(scores))


def contributions(why: Explanation, values: Mapping[str, Any], titles: Mapping[str, str], margin: str) -> None:
    """Show how far each feature moved a prediction, the strongest first.

    Parameters
    ----------
    why
        What each of them contributed.
    values, titles
        The values and titles of the features.
    margin
        What the contributions add up to.
    """
    strongest = sorted(why.contributions.items(), key=lambda entry: -abs(entry[1]))[:20]
    frame = pd.DataFrame(
        [
            {
                "feature": f"{titles.get(name, name)} = {_value(values.get(name))}",
                "contribution": contribution,
                "direction": "raises" if contribution >= 0 else "lowers",
            }
            for name, contribution in strongest
        ]
    )
    bars = alt.Chart(frame).encode(
        y=alt.Y("feature:N", title=None, sort=None, axis=alt.Axis(labelLimit=280)),
        x=alt.X("contribution:Q", title=f"Contribution to the {margin}"),
        color=alt.Color(
            "direction:N",
            title=None,
            scale=alt.Scale(domain=["raises", "lowers"], range=[CLASS_COLORS[1], CLASS_COLORS[0]]),
        ),
        tooltip=["feature:N", alt.Tooltip("contribution:Q", format="+.3f")],
    )
    named = ", ".join(f"{titles.get(name, name)} {value:+.2f}" for name, value in strongest[:5])
    show(bars.mark_bar(), f"How far each value moved the {margin}: {named}", height=80 + 26 * len(frame))


def _value(value: Any) -> str:
    return "left out" if value is None else str(value)


def refused_over_time(buckets: Sequence[QualityBucket]) -> None:
    """Show the share of refused rows over time."""
    entries = [
        {"time": on_the_clock(bucket.start), "share": bucket.quarantined / bucket.rows_in, "rows": bucket.rows_in}
        for bucket in buckets
        if bucket.rows_in
    ]
    chart = alt.Chart(pd.DataFrame(entries, columns=["time", "share", "rows"])).mark_line(
        point=True, color=CLASS_COLORS[1]
    )
    show(
        chart.encode(
            x=alt.X("time:T", title="Time"),
            y=alt.Y("share:Q", title="Refused rows", axis=alt.Axis(format="%"), scale=alt.Scale(domainMin=0)),
            tooltip=[
                alt.Tooltip("time:T", format=CLOCK),
                alt.Tooltip("share:Q", format=".2%"),
                alt.Tooltip("rows:Q", format=","),
            ],
        ),
        "Share of refused rows over time",
        height=240,
    )


def _class_color(use_case: UseCase, *, legend: bool) -> alt.Color:
    names = list(use_case.classes)
    colors = [CLASS_COLORS[place % len(CLASS_COLORS)] for place in range(len(names))]
    options: dict[str, Any] = {} if legend else {"legend": None}
    return alt.Color("class:N", title="Prediction", scale=alt.Scale(domain=names, range=colors), **options)


def time_axis(column: str, start: datetime, end: datetime) -> alt.X:
    """Make an axis of the whole time that was asked for, so that hours without anything show as such.

    Its times are written so that nobody has to guess the day or the hour; the chart's own choice leaves out both at times.
    """
    span = end - start
    words = "%b %d" if span > timedelta(days=7) else "%b %d, %H:%M" if span > timedelta(hours=12) else "%H:%M:%S"
    whole = alt.Scale(domain=[_moment(on_the_clock(start)), _moment(on_the_clock(end))])
    axis = alt.Axis(format=words, labelOverlap=True, tickCount=8)
    return alt.X(f"{column}:T", title="Time", scale=whole, axis=axis)


def _moment(time: datetime) -> alt.DateTime:
    return alt.DateTime(
        year=time.year, month=time.month, date=time.day, hours=time.hour, minutes=time.minute, seconds=time.second
    )


def show(chart: alt.Chart | alt.LayerChart, alternative: str, *, height: int) -> None:
    """Show a chart, with what it shows in words."""
    described = chart.properties(height=height, description=alternative)
    st.altair_chart(described, width="stretch")
