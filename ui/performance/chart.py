"""The chart of a metric over time."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from ui.gateway.answers import Performance
from ui.parts.charts import CLOCK, Event, event_marks, show, time_axis, words_of_events
from ui.parts.clock import local_time
from ui.parts.texts import metric_title
from ui.parts.theme import CLASS_COLORS


def show_metric_over_time(found: Performance, name: str, events: Sequence[Event]) -> None:
    """Show a metric of every version over time: measured with its interval, estimated as a dashed line, and what happened."""
    entries = []
    for version in found.versions:
        for bucket in version.buckets:
            at = {"time": local_time(bucket.start), "version": f"Version {version.model_version}"}
            measured = bucket.metrics.get(name)
            if measured is not None:
                sizes = {"value": measured.value, "low": measured.low, "high": measured.high, "rows": bucket.labelled}
                entries.append({**at, "figures": "measured", **sizes})
            if bucket.estimate is not None and name in bucket.estimate.metrics:
                sizes = {
                    "value": bucket.estimate.metrics[name],
                    "low": None,
                    "high": None,
                    "rows": bucket.estimate.rows,
                }
                entries.append({**at, "figures": "estimated", **sizes})
    frame = pd.DataFrame(entries, columns=["time", "version", "figures", "value", "low", "high", "rows"])
    title = metric_title(name)
    time = time_axis("time", found.start, found.end)
    color = alt.Color("version:N", title=None, scale=alt.Scale(range=list(CLASS_COLORS)))
    lines = (
        alt.Chart(frame)
        .mark_line(point=True)
        .encode(
            x=time,
            y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False)),
            color=color,
            strokeDash=alt.StrokeDash(
                "figures:N",
                title=None,
                sort=["measured", "estimated"],
                # Long enough to see which line is dashed: a point is the same for both.
                legend=alt.Legend(symbolType="stroke", symbolSize=900, symbolStrokeWidth=2, symbolStrokeColor="gray"),
            ),
            tooltip=[
                alt.Tooltip("time:T", format=CLOCK),
                "version:N",
                "figures:N",
                alt.Tooltip("value:Q", title=title, format=".4f"),
                alt.Tooltip("rows:Q", title="from rows", format=","),
            ],
        )
    )
    known = frame.dropna(subset=["low", "high"])
    intervals = alt.Chart(known).mark_rule().encode(x=time, y="low:Q", y2="high:Q", color=color)
    # A layer without marks would be a picture without words to a screen reader.
    picture: alt.Chart | alt.LayerChart = lines if known.empty else intervals + lines
    marks = event_marks(events, found.start, found.end)
    words = f"{title} of every version over time{words_of_events(events, found.start, found.end)}"
    show(picture if marks is None else alt.LayerChart(layer=[picture, marks]), words, height=280)
