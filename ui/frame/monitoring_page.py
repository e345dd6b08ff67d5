"""Monitoring: whether what is predicted is still right, and whether the data still looks as it did in training."""

from __future__ import annotations

import streamlit as st

from ui.drift.keys import show_keys
from ui.drift.section import show_drift
from ui.gateway.answers import WatchedQuality
from ui.gateway.problems import BusyError, GatewayError, NotOfferedError
from ui.parts.charts import Event
from ui.parts.errors import showing_errors
from ui.parts.heading import heading
from ui.parts.period import Period, choose_period
from ui.parts.texts import SOURCES
from ui.performance.section import show_performance
from ui.quarantine.arrivals import show_arrivals
from ui.shared import gateway

ALL = "all"


def show() -> None:
    """Show the page."""
    use_case = heading(
        "Monitoring", "Whether the model is still right, and whether the data is still what it was trained on."
    )
    if use_case is None:
        return
    period = choose_period("period", "Monitoring", bounded=True)
    if period is None:
        return
    asked = (use_case.name, period.start, period.end)
    quality = _quality(use_case.name, period)
    events = _events(use_case.name, quality)
    st.header("Drift", anchor=False)
    source = st.selectbox(
        "Came from",
        [ALL, *SOURCES],
        format_func=lambda name: SOURCES.get(name, "Anywhere"),
        key="drift-source",
        help="Only rows that came in this way, such as by the API, are compared with the training data.",
    )
    with showing_errors("Drift"):
        door = None if source == ALL else source
        drift = gateway().drift(*asked, door)
        show_drift(drift, events)
        if drift.keys and drift.rows:
            show_keys(gateway().drift_by_key(*asked, door))
    st.header("Performance by version", anchor=False)
    with showing_errors("Performance"):
        show_performance(gateway().performance(*asked), events)
    st.header("What arrives", anchor=False)
    with showing_errors("What arrives"):
        show_arrivals(use_case, quality or gateway().watched_quality(*asked))


def _quality(use_case: str, period: Period) -> WatchedQuality | None:
    """Ask what arrived; none where the gateway does not tell: that is said in its place, further down."""
    try:
        return gateway().watched_quality(use_case, period.start, period.end)
    except GatewayError:
        return None


def _events(use_case: str, quality: WatchedQuality | None) -> list[Event]:
    """List what may explain a change in a chart, the newest first: other versions that were served, and columns that changed."""
    changed = [] if quality is None else [one for one in quality.refused if one.is_schema_change]
    events = [(one.received_at, f"columns changed in {one.name}, which was refused") for one in changed]
    try:
        changes = gateway().champion_history(use_case).changes
    except (NotOfferedError, BusyError):
        # Of a gateway that does not tell, or does not know the registry.
        changes = []
    # The first version explains no change: there was nothing before it.
    others = [change for change in changes if change.from_version is not None]
    events += [
        (change.at, f"version {change.to_version} served ({change.kind.replace('_', ' ')})") for change in others
    ]
    return sorted(events, key=lambda event: event[0], reverse=True)
