"""One correction for all refused rows that need it: a value is replaced in every one, not only in those on screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from ui.gateway.answers import BatchAnswer, CorrectionAnswer, QuarantinedRow, UseCaseAnswer
from ui.gateway.problems import GatewayError, NotOfferedError
from ui.gateway.questions import Correction
from ui.parts.errors import show_error
from ui.parts.fields import listed_values
from ui.parts.links import link_to
from ui.parts.tables import small_table
from ui.parts.texts import column_title, format_count, rule_title, titled
from ui.shared import gateway

MOST_STEPS = 1_000
"""Answers that are gone through: five million rows."""


MISSING, EMPTY = "missing", "(empty)"
"""The rule that a row breaks in which a value is missing, and what is offered to be replaced there."""


def show_correction(use_case: UseCaseAnswer, batch: BatchAnswer, rows: Sequence[QuarantinedRow]) -> None:
    """Show the form that replaces a value in all rows that were refused for it.

    Parameters
    ----------
    use_case, batch
        What the rows are of.
    rows
        Rows on screen, whose values are offered; all that match are corrected.
    """
    found = Counter(
        (reason.column, reason.value)
        for row in rows
        for reason in row.reasons
        if reason.column is not None and (reason.value is not None or reason.rule == MISSING)
    )
    if not found:
        return
    with st.expander("Correct one value in all rows", icon=":material/find_replace:"):
        st.markdown(
            "The value is replaced in **every** refused row of this file that has it, not only in those on screen. Rows that "
            "are valid then are sent again."
        )
        offered = [pair for pair, _ in found.most_common()]
        column, value = st.selectbox(
            "Value at fault",
            offered,
            format_func=lambda pair: f"{column_title(use_case, pair[0])}: {EMPTY if pair[1] is None else pair[1]}",
            key=f"correct-value-{batch.batch_id}",
            help="Values of the rows on screen, the most frequent first.",
        )
        replacement = _replacement(use_case, str(column), f"correct-by-{batch.batch_id}-{column}")
        everywhere = st.checkbox("Also in all other files and messages", key=f"correct-everywhere-{batch.batch_id}")
        wanted = Correction(
            use_case=use_case.name,
            column=str(column),
            value=value,
            replacement=replacement,
            batch_id=None if everywhere else batch.batch_id,
        )
        buttons = st.container(horizontal=True)
        looked = buttons.button("See what it does", icon=":material/search:", disabled=not replacement)
        sent = buttons.button(
            "Correct all and send", type="primary", icon=":material/find_replace:", disabled=not replacement
        )
        if looked or sent:
            _correct(use_case, wanted, dry_run=not sent)


def _replacement(use_case: UseCaseAnswer, column: str, key: str) -> str:
    """Ask what takes the place of a value: one of a list where there is one; empty until somebody says."""
    feature = next((feature for feature in use_case.features if feature.name == column), None)
    values = [] if feature is None else listed_values(feature)
    if values:
        return st.selectbox("Replace it by", values, None, key=key, placeholder="choose one") or ""
    return st.text_input("Replace it by", key=key, help="As a file would write it.").strip()


def _correct(use_case: UseCaseAnswer, wanted: Correction, *, dry_run: bool) -> None:
    """Correct page after page until there is none, and keep what became of the rows."""
    steps: list[CorrectionAnswer] = []
    cursor, problem = None, None
    place = st.empty()
    try:
        while not steps or (cursor is not None and len(steps) < MOST_STEPS):
            steps.append(gateway().correct_rows(wanted, dry_run=dry_run, cursor=cursor))
            cursor = steps[-1].next_cursor
            if cursor is not None:
                place.caption(f"{sum(step.matched for step in steps):,} rows so far")
    except NotOfferedError:
        st.info("**This gateway does not correct all rows at once yet.** Repair them in the table below.")
        return
    except GatewayError as error:
        problem = error
    place.empty()
    if problem is not None:
        show_error(problem, "Correcting the rows")
    if steps and dry_run:
        _show(use_case, steps, dry_run=True)
    elif steps:
        st.session_state["corrected"] = steps
        if problem is None:
            st.rerun()


def show_corrected(use_case: UseCaseAnswer) -> None:
    """Show what became of the rows of the correction that was just made."""
    steps: list[CorrectionAnswer] | None = st.session_state.pop("corrected", None)
    if steps is not None:
        _show(use_case, steps, dry_run=False)


def _show(use_case: UseCaseAnswer, steps: Sequence[CorrectionAnswer], *, dry_run: bool) -> None:
    matched, good = sum(step.matched for step in steps), sum(step.corrected for step in steps)
    if dry_run:
        st.info(
            f"**{format_count(matched, 'row')} {'has' if matched == 1 else 'have'} this value**; {good:,} would be valid and sent.",
            icon=":material/search:",
        )
    elif good:
        st.success(f"**{format_count(good, 'row')} corrected and sent again.**", icon=":material/check_circle:")
        for step in steps[-1:]:
            if step.batch_id is not None:
                link_to("predict", "See what became of them", icon=":material/bolt:", batch=str(step.batch_id))
    else:
        st.warning("**No row is valid with this correction; none was sent.**", icon=":material/rule:")
    still: Counter[tuple[str, str, str]] = Counter()
    for step in steps:
        for one in step.still_wrong:
            message = titled(use_case, one.column, one.message)
            still[column_title(use_case, one.column), rule_title(one.rule), message] += one.rows
    if still:
        st.markdown(f"{matched - good:,} stay as they were, for they break something else as well:")
        rows = [
            {"Column": column, "Rule": rule, "Rows": count, "Such as": message}
            for (column, rule, message), count in still.most_common(10)
        ]
        small_table(pd.DataFrame(rows), "What is still wrong after the correction")
