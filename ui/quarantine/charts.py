"""Charts of refused rows."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from ui.gateway.answers import QualitySummary, WatchedQuality
from ui.parts.charts import CLOCK, show, time_axis
from ui.parts.clock import local_time
from ui.parts.theme import CLASS_COLORS

_LINE: dict[str, Any] = {"point": alt.OverlayMarkDef(color=CLASS_COLORS[1]), "color": CLASS_COLORS[1]}


def refused_over_time(quality: QualitySummary) -> None:
    """Show the share of refused rows over time."""
    entries = [
        {"time": local_time(bucket.start), "share": bucket.quarantined / bucket.rows_in, "rows": bucket.rows_in}
        for bucket in quality.by_time
        if bucket.rows_in
    ]
    chart = alt.Chart(pd.DataFrame(entries, columns=["time", "share", "rows"])).mark_line(**_LINE)
    show(
        chart.encode(
            x=time_axis("time", quality.start, quality.end),
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


def bad_share_over_time(quality: WatchedQuality) -> None:
    """Show the share of refused rows over time, beside how many came."""
    entries = [
        {"time": local_time(span.start), "share": span.bad_share, "rows": span.rows_in, "refused": span.refused}
        for span in quality.trend
        if span.bad_share is not None
    ]
    frame = pd.DataFrame(entries, columns=["time", "share", "rows", "refused"])
    chart = alt.Chart(frame).mark_line(**_LINE)
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
