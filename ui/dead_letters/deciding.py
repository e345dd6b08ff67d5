"""Deciding about dead letters: who does, and why, is asked each time, and kept."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.gateway.answers import DeadLetter, DeadLetterContent
from ui.gateway.problems import GatewayError
from ui.parts.clock import format_time
from ui.parts.errors import show_error
from ui.parts.fields import person_and_reason
from ui.parts.texts import escape_markdown, format_count
from ui.shared import gateway

_SAID = "letters-said"
VERSION = "letters-version"
"""Raised with each decision, so that a new table has no ticks: the old rows hold other letters then."""


def decided(said: str) -> None:
    """Show the letters anew, with what was just done."""
    st.session_state[_SAID] = said
    st.session_state[VERSION] = st.session_state.get(VERSION, 0) + 1
    st.rerun()


def show_decided() -> None:
    """Show what was just done about letters."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(said, icon=":material/check_circle:")


def show_discard(letters: Sequence[DeadLetter]) -> None:
    """Show the form by which letters are discarded."""
    with st.expander(f"Discard {format_count(len(letters), 'letter')}", icon=":material/delete:"):
        st.markdown(
            "Nobody is reminded of them any more. Their rows stay dead-lettered in the ledger, and are never predicted."
        )
        given = person_and_reason(
            "discard", f"Discard {format_count(len(letters), 'letter')} for good", icon=":material/delete:"
        )
        if given is None:
            return
        person, reason = given
        try:
            done = gateway().discard_letters([one.letter_id for one in letters], person=person, reason=reason)
        except GatewayError as error:
            show_error(error, "Discarding")
            return
        for skipped in done.skipped:
            st.warning(escape_markdown(skipped.message), icon=":material/warning:")
        if done.discarded:
            decided(f"**{format_count(len(done.discarded), 'letter')} discarded.**")


def show_decisions(letter: DeadLetterContent) -> None:
    """Show who decided what about a letter, and why."""
    for one in letter.decisions or ():
        rows = f" with {format_count(one.rows, 'repaired row')}" if one.rows else ""
        what = f"sent it on{rows}" if one.decision == "repaired" else "discarded it"
        st.markdown(
            f":material/person: **{escape_markdown(one.person)}** {what}, {format_time(one.decided_at)}: "
            f"{escape_markdown(one.reason)}"
        )
