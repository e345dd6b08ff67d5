"""The threshold of a model of two classes: moved, weighed by costs, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd
import streamlit as st

from ui.gateway.answers import KeptThresholdAnswer, ThresholdCurve, UseCaseAnswer, VersionReport
from ui.gateway.model_requests import NewThreshold
from ui.gateway.problems import GatewayError
from ui.models.report.known import Known, curve_of
from ui.parts.administrator import show_refusal
from ui.parts.charts import show
from ui.parts.clock import local_time
from ui.parts.fields import number_field
from ui.parts.tables import confusion_table, small_table
from ui.parts.texts import escape_markdown, format_count
from ui.parts.theme import CLASS_COLORS
from ui.shared import gateway

HALF = 0.5
"""Probability from which on answers name the second class."""

_MOST_COST = 1e12


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a holdout from one threshold on."""

    hits: int
    false_alarms: int
    misses: int
    rejections: int

    @property
    def precision(self) -> float | None:
        """Share of the rows from the threshold on that are of the class; none where there is no such row."""
        flagged = self.hits + self.false_alarms
        return self.hits / flagged if flagged else None

    @property
    def recall(self) -> float | None:
        """Share of the rows of the class that are found."""
        positives = self.hits + self.misses
        return self.hits / positives if positives else None

    def cost(self, false_alarm: float, miss: float) -> float:
        """Return what all that goes wrong costs."""
        return self.false_alarms * false_alarm + self.misses * miss


def counts_at(curve: ThresholdCurve, place: int) -> Counts:
    """Return the counts at one of the thresholds of a curve."""
    hits, alarms = curve.hits[place], curve.false_alarms[place]
    return Counts(hits, alarms, curve.positives - hits, curve.negatives - alarms)


def nearest(curve: ThresholdCurve, threshold: float) -> int:
    """Return the place of the threshold of a curve that is nearest."""
    return min(range(len(curve.thresholds)), key=lambda place: abs(curve.thresholds[place] - threshold))


def cheapest(curve: ThresholdCurve, false_alarm: float, miss: float) -> float:
    """Return the threshold at which what goes wrong costs least."""
    costs = [counts_at(curve, place).cost(false_alarm, miss) for place in range(len(curve.thresholds))]
    return curve.thresholds[costs.index(min(costs))]


def show_threshold(use_case: UseCaseAnswer, first: VersionReport, known: Sequence[Known], key: str) -> bool:
    """Show what a threshold does, and the form that keeps it; returns whether one was kept just now."""
    negative, positive = use_case.classes
    curve = curve_of(known[0], positive)
    if curve is None:
        return False
    kept, name = first.threshold, f"{use_case.name}-{first.version}"
    _show_kept(kept)
    slider = f"threshold-{name}"
    if slider not in st.session_state:
        st.session_state[slider] = curve.thresholds[nearest(curve, HALF if kept is None else kept.threshold)]
    costs = _ask_costs(kept, positive, name)
    if costs is not None:
        best = cheapest(curve, *costs)
        st.button(
            f"Take the cheapest threshold: {best:g}", icon=":material/savings:", on_click=_take, args=(slider, best)
        )
    threshold = st.select_slider(
        f"Threshold: probability of {positive} from which on a row counts as {positive}",
        curve.thresholds,
        format_func="{:g}".format,
        key=slider,
    )
    counts = counts_at(curve, nearest(curve, threshold))
    _show_figures(counts, costs, positive)
    table = {
        negative: {negative: counts.rejections, positive: counts.false_alarms},
        positive: {negative: counts.misses, positive: counts.hits},
    }
    confusion_table(table, f"Rows of version {first.version} from {threshold:g} on")
    if len(known) > 1:
        _show_beside(known, positive, threshold)
    _show_over_thresholds(curve, threshold, costs)
    return _keep(use_case, first.version, threshold, costs, key)


def _take(slider: str, threshold: float) -> None:
    st.session_state[slider] = threshold


def _show_kept(kept: KeptThresholdAnswer | None) -> None:
    if kept is None:
        st.caption("No threshold is kept for this version; answers name the class from 0.5 on.")
        return
    why = f": {escape_markdown(kept.reason)}" if kept.reason else ""
    st.success(
        f"**{kept.threshold:g} is kept**, by {escape_markdown(kept.kept_by)}, {local_time(kept.kept_at):%Y-%m-%d %H:%M}{why}",
        icon=":material/push_pin:",
    )
    st.caption(
        "Answers name the class from 0.5 on all the same: whoever acts on this threshold compares the score with it."
    )


def _ask_costs(kept: KeptThresholdAnswer | None, positive: str, name: str) -> tuple[float, float] | None:
    """Ask what goes wrong costs; nothing while one of both is not given."""
    left, right = st.columns(2)
    alarm = number_field(
        left, "Cost of a false alarm", key=f"cost-alarm-{name}", placeholder="not given",
        value=None if kept is None else kept.cost_of_false_alarm, about="In any unit: both costs in the same one.", least=0, most=_MOST_COST,
    )  # fmt: skip
    miss = number_field(
        right, f"Cost of a missed {positive}", key=f"cost-miss-{name}", placeholder="not given",
        value=None if kept is None else kept.cost_of_miss, least=0, most=_MOST_COST,
    )  # fmt: skip
    return None if alarm is None or miss is None else (alarm, miss)


def _show_figures(counts: Counts, costs: tuple[float, float] | None, positive: str) -> None:
    figures = st.columns(4)
    figures[0].metric(f"{positive} found", _percent(counts.recall), help="Recall: share of its rows that are found.")
    figures[1].metric("Right where it warns", _percent(counts.precision), help="Precision.")
    figures[2].metric("False alarms", f"{counts.false_alarms:,}")
    if costs is None:
        figures[3].metric("Missed", f"{counts.misses:,}")
        return
    rows = counts.hits + counts.false_alarms + counts.misses + counts.rejections
    total = counts.cost(*costs)
    figures[3].metric(
        "Cost", f"{total:,.0f}", help=f"Of {format_count(rows, 'row')}: {1000 * total / rows:,.1f} in 1,000."
    )


def _show_beside(known: Sequence[Known], positive: str, threshold: float) -> None:
    rows = []
    for one in known:
        curve = curve_of(one, positive)
        if curve is not None:
            counts = counts_at(curve, nearest(curve, threshold))
            figures = {"Found": _percent(counts.recall), "Right where it warns": _percent(counts.precision)}
            rows.append({"Version": one.name, **figures, "False alarms": counts.false_alarms, "Missed": counts.misses})
    small_table(pd.DataFrame(rows), f"Every version from {threshold:g} on")


def _show_over_thresholds(curve: ThresholdCurve, threshold: float, costs: tuple[float, float] | None) -> None:
    """Show what the threshold trades: how much is found and how often it is right, or the cost."""
    entries = []
    for place, at in enumerate(curve.thresholds):
        counts = counts_at(curve, place)
        if costs is None:
            shares = {"Found": counts.recall, "Right where it warns": counts.precision}
        else:
            shares = {"Cost": counts.cost(*costs)}
        entries += [{"threshold": at, "what": what, "value": value} for what, value in shares.items()]
    title = "Share" if costs is None else "Cost"
    lines = alt.Chart(pd.DataFrame(entries)).mark_line().encode(
        x=alt.X("threshold:Q", title="Threshold", scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("value:Q", title=title),
        color=alt.Color("what:N", title=None, scale=alt.Scale(range=list(CLASS_COLORS))),
        tooltip=["threshold:Q", "what:N", alt.Tooltip("value:Q", format=",.3f")],
    )  # fmt: skip
    here = alt.Chart(pd.DataFrame({"threshold": [threshold]})).mark_rule(strokeDash=[4, 4], color="grey")
    show(lines + here.encode(x="threshold:Q"), f"{title} by threshold", height=240)


def _keep(use_case: UseCaseAnswer, version: int, threshold: float, costs: tuple[float, float] | None, key: str) -> bool:
    """Show the form that keeps a threshold; returns whether that was done."""
    reason = st.text_input(
        "Why this threshold", max_chars=500, key=f"threshold-reason-{use_case.name}-{version}",
        placeholder="such as: a missed failure stops the line for a shift",
    )  # fmt: skip
    pressed = st.button(
        f"Keep {threshold:g} for version {version}", type="primary", icon=":material/push_pin:", disabled=not key
    )
    if not key:
        st.caption("Fill in the key of an administrator above first.")
    if not pressed:
        return False
    alarm, miss = (None, None) if costs is None else costs
    new = NewThreshold(threshold=threshold, cost_of_false_alarm=alarm, cost_of_miss=miss, reason=reason)
    try:
        gateway().keep_threshold(use_case.name, version, new, key)
    except GatewayError as error:
        show_refusal(error, "keep a threshold", "Keeping the threshold")
        return False
    return True


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.1%}"
