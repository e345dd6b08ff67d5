"""Charts; colours are the same for a class everywhere, and every chart says in words what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui.answers import UseCase
from ui.desk_answers import Contribution, QualityBucket, Summary
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
    # The whole time that was asked for, so that hours without predictions show as such.
    whole = alt.Scale(domain=[_moment(on_the_clock(summary.start)), _moment(on_the_clock(summary.end))])
    chart = alt.Chart(frame).mark_rect()
    _show(
        chart.encode(
            x=alt.X("from:T", title="Time", scale=whole, axis=_clock_axis(summary.end - summary.start)),
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
    _show(bars.mark_bar() + text, f"Rows by class: {named}", height=70 + 34 * len(counts))


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
    _show(bars.mark_bar(), f"Probability of every class: {named}", height=70 + 34 * len(scores))


def contributions(found: Sequence[Contribution], titles: Mapping[str, str], unit: str) -> None:
    """Show how far each feature moved a prediction, the strongest first."""
    frame = pd.DataFrame(
        [
            {
                "feature": f"{titles.get(entry.feature, entry.feature)} = {entry.value}",
                "contribution": entry.contribution,
                "direction": "raises" if entry.contribution >= 0 else "lowers",
            }
            for entry in sorted(found, key=lambda entry: -abs(entry.contribution))[:20]
        ]
    )
    bars = alt.Chart(frame).encode(
        y=alt.Y("feature:N", title=None, sort=None, axis=alt.Axis(labelLimit=280)),
        x=alt.X("contribution:Q", title=f"Contribution{f' ({unit})' if unit else ''}"),
        color=alt.Color(
            "direction:N",
            title=None,
            scale=alt.Scale(domain=["raises", "lowers"], range=[CLASS_COLORS[1], CLASS_COLORS[0]]),
        ),
        tooltip=["feature:N", alt.Tooltip("contribution:Q", format="+.3f")],
    )
    _show(bars.mark_bar(), "How far each value moved the prediction", height=80 + 26 * len(frame))


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
    _show(
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


def _clock_axis(span: timedelta) -> alt.Axis:
    """Write times so that nobody has to guess the day or the hour; the chart's own choice leaves both out at times."""
    words = "%b %d" if span > timedelta(days=7) else "%b %d, %H:%M" if span > timedelta(hours=12) else "%H:%M:%S"
    return alt.Axis(format=words, labelOverlap=True, tickCount=8)


def _moment(time: datetime) -> alt.DateTime:
    return alt.DateTime(
        year=time.year, month=time.month, date=time.day, hours=time.hour, minutes=time.minute, seconds=time.second
    )


def _show(chart: alt.Chart | alt.LayerChart, alternative: str, *, height: int) -> None:
    described = chart.properties(height=height, description=alternative)
    st.altair_chart(described, width="stretch")
