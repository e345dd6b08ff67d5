"""Charts of a column: its values in training and now, and where it lies within the band of training's windows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import altair as alt
import pandas as pd

from ui.gateway.answers import DriftAnswer, FeatureDriftAnswer, HistogramCell
from ui.parts.charts import CLOCK, Event, event_marks, show, time_axis, words_of_events
from ui.parts.clock import local_time
from ui.parts.theme import CLASS_COLORS

INSIDE, OUTSIDE = "Like training", "Outside the band"
OUTER_CELLS = {"below": "lower than ever", "above": "higher than ever", "missing": "missing", "unseen": "new value"}
"""What shares are of that lie in no bin of training, whose bins are called `below 23.2` and so on."""

BAND_COLOR = "#8A94A3"
"""Of training, in light and in dark."""


def distributions(feature: FeatureDriftAnswer) -> None:
    """Show the values in training and now side by side."""
    shown = [cell for cell in feature.histogram if cell.kind == "bin" or cell.trained_share or cell.served_share]
    entries = [
        {"cell": _cell(cell), "data": name, "share": share}
        for cell in shown
        for name, share in (("Training", cell.trained_share), ("Now", cell.served_share))
    ]
    frame = pd.DataFrame(entries, columns=["cell", "data", "share"])
    order = [_cell(cell) for cell in shown]
    chart = alt.Chart(frame).encode(
        x=alt.X("cell:N", title=feature.title, sort=order, axis=alt.Axis(labelAngle=-40, labelLimit=90)),
        y=alt.Y("share:Q", title="Share of rows", axis=alt.Axis(format="%")),
        xOffset=alt.XOffset("data:N", sort=["Training", "Now"]),
        color=alt.Color(
            "data:N",
            title=None,
            scale=alt.Scale(domain=["Training", "Now"], range=[BAND_COLOR, CLASS_COLORS[0]]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=["cell:N", "data:N", alt.Tooltip("share:Q", format=".2%")],
    )
    show(chart.mark_bar(), f"{feature.title}: shares of rows in training and now", height=300)


def _cell(cell: HistogramCell) -> str:
    return OUTER_CELLS.get(cell.kind, cell.label)


def over_time(drift: DriftAnswer, feature: FeatureDriftAnswer, events: Sequence[Event]) -> None:
    """Show a column over time within the band of training's windows: its mean, or the index where it has none; and what happened."""
    width = timedelta(seconds=drift.bucket_seconds)
    is_mean = any(span.mean is not None for span in feature.over_time)
    entries = []
    for span in feature.over_time:
        value, low, high = (span.mean, span.mean_low, span.mean_high) if is_mean else (span.psi, 0.0, span.limit)
        if span.psi is None or value is None or low is None or high is None:
            continue
        entries.append(
            {
                "start": local_time(span.start),
                "middle": local_time(span.start + width / 2),
                "end": local_time(span.start + width),
                "value": value,
                "low": low,
                "high": high,
                "place": INSIDE if low <= value <= high else OUTSIDE,
                "rows": span.rows,
                "psi": span.psi,
            }
        )
    frame = pd.DataFrame(entries, columns=["start", "middle", "end", "value", "low", "high", "place", "rows", "psi"])
    x = time_axis("middle", drift.since, drift.until)
    title = f"Mean of {feature.title}" if is_mean else "PSI"
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=not is_mean))
    base = alt.Chart(frame)
    # A step for each span, so that a single one is seen as well.
    band = base.mark_rect(color=BAND_COLOR, opacity=0.25).encode(
        x=time_axis("start", drift.since, drift.until), x2="end:T", y=alt.Y("low:Q", title=title), y2="high:Q"
    )
    line = base.mark_line(color=CLASS_COLORS[0], strokeWidth=2).encode(x=x, y=y)
    marks = band_points(base, "place").encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("start:T", format=CLOCK, title="From"),
            alt.Tooltip("value:Q", format=".4g", title=title),
            alt.Tooltip("low:Q", format=".4g", title="Band from"),
            alt.Tooltip("high:Q", format=".4g", title="to"),
            alt.Tooltip("psi:Q", format=".3f", title="PSI"),
            alt.Tooltip("rows:Q", format=",", title="Rows"),
        ],
    )
    happened = event_marks(events, drift.since, drift.until)
    explaining = [
        *_trained_mean(feature, is_mean=is_mean),
        *_change(drift, feature),
        *([] if happened is None else [happened]),
    ]
    layers = [band, *explaining, line, marks]
    outside = sum(entry["place"] == OUTSIDE for entry in entries)
    described = f"{title} over time within the band of training: {outside} of {len(entries)} spans lie outside"
    described += words_of_events(events, drift.since, drift.until)
    show(alt.LayerChart(layer=layers), described, height=300)


def _trained_mean(feature: FeatureDriftAnswer, *, is_mean: bool) -> list[alt.Chart]:
    if not is_mean or feature.mean_trained is None:
        return []
    frame = pd.DataFrame({"mean": [feature.mean_trained], "said": ["Mean in training"]})
    return [
        alt.Chart(frame)
        .mark_rule(strokeDash=[6, 4], color=BAND_COLOR)
        .encode(y="mean:Q", tooltip=["said:N", alt.Tooltip("mean:Q", format=".4g")])
    ]


def _change(drift: DriftAnswer, feature: FeatureDriftAnswer) -> list[alt.Chart]:
    """Mark when a drift came, where that lies within the time that is shown."""
    change = feature.change
    if change is None or change.since is None or not drift.since <= change.since < drift.until:
        return []
    frame = pd.DataFrame({"since": [local_time(change.since)], "said": [change.detail]})
    return [
        alt.Chart(frame)
        .mark_rule(strokeWidth=2, color=CLASS_COLORS[1])
        .encode(x=time_axis("since", drift.since, drift.until), tooltip=["said:N"])
    ]


def band_points(base: alt.Chart, where: str) -> alt.Chart:
    """Return points whose colour and shape say whether they lie within the band of training: a column tells it."""
    places = [INSIDE, OUTSIDE]
    points: alt.Chart = base.mark_point(size=70, filled=True, opacity=1).encode(
        color=alt.Color(
            f"{where}:N",
            title=None,
            scale=alt.Scale(domain=places, range=[CLASS_COLORS[0], CLASS_COLORS[1]]),
            legend=alt.Legend(orient="top"),
        ),
        shape=alt.Shape(f"{where}:N", title=None, scale=alt.Scale(domain=places, range=["circle", "triangle-up"])),
    )
    return points
