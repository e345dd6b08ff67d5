"""Charts of a report, with every version that is laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui.models.report.known import Known, Rows, curve_of, frame_of, version_color
from ui.parts.charts import show
from ui.parts.texts import escape_markdown, metric_title

_SHARE = alt.Scale(domain=[0, 1])
HEIGHT = 320


def show_ranking(known: Sequence[Known]) -> None:
    """Show the ROC and the precision-recall curve of a class."""
    names = list(dict.fromkeys(curve.class_name for one in known for curve in one.report.curves))
    chosen = names[0]
    if len(names) > 1:
        chosen = st.selectbox("Class against the others", names, key="report-class")

    def roc(one: Known) -> Rows:
        curve = curve_of(one, chosen)
        if curve is not None:
            for threshold, hits, alarms in zip(curve.thresholds, curve.hits, curve.false_alarms, strict=True):
                shares = {"x": alarms / max(curve.negatives, 1), "y": hits / max(curve.positives, 1)}
                yield {"threshold": threshold, **shares}

    def precision(one: Known) -> Rows:
        curve = curve_of(one, chosen)
        if curve is not None:
            for threshold, hits, alarms in zip(curve.thresholds, curve.hits, curve.false_alarms, strict=True):
                if hits:
                    yield {"threshold": threshold, "x": hits / max(curve.positives, 1), "y": hits / (hits + alarms)}

    left, right = st.columns(2)
    with left:
        st.markdown(f"**ROC curve of {escape_markdown(chosen)}**")
        lines = _by_threshold(known, frame_of(known, roc), "Share of false alarms", "Share found")
        show(_over_diagonal(lines), f"ROC curve of {chosen}, by version", height=HEIGHT)
    with right:
        st.markdown(f"**Precision and recall of {escape_markdown(chosen)}**")
        lines = _by_threshold(known, frame_of(known, precision), "Recall: share found", "Precision")
        show(lines, f"Precision and recall of {chosen}, by version", height=HEIGHT)


def _by_threshold(known: Sequence[Known], frame: pd.DataFrame, across: str, up: str) -> alt.Chart:
    lines: alt.Chart = (
        alt.Chart(frame)
        .mark_line(point=alt.OverlayMarkDef(size=14))
        .encode(
            x=alt.X("x:Q", title=across, scale=_SHARE),
            y=alt.Y("y:Q", title=up, scale=_SHARE),
            order="threshold:Q",
            color=version_color(known),
            tooltip=[
                "version:N",
                alt.Tooltip("threshold:Q", title="from probability"),
                alt.Tooltip("x:Q", title=across, format=".3f"),
                alt.Tooltip("y:Q", title=up, format=".3f"),
            ],
        )
    )
    return lines


def show_calibration(known: Sequence[Known]) -> None:
    """Show whether each version is as often right as it says."""
    frame = frame_of(
        known,
        lambda one: ({"x": bin_.predicted, "y": bin_.observed, "rows": bin_.rows} for bin_ in one.report.calibration),
    )
    st.markdown("**How often what was said with some probability came true**")
    lines = (
        alt.Chart(frame)
        .mark_line(point=True)
        .encode(
            x=alt.X("x:Q", title="Probability it gave", scale=_SHARE),
            y=alt.Y("y:Q", title="Share that came true", scale=_SHARE),
            color=version_color(known),
            tooltip=["version:N", alt.Tooltip("x:Q", title="it gave", format=".3f"),
                     alt.Tooltip("y:Q", title="came true", format=".3f"), alt.Tooltip("rows:Q", format=",")],
        )
    )  # fmt: skip
    show(_over_diagonal(lines), "Calibration on the holdout, by version", height=HEIGHT)
    st.caption("On the dotted line a version is as often right as it says; below it, it says too much.")


def show_errors(known: Sequence[Known]) -> None:
    """Show how errors are spread, and how they go with what was predicted."""

    def spread(one: Known) -> Rows:
        bins = [] if one.report.residuals is None else one.report.residuals.bins
        whole = sum(bin_.rows for bin_ in bins) or 1
        for bin_ in bins:
            yield {"x": (bin_.lower + bin_.upper) / 2, "y": bin_.rows / whole}

    def pairs(one: Known) -> Rows:
        for pair in [] if one.report.residuals is None else one.report.residuals.pairs:
            yield {"x": pair.predicted, "y": pair.observed}

    def groups(one: Known) -> Rows:
        for group in [] if one.report.residuals is None else one.report.residuals.groups:
            errors = {"low": group.low, "high": group.high, "y": group.predicted - group.observed}
            yield {"x": group.predicted, "rows": group.rows, **errors}

    color = version_color(known)
    left, right = st.columns(2)
    with left:
        st.markdown("**How errors are spread**")
        x = alt.X("x:Q", title="Predicted minus true")
        y = alt.Y("y:Q", title="Share of the rows", axis=alt.Axis(format="%"))
        lines = alt.Chart(frame_of(known, spread)).mark_line().encode(x=x, y=y, color=color)
        show(lines, "Spread of the errors on the holdout, by version", height=HEIGHT)
    with right:
        st.markdown("**Predicted and true**")
        frame = frame_of(known, pairs)
        axis = alt.Scale(zero=False)
        dots = alt.Chart(frame).mark_circle(size=22, opacity=0.55).encode(
            x=alt.X("x:Q", title="Predicted", scale=axis), y=alt.Y("y:Q", title="Came true", scale=axis), color=color,
            tooltip=["version:N", "x:Q", "y:Q"],
        )  # fmt: skip
        show(dots, "Predicted and true numbers of some rows of the holdout, by version", height=HEIGHT)
    st.markdown("**Errors by what was predicted**")
    frame = frame_of(known, groups)
    x = alt.X("x:Q", title="Predicted, in tenths of the rows", scale=alt.Scale(zero=False))
    means = (
        alt.Chart(frame).mark_line(point=True).encode(x=x, y=alt.Y("y:Q", title="Predicted minus true"), color=color)
    )
    spans = alt.Chart(frame).mark_rule().encode(x=x, y="low:Q", y2="high:Q", color=color)
    show(spans + means, "Mean error by what was predicted, with the span of eight errors in ten", height=260)
    st.caption("The lines up and down hold eight errors in ten.")


def show_learning_curve(known: Sequence[Known]) -> None:
    """Show how each version would fare with fewer rows: whether more of them would help."""
    name = known[0].judging

    def points(one: Known) -> Rows:
        for point in one.report.learning_curve:
            for where, metrics in (("holdout", point.holdout), ("rows it learned from", point.training)):
                if name in metrics:
                    yield {"x": point.rows, "y": metrics[name], "where": where}

    frame = frame_of(known, points)
    st.markdown(f"**{metric_title(name)} by the rows that were learned from**")
    lines = (
        alt.Chart(frame)
        .mark_line(point=True)
        .encode(
            x=alt.X("x:Q", title="Rows it learned from"),
            y=alt.Y("y:Q", title=metric_title(name), scale=alt.Scale(zero=False)),
            color=version_color(known),
            strokeDash=alt.StrokeDash("where:N", title="measured on", sort=["holdout", "rows it learned from"]),
            tooltip=[
                "version:N",
                "where:N",
                alt.Tooltip("x:Q", title="rows", format=","),
                alt.Tooltip("y:Q", format=".4f"),
            ],
        )
    )
    show(lines, f"{metric_title(name)} by rows that were learned from, by version", height=HEIGHT)
    st.caption("Where the line of the holdout still improves at its end, more rows would help.")


def show_horizons(known: Sequence[Known]) -> None:
    """Show the errors of a forecast by horizon, beside those of its baselines."""
    one = known[0]
    entries = [
        {"what": name, "x": horizon, "y": value}
        for name, values in one.report.by_horizon.items()
        for horizon, value in enumerate(values, 1)
        if "interval" not in name
    ]
    st.markdown(f"**Mean absolute error of {one.name.lower()} by horizon**")
    lines = alt.Chart(pd.DataFrame(entries)).mark_line(point=True).encode(
        x=alt.X("x:Q", title="Horizon"), y=alt.Y("y:Q", title="Mean absolute error"),
        color=alt.Color("what:N", title=None), tooltip=["what:N", "x:Q", alt.Tooltip("y:Q", format=".4f")],
    )  # fmt: skip
    show(lines, "Mean absolute error by horizon", height=HEIGHT)


def _over_diagonal(lines: Any) -> Any:
    """Lay lines over the diagonal, a dotted hint."""
    ends = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    return alt.Chart(ends).mark_line(strokeDash=[2, 4], color="grey").encode(x="x:Q", y="y:Q") + lines
