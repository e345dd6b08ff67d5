"""Monitoring: whether what is predicted is still right, and whether the data still looks as it did in training."""

from __future__ import annotations

import streamlit as st

from ui.drift.keys import show_keys
from ui.drift.section import show_drift
from ui.gateway.answers import ChampionChange
from ui.gateway.problems import BusyError, NotOfferedError
from ui.parts.errors import showing_errors
from ui.parts.heading import heading
from ui.parts.period import choose_period
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
    period = choose_period("period", bounded=True)
    if period is None:
        return
    asked = (use_case.name, period.start, period.end)
    st.header("Drift", anchor=False)
    source = st.selectbox(
        "Came from",
        [ALL, *SOURCES],
        format_func=lambda name: SOURCES.get(name, "Anywhere"),
        key="drift-source",
        help="Only rows that came through this door are compared with the training data.",
    )
    with showing_errors("Drift"):
        door = None if source == ALL else source
        drift = gateway().drift(*asked, door)
        show_drift(drift)
        if drift.keys and drift.rows:
            show_keys(gateway().drift_by_key(*asked, door))
    st.header("Performance by version", anchor=False)
    with showing_errors("Performance"):
        show_performance(gateway().performance(*asked), _changes(use_case.name))
    st.header("What arrives", anchor=False)
    with showing_errors("What arrives"):
        show_arrivals(gateway().watched_quality(*asked))


def _changes(use_case: str) -> list[ChampionChange]:
    """List when another version was served; none where the gateway does not tell, or does not know the registry."""
    try:
        return gateway().champion_history(use_case).changes
    except (NotOfferedError, BusyError):
        return []
