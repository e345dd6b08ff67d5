"""The Operations page at a glance: health, models, queues, batches with their ledger, dead letters."""

from __future__ import annotations

import streamlit as st

from ui.dead_letters.section import show_dead_letters
from ui.operations.alerts import show_alerts
from ui.operations.batches import show_batches
from ui.operations.processes import show_processes
from ui.operations.status import show_health, show_models, show_queues
from ui.parts.errors import showing_errors

REFRESH_SECONDS = 5.0

PROCESSES_SECONDS = 1.0
"""A process is silent after two and a half seconds, and people are told within five; the answer takes milliseconds."""


def show() -> None:
    """Show the page."""
    st.title("Operations", anchor=False)
    st.markdown("What works, what is waiting, and what needs a person.")
    _show_processes()
    st.header("Alerts", anchor=False)
    show_alerts()
    _show_status()
    st.header("Batches", anchor=False)
    st.markdown("Files, messages and uploads, with where their rows are.")
    with showing_errors("Batches"):
        show_batches()
    st.header("Dead letters", anchor=False)
    st.markdown(
        "Messages that nobody could handle, kept with their cause. Once the cause is mended, send them again; "
        "what was predicted already is not predicted twice."
    )
    with showing_errors("Dead letters"):
        show_dead_letters()


@st.fragment(run_every=PROCESSES_SECONDS)
def _show_processes() -> None:
    """Show what runs, looked at each second: whoever asks wants to see a death at once."""
    with st.container(border=True):
        st.header("Processes", anchor=False)
        with showing_errors("Processes"):
            show_processes()


@st.fragment(run_every=REFRESH_SECONDS)
def _show_status() -> None:
    """Show what changes by itself; the tables below stay as they are while somebody reads them."""
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.header("Health", anchor=False)
        with showing_errors("Health"):
            show_health()
    with right, st.container(border=True):
        st.header("Models served", anchor=False)
        with showing_errors("Models"):
            show_models()
    # In all of the width: what a queue holds is a sentence.
    with st.container(border=True):
        st.header("Queues", anchor=False)
        with showing_errors("Queues"):
            show_queues()
