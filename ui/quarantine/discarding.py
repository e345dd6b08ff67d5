"""Discarding refused rows that nobody will repair: who does and why is asked, then whether it is meant, and all of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import streamlit as st

from ui.gateway.answers import BatchAnswer, QualitySummary, QuarantinedRow
from ui.gateway.problems import GatewayError, NotOfferedError
from ui.parts.clock import format_time
from ui.parts.errors import show_error
from ui.parts.fields import person_and_reason
from ui.parts.texts import escape_markdown, format_count
from ui.quarantine.correction import MOST_STEPS
from ui.shared import gateway

_ASKED, _DONE = "discard-asked", "discard-done"
"""Where the session keeps what is asked once more before it is done, and what was done just now."""

MOST_NUMBERS = 20
"""Numbers of rows that fit a line."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """Rows that somebody wants to discard; all of the file that wait where no numbers are given."""

    batch_id: UUID
    numbers: tuple[int, ...] | None
    words: str
    person: str
    reason: str


def rows_waiting(batch: BatchAnswer, counts: QualitySummary | None) -> int | None:
    """Count the kept rows of a file about which nobody has decided; None where the gateway does not tell."""
    for one in () if counts is None else counts.by_batch:
        if one.batch_id == batch.batch_id:
            return one.quarantined - (one.not_kept or 0) - one.replayed - (one.discarded or 0)
    return None


def show_discard(batch: BatchAnswer, counts: QualitySummary | None, ticked: Sequence[int]) -> None:
    """Show the form by which rows of a file are discarded: those that are ticked, or all that wait."""
    with st.expander("Discard rows that nobody will repair", icon=":material/delete:"):
        st.markdown(
            "Such as a line of sums. Nobody is reminded of them any more: they stay refused, as they came, and are never predicted."
        )
        waiting = rows_waiting(batch, counts)
        words = {
            "ticked": f"{format_count(len(ticked), 'ticked row')}",
            "all": "all rows that wait" if waiting is None else f"all {format_count(waiting, 'row')} that wait",
        }
        which = st.radio(
            "Which rows",
            list(words),
            0 if ticked else 1,
            format_func=lambda name: f"{words[name][0].upper()}{words[name][1:]}",
            key=f"discard-which-{batch.batch_id}-{bool(ticked)}",
            help="Rows are ticked in the table above; those that wait may be more than it shows.",
        )
        given = person_and_reason(f"discard-{batch.batch_id}", f"Discard {words[which]}", icon=":material/delete:")
        if given is not None and which == "ticked" and not ticked:
            st.warning("Tick rows in the table above first.", icon=":material/edit:")
        elif given is not None:
            numbers = tuple(ticked) if which == "ticked" else None
            st.session_state[_ASKED] = _Wish(batch.batch_id, numbers, words[which], *given)
    wish: _Wish | None = st.session_state.get(_ASKED)
    if wish is not None and wish.batch_id == batch.batch_id:
        _ask_again(batch, wish)


def _ask_again(batch: BatchAnswer, wish: _Wish) -> None:
    """Ask whether it is meant; it cannot be undone."""
    st.warning(
        f"**Discard {wish.words} of {escape_markdown(batch.name)} for good?** They cannot be repaired any more.",
        icon=":material/delete:",
    )
    buttons = st.container(horizontal=True)
    is_meant = buttons.button(f"Yes, discard {wish.words}", type="primary", icon=":material/delete:")
    if buttons.button("No, keep them", icon=":material/undo:"):
        del st.session_state[_ASKED]
        st.rerun()
    if is_meant:
        del st.session_state[_ASKED]
        _discard(batch, wish)


def _discard(batch: BatchAnswer, wish: _Wish) -> None:
    """Discard page after page until there is none, and keep how many there were."""
    steps, cursor, problem = 0, None, None
    done: list[int] = []
    skipped: list[str] = []
    place = st.empty()
    try:
        while not steps or (cursor is not None and steps < MOST_STEPS):
            step = gateway().discard_rows(batch, wish.numbers, person=wish.person, reason=wish.reason, cursor=cursor)
            steps, cursor = steps + 1, step.next_cursor
            done.append(step.discarded)
            skipped += [one.message for one in step.skipped]
            if cursor is not None:
                place.caption(f"{sum(done):,} rows so far")
    except NotOfferedError:
        st.info("**This gateway does not discard rows yet.**", icon=":material/hourglass_empty:")
        return
    except GatewayError as error:
        problem = error
    place.empty()
    if problem is not None:
        show_error(problem, "Discarding the rows")
    if done:
        st.session_state[_DONE] = (batch.batch_id, sum(done), skipped)
        if problem is None:
            st.rerun()


def show_discarded_now(batch: BatchAnswer) -> None:
    """Show how many rows of a file were just discarded."""
    batch_id, done, skipped = st.session_state.get(_DONE, (None, 0, ()))
    if batch_id != batch.batch_id:
        return
    del st.session_state[_DONE]
    st.success(f"**{format_count(done, 'row')} discarded.**", icon=":material/check_circle:")
    for message in skipped[:MOST_NUMBERS]:
        st.warning(escape_markdown(message), icon=":material/warning:")


def show_discarded(rows: Sequence[QuarantinedRow], where: str) -> None:
    """Show which rows were discarded, by whom, when and why."""
    if not rows:
        return
    with st.expander(f"{format_count(len(rows), 'row')}{where} discarded"):
        together: dict[tuple[object, ...], list[QuarantinedRow]] = {}
        for row in rows:
            together.setdefault((row.discarded_at, row.discarded_by, row.discarded_reason), []).append(row)
        for same in together.values():
            first = same[0]
            at = format_time(first.discarded_at) if first.discarded_at else "at an unknown time"
            st.markdown(
                f":material/person: **{escape_markdown(first.discarded_by or '')}** discarded "
                f"{'row' if len(same) == 1 else 'rows'} {row_numbers(same)}, {at}: "
                f"{escape_markdown(first.discarded_reason or '')}"
            )


def row_numbers(rows: Sequence[QuarantinedRow]) -> str:
    """Name rows by their numbers, as many as fit a line."""
    numbers = ", ".join(str(row.row_number) for row in rows[:MOST_NUMBERS])
    return f"{numbers}, ..." if len(rows) > MOST_NUMBERS else numbers
