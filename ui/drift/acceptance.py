"""Accepting a window as normal: an administrator says why, and may take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from ui.gateway.answers import AcceptedWindowAnswer, DriftAnswer
from ui.gateway.problems import GatewayError
from ui.parts.administrator import admin_key_field, show_refusal
from ui.parts.clock import local_time
from ui.parts.texts import SOURCES, escape_markdown
from ui.shared import gateway

TO_DO = "decide what is normal"


def show_acceptance(drift: DriftAnswer) -> None:
    """Show the form that accepts the window that is looked at, and the windows that were accepted."""
    windows = gateway().accepted_windows(drift.use_case)
    in_force = [one for one in windows if one.withdrawn_at is None]
    drifted = any(feature.verdict == "drifted" for feature in drift.features)
    if not drifted and not windows:
        return
    counted = f" ({len(in_force)} accepted)" if in_force else ""
    with st.expander(f"This is normal{counted}", icon=":material/verified:"):
        key = admin_key_field(TO_DO)
        if drifted:
            _show_form(drift, key)
        for window in windows:
            _show_window(window, key)
    done = st.session_state.pop(f"accepted-{drift.use_case}", None)
    if done:
        st.success(done, icon=":material/check_circle:")


def _show_form(drift: DriftAnswer, key: str) -> None:
    door = "" if drift.source is None else f" that came by {SOURCES.get(drift.source, drift.source)}"
    st.markdown(
        f"Accept the {drift.rows:,} rows{escape_markdown(door)} from {_when(drift.since)} to {_when(drift.until)} as normal: "
        "rows like these, or between these and training, are no drift from then on."
    )
    reason = st.text_input(
        "Why it is normal", max_chars=500, key=f"accept-reason-{drift.use_case}",
        help="For those who come after: what changed, and why that is as it should be.",
    )  # fmt: skip
    ready = bool(key and reason.strip())
    if st.button("Accept as normal", type="primary", icon=":material/check:", disabled=not ready):
        _act(
            drift.use_case,
            lambda: gateway().accept_window(drift, reason.strip(), key),
            lambda window: f"**Window {window.id} is normal from now on.**",
        )
    if not ready:
        st.caption("Fill in the key and the reason first.")


def _show_window(window: AcceptedWindowAnswer, key: str) -> None:
    words = (
        f"**Window {window.id}**, {_when(window.since)} to {_when(window.until)}, {window.rows:,} rows of version "
        f"{window.model_version}: {escape_markdown(window.reason)} *Accepted by {escape_markdown(window.accepted_by)}, "
        f"{_when(window.accepted_at)}.*"
    )
    if window.withdrawn_at is not None:
        who = escape_markdown(window.withdrawn_by or "")
        st.markdown(f"{words} *Withdrawn by {who}, {_when(window.withdrawn_at)}.*")
        return
    st.markdown(words)
    if st.button(f"Withdraw window {window.id}", icon=":material/undo:", disabled=not key):
        _act(
            window.use_case,
            lambda: gateway().withdraw_window(window.id, key),
            lambda _: f"**Window {window.id} counts no more.**",
        )


def _act(
    use_case: str, change: Callable[[], AcceptedWindowAnswer], said: Callable[[AcceptedWindowAnswer], str]
) -> None:
    try:
        window = change()
    except GatewayError as error:
        show_refusal(error, TO_DO, "Deciding what is normal")
        return
    st.session_state[f"accepted-{use_case}"] = said(window)
    st.rerun()


def _when(time: datetime) -> str:
    return f"{local_time(time):%Y-%m-%d %H:%M}"
