"""Charts of a column: its values in training and now, and its stability index over time."""

from __future__ import annotations

import altair as alt
import pandas as pd

from ui.gateway.answers import DriftAnswer, FeatureDriftAnswer
from ui.parts.charts import CLOCK, show, time_axis
from ui.parts.clock import local_time
from ui.parts.theme import CLASS_COLORS


def distributions(feature: FeatureDriftAnswer) -> None:
    """Show the values in training and now side by side."""
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


def index_over_time(drift: DriftAnswer, feature: FeatureDriftAnswer) -> None:
    """Show the stability index over time, with the limit past which a column drifted."""
    entries = [
        {"time": local_time(span.start), "psi": span.psi, "limit": span.limit, "rows": span.rows}
        for span in feature.over_time
        if span.psi is not None
    ]
    frame = pd.DataFrame(entries, columns=["time", "psi", "limit", "rows"])
    line = (
        alt.Chart(frame)
        .mark_line(point=True, color=CLASS_COLORS[0])
        .encode(
            x=time_axis("time", drift.since, drift.until),
            y=alt.Y("psi:Q", title="PSI", scale=alt.Scale(domainMin=0)),
            tooltip=[
                alt.Tooltip("time:T", format=CLOCK),
                alt.Tooltip("psi:Q", format=".3f"),
                alt.Tooltip("limit:Q", format=".3f"),
                alt.Tooltip("rows:Q", format=","),
            ],
        )
    )
    limit = (
        alt.Chart(frame)
        .mark_line(point=alt.OverlayMarkDef(shape="stroke"), strokeDash=[6, 4], color=CLASS_COLORS[1])
        .encode(x=time_axis("time", drift.since, drift.until), y="limit:Q")
    )
    described = f"{feature.title}: stability index over time; the dashed line is the limit of each span"
    show(line + limit, described, height=300)
