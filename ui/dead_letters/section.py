"""Dead letters: look at them, send them again, repaired or as they were, or discard them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from ui.dead_letters.deciding import VERSION, show_decided, show_decisions, show_discard
from ui.dead_letters.repair import show_letter_repair
from ui.gateway.answers import DeadLetter, DeadLetterPage
from ui.gateway.problems import NotOfferedError
from ui.parts.clock import format_time, local_time
from ui.parts.errors import showing_errors
from ui.parts.fields import choose_one
from ui.parts.heading import cached_use_cases
from ui.parts.paging import pager
from ui.parts.tables import TICK_BY_KEYS, time_column
from ui.parts.texts import escape_markdown, format_count, format_size
from ui.shared import gateway

PAGE_LETTERS = 25
WAYS = {"open": "Need attention", "replayed": "Sent again", "discarded": "Discarded", "all": "All"}


def show_dead_letters() -> None:
    """Show messages nobody could handle, with their cause."""
    sent = st.session_state.pop("letters-sent", 0)
    if sent:
        # Not a toast: that is gone before everybody has read it, and some never see it.
        st.success(f"**{format_count(sent, 'letter')} sent again.**", icon=":material/check_circle:")
    show_decided()
    _show_holds()
    state = choose_one("Which", WAYS, "open", key="letters")
    pages = pager("letters", state)
    try:
        found = gateway().dead_letters(state=state, cursor=pages.cursor, limit=PAGE_LETTERS)
    except NotOfferedError:
        st.info(
            "**This gateway does not show dead letters yet.** On the server, `smartpredict dead-letters list` does.",
            icon=":material/hourglass_empty:",
        )
        return
    if not found.dead_letters:
        st.success("**None.** No message was given up.", icon=":material/task_alt:")
        return
    _show_table(found, state, pages.number)
    pages.buttons(found.next_cursor, format_count(len(found.dead_letters), "dead letter"))


def _show_holds() -> None:
    """Show whose messages wait for a decision, which an administrator takes on the server or over the API."""
    try:
        holds = gateway().holds()
    except NotOfferedError:
        return
    for hold in holds:
        sender = f"account {hold.account}" if hold.account else "senders who do not say who they are"
        st.warning(
            f"**{format_count(hold.left, 'refused message')} of {escape_markdown(sender)} for "
            f"{escape_markdown(hold.use_case or 'no known use case')} wait for a decision**, since "
            f"{format_time(hold.opened_at)}: {escape_markdown(hold.cause)}. Mend the cause; then an administrator "
            f"lets them go on, on the server: `smartpredict holds release {hold.number}`, or `discard`.",
            icon=":material/front_hand:",
        )


def _show_table(found: DeadLetterPage, state: str, page: int) -> None:
    version = st.session_state.setdefault(VERSION, 0)
    titles = {summary.name: summary.title for summary in cached_use_cases()}
    chosen = st.dataframe(
        pd.DataFrame([_entry(letter, titles) for letter in found.dead_letters]),
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="multi-row",
        key=f"letters-{state}-{page}-{version}",
        alt="Dead letters with their cause",
        column_config={
            "Died": time_column("Died"),
            "Cause": st.column_config.TextColumn("Cause", width="large"),
        },
    )
    letters = [found.dead_letters[row] for row in ticked(chosen) if row < len(found.dead_letters)]
    if not letters:
        st.caption(
            "Tick letters to look at them, to repair or discard them, or to send them again, once their cause is repaired. "
            f"{TICK_BY_KEYS}"
        )
        return
    waiting = [letter for letter in letters if letter.replayed_at is None and letter.discarded_at is None]
    if waiting and st.button(
        f"Send {format_count(len(waiting), 'letter')} again", type="primary", icon=":material/replay:"
    ):
        _replay([letter.letter_id for letter in waiting])
    if waiting:
        show_discard(waiting)
    for letter in letters[:3]:
        with showing_errors("Letter"):
            _show_content(letter)


def ticked(table: Any) -> list[int]:
    """Return the positions of the rows that are ticked in a table."""
    rows: list[int] = table["selection"]["rows"]
    return rows


def _replay(letter_ids: list[UUID]) -> None:
    with showing_errors("Sending again"):
        done = gateway().replay_letters(letter_ids)
        for skipped in done.skipped:
            st.warning(escape_markdown(skipped.message), icon=":material/warning:")
        st.session_state["letters-sent"] = len(done.replayed)
        if not done.skipped:
            # A new table without ticks: the old rows now hold other letters.
            st.session_state[VERSION] += 1
            st.rerun()


def _show_content(letter: DeadLetter) -> None:
    content = gateway().dead_letter(letter.letter_id)
    with st.expander(f"{letter.queue} · {escape_markdown(letter.cause[:120])}", expanded=True):
        st.markdown(f"**Cause**: {escape_markdown(letter.cause)}")
        if content.headers:
            st.json(content.headers, expanded=False)
        st.code(content.body or "(empty)", language=None, wrap_lines=True)
        if content.body_truncated:
            st.caption(f"The beginning of {format_size(content.size)}.")
        show_decisions(content)
        if letter.replayed_at is None and letter.discarded_at is None:
            show_letter_repair(content)


def _entry(letter: DeadLetter, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Died": local_time(letter.died_at),
        "Queue": letter.queue,
        "Use case": titles.get(letter.use_case or "", letter.use_case) or "(unknown)",
        "Rows": letter.rows,
        "Cause": letter.cause,
        "Size": format_size(letter.size),
    }
