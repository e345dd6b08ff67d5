"""Charts of the Monitoring page."""

from __future__ import annotations

import altair as alt
import pandas as pd

from ui.monitoring_answers import Drift, FeatureDrift, Performance, WatchedQuality
from ui.parts.charts import CLOCK, show, time_axis
from ui.parts.session import on_the_clock
from ui.parts.words import metric_title
from ui.theme import CLASS_COLORS


def metric_over_time(found: Performance, name: str) -> None:
    """Show a metric of every version over time: measured with its interval, and estimated as a dashed line."""
    entries = []
    for version in found.versions:
        for bucket in version.buckets:
            at = {"time": on_the_clock(bucket.start), "version": f"Version {version.model_version}"}
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
            strokeDash=alt.StrokeDash("figures:N", title=None, sort=["measured", "estimated"]),
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
    show(lines if known.empty else intervals + lines, f"{title} of every version over time", height=280)


def distributions(feature: FeatureDrift) -> None:
    """Lay training and serving over each other."""
    shown = [cell for cell in feature.histogram if cell.kind == "bin" or cell.trained_share or cell.served_share]
    entries = [
        {"cell": cell.label, "data": name, "share": share}
        for cell in shown
        for name, share in (("Training", cell.trained_share), ("Now", cell.served_share))
    ]
    frame = pd.DataFrame(entries, columns=["cell", "data", "share"])
    order = [cell.label for cell in shown]
    chart = alt.Chart(frame).encode(
        x=alt.X("cell:N", title=feature.title, sort=order, axis=alt.Axis(labelAngle=-40, labelLimit=90)),
        y=alt.Y("share:Q", title="Share of rows", axis=alt.Axis(format="%")),
        xOffset=alt.XOffset("data:N", sort=["Training", "Now"]),
        color=alt.Color(
            "data:N",
            title=None,
            scale=alt.Scale(domain=["Training", "Now"], range=["#8A94A3", CLASS_COLORS[0]]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=["cell:N", "data:N", alt.Tooltip("share:Q", format=".2%")],
    )
    show(chart.mark_bar(), f"{feature.title}: shares of rows in training and now", height=300)


def index_over_time(drift: Drift, feature: FeatureDrift) -> None:
    """Show the stability index over time, with the limit past which a column drifted."""
    entries = [
        {"time": on_the_clock(span.start), "psi": span.psi, "rows": span.rows}
        for span in feature.over_time
        if span.psi is not None
    ]
    frame = pd.DataFrame(entries, columns=["time", "psi", "rows"])
    line = (
        alt.Chart(frame)
        .mark_line(point=True, color=CLASS_COLORS[0])
        .encode(
            x=time_axis("time", drift.since, drift.until),
            y=alt.Y("psi:Q", title="PSI", scale=alt.Scale(domainMin=0)),
            tooltip=[
                alt.Tooltip("time:T", format=CLOCK),
                alt.Tooltip("psi:Q", format=".3f"),
                alt.Tooltip("rows:Q", format=","),
            ],
        )
    )
    limit = alt.Chart(pd.DataFrame({"psi": [drift.max_psi]})).mark_rule(strokeDash=[6, 4], color=CLASS_COLORS[1])
    described = f"{feature.title}: stability index over time; the dashed line is the limit, {drift.max_psi:g}"
    show(line + limit.encode(y="psi:Q"), described, height=300)


def bad_share_over_time(quality: WatchedQuality) -> None:
    """Show the share of refused rows over time, beside how many came."""
    entries = [
        {"time": on_the_clock(span.start), "share": span.bad_share, "rows": span.rows_in, "refused": span.refused}
        for span in quality.trend
        if span.bad_share is not None
    ]
    frame = pd.DataFrame(entries, columns=["time", "share", "rows", "refused"])
    chart = alt.Chart(frame).mark_line(point=True, color=CLASS_COLORS[1])
    show(
        chart.encode(
            x=time_axis("time", quality.since, quality.until),
            y=alt.Y("share:Q", title="Refused rows", axis=alt.Axis(format="%"), scale=alt.Scale(domainMin=0)),
            tooltip=[
                alt.Tooltip("time:T", format=CLOCK),
                alt.Tooltip("share:Q", format=".2%"),
                alt.Tooltip("rows:Q", title="rows in", format=","),
                alt.Tooltip("refused:Q", title="files refused"),
            ],
        ),
        "Share of refused rows over time",
        height=240,
    )
