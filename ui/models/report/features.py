"""How much each feature counts, and which of its values raise or lower the answer."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from ui.models.report.known import Known, Rows, frame_of, version_color
from ui.parts.charts import show
from ui.parts.theme import CLASS_COLORS

MOST_FEATURES = 20

_AROUND = 70
"""Height of the axis below the bars and its title, which leave the rest to them: a bar of its own line for each label."""


def show_features(known: Sequence[Known]) -> None:
    """Show the importance of features by what they add to the answers, and by gain."""
    shown = [one.feature for one in known[0].report.features[:MOST_FEATURES]]

    def contributions(one: Known) -> Rows:
        for feature in one.report.features:
            if feature.feature in shown and feature.contribution is not None:
                yield {"feature": feature.feature, "value": feature.contribution}

    def gains(one: Known) -> Rows:
        for feature in one.report.features:
            if feature.feature in shown:
                yield {"feature": feature.feature, "value": feature.gain}

    left, right = st.columns(2)
    with left:
        st.markdown("**What each adds to the answers (SHAP)**")
        _show_bars(known, frame_of(known, contributions), shown, "Mean absolute contribution")
    with right:
        st.markdown("**Share of the gain of all splits**")
        _show_bars(known, frame_of(known, gains), shown, "Share of the gain")
    more = len(known[0].report.features) - len(shown)
    if more > 0:
        st.caption(f"{more:,} features that count less are not shown; the API lists them.")
    _show_values(known[0])


def _show_bars(known: Sequence[Known], frame: pd.DataFrame, order: Sequence[str], title: str) -> None:
    if frame.empty:
        st.caption("The model library cannot tell.")
        return
    bars = (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=title),
            y=alt.Y("feature:N", title=None, sort=list(order), axis=alt.Axis(labelLimit=220, labelOverlap=False)),
            yOffset=alt.YOffset("version:N"),
            color=version_color(known),
            tooltip=["version:N", "feature:N", alt.Tooltip("value:Q", title=title, format=".4f")],
        )
    )
    show(bars, f"{title} of features, by version", height=_AROUND + max(90, 24 * len(order) * len(known)))


def _show_values(one: Known) -> None:
    """Show which values of a feature raise the answer, and which lower it."""
    with_groups = [feature for feature in one.report.features if feature.groups]
    if not with_groups:
        return
    names = [feature.feature for feature in with_groups]
    chosen = st.selectbox(
        "Which values of a feature raise the answer", names, key=f"report-feature-{one.version}",
        help="How much the feature spoke for the answer, on average, in rows with these values; for two classes the evidence for the second (log odds).",
    )  # fmt: skip
    groups = next(feature.groups for feature in with_groups if feature.feature == chosen)
    frame = pd.DataFrame([{"values": group.label, "value": group.contribution, "rows": group.rows} for group in groups])
    bars = alt.Chart(frame).mark_bar(color=CLASS_COLORS[0]).encode(
        x=alt.X("value:Q", title=f"What {chosen} adds to the answer of {one.name.lower()}"),
        y=alt.Y("values:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, labelOverlap=False)),
        tooltip=["values:N", alt.Tooltip("value:Q", format=".4f"), alt.Tooltip("rows:Q", format=",")],
    )  # fmt: skip
    show(bars, f"What values of {chosen} add to the answer", height=_AROUND + max(60, 24 * len(groups)))
