"""The chart of past predictions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import altair as alt
import pandas as pd

from ui.gateway.answers import PredictionSummary, UseCaseAnswer
from ui.parts.charts import CLOCK, WHOLE_NUMBERS, class_color, show, time_axis
from ui.parts.clock import local_time
from ui.parts.theme import CLASS_COLORS


def show_over_time(use_case: UseCaseAnswer, summary: PredictionSummary) -> None:
    """Show predictions over time: rows by class, or the mean of the predicted values."""
    width = timedelta(seconds=summary.bucket_seconds)
    entries: list[dict[str, Any]] = []
    for bucket in summary.buckets:
        span = {"from": local_time(bucket.start), "to": local_time(bucket.start + width)}
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
            y=alt.Y("bottom:Q", title="Rows", axis=WHOLE_NUMBERS)
            if use_case.classes
            else alt.Y("bottom:Q", title="Mean prediction"),
            y2="top:Q",
            color=class_color(use_case, legend=True) if use_case.classes else alt.value(CLASS_COLORS[0]),
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
