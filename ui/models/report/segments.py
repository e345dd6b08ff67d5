"""Performance by segment: categories, quantiles of numbers, and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui.gateway.answers import Segments
from ui.models.report.known import Known, Rows, frame_of, version_color
from ui.parts.charts import show
from ui.parts.tables import small_table
from ui.parts.texts import metric_title


def show_segments(known: Sequence[Known]) -> None:
    """Show a metric by the values of a column, and the figures behind it."""
    first = known[0]
    columns = [segments.column for segments in first.report.segments]
    metrics = list(
        dict.fromkeys(name for segments in first.report.segments for group in segments.groups for name in group.metrics)
    )
    if not metrics:
        st.info("**Too few rows.** No segment of the holdout has enough of them to be measured.")
        return
    left, right = st.columns(2)
    column = left.selectbox("By", columns, key=f"report-segment-{first.version}")
    metric = right.selectbox("Metric", metrics, format_func=metric_title, key=f"report-segment-metric-{first.version}")

    def measured(one: Known) -> Rows:
        for group in _groups(one, column):
            if metric in group.metrics:
                yield {"values": group.label, "value": group.metrics[metric], "rows": group.rows}

    frame = frame_of(known, measured)
    if frame.empty:
        st.info("**Too few rows.** No group of this column has enough of them to be measured.")
    else:
        dots = (
            alt.Chart(frame)
            .mark_point(filled=True, size=90)
            .encode(
                x=alt.X("value:Q", title=metric_title(metric), scale=alt.Scale(zero=False)),
                y=alt.Y("values:N", title=None, sort=None, axis=alt.Axis(labelLimit=260, labelOverlap=False, grid=True)),
                color=version_color(known),
                tooltip=["version:N", "values:N", alt.Tooltip("value:Q", title=metric_title(metric), format=".4f"),
                         alt.Tooltip("rows:Q", format=",")],
            )
        )  # fmt: skip
        show(
            dots,
            f"{metric_title(metric)} by {column}, by version",
            height=max(140, 70 + 24 * frame["values"].nunique()),
        )
    small_table(pd.DataFrame(_table(_segments(first, column))), f"{first.name}: performance by {column}")


def _segments(one: Known, column: str) -> Segments | None:
    return next((segments for segments in one.report.segments if segments.column == column), None)


def _groups(one: Known, column: str) -> Sequence[Any]:
    found = _segments(one, column)
    return [] if found is None else found.groups


def _table(segments: Segments | None) -> list[dict[str, Any]]:
    groups = [] if segments is None else segments.groups
    names = list(dict.fromkeys(name for group in groups for name in group.metrics))
    rows = []
    for group in groups:
        row: dict[str, Any] = {"Values": group.label, "Rows": group.rows}
        if group.predicted is not None:
            row |= {"Predicted, on average": group.predicted, "Came true": group.observed}
        figures = {metric_title(name): group.metrics.get(name) for name in names}
        rows.append(row | figures | ({} if group.metrics else {"Figures": "too few rows"}))
    return rows
