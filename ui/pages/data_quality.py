"""Data quality: what came in, what was refused and why, and the repair of refused rows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui.answers import Batch, UseCase
from ui.later_answers import Quality
from ui.pages.repair import show_repair
from ui.parts import charts
from ui.parts.errors import friendly
from ui.parts.period import Period, choose_period
from ui.parts.session import clock, gateway, heading
from ui.parts.words import count, moment
from ui.problems import NotOfferedError

NEWEST = 100
"""Batches looked through for refused rows; one page of the gateway."""


def show() -> None:
    """Show the page."""
    use_case = heading("Data quality", "Rows that break a rule are never predicted. Here you see why, and repair them.")
    if use_case is None:
        return
    period = choose_period("period")
    if period is None:
        return
    _show_overview(use_case, period)
    st.header("Files with refused rows", anchor=False)
    with friendly("Files"):
        batch = _choose_batch(use_case, period)
        if batch is not None:
            show_repair(use_case, batch)


def _show_overview(use_case: UseCase, period: Period) -> None:
    try:
        quality = gateway().quality(use_case.name, period.start, period.end)
    except NotOfferedError:
        st.caption("This gateway does not count refused rows over all files yet; below you find them file by file.")
        return
    share = quality.quarantined / quality.rows_in if quality.rows_in else 0.0
    figures = st.columns(4)
    figures[0].metric("Rows in", f"{quality.rows_in:,}")
    figures[1].metric("Predicted", f"{quality.predicted:,}")
    figures[2].metric(
        "Refused", f"{quality.quarantined:,}", f"{share:.2%} of all", delta_color="off", delta_arrow="off"
    )
    figures[3].metric("Repaired", f"{quality.replayed:,}", help="Refused rows that were repaired and sent again.")
    _show_rules(quality)
    if len(quality.by_time) > 1:
        charts.refused_over_time(quality.by_time)


def _show_rules(quality: Quality) -> None:
    if not quality.by_rule:
        if quality.rows_in:
            st.success("**No row was refused** in this time.", icon=":material/task_alt:")
        return
    rules = [
        {
            "Column": rule.column or "(the whole row)",
            "Rule": rule.rule,
            "Rows": rule.rows,
            "For example": rule.example or "(nothing)",
            "What is wrong": rule.message,
        }
        for rule in quality.by_rule
    ]
    st.dataframe(
        pd.DataFrame(rules),
        hide_index=True,
        width="stretch",
        alt="Broken rules by column, the most frequent first",
        column_config={
            "Rows": st.column_config.ProgressColumn(
                "Rows", format="%d", min_value=0, max_value=max(rule.rows for rule in quality.by_rule)
            )
        },
    )


def _choose_batch(use_case: UseCase, period: Period) -> Batch | None:
    newest = gateway().batches(use_case=use_case.name, limit=NEWEST)
    bad = {
        str(batch.batch_id): batch
        for batch in newest.batches
        if (batch.rows.quarantined or batch.problem) and period.holds(batch.received_at)
    }
    linked = st.query_params.get("batch", "")
    if linked and linked not in bad:
        with friendly("This file"):
            bad = {linked: gateway().batch(linked)} | bad
    if not bad:
        more = f" among the newest {NEWEST} files" if newest.next_cursor else ""
        st.success(f"**No refused rows in this time**{more}.", icon=":material/task_alt:")
        return None
    names = list(bad)
    chosen = st.selectbox(
        "File",
        names,
        names.index(linked) if linked in names else 0,
        format_func=lambda name: _described(bad[name]),
        help=f"Those with refused rows among the newest {NEWEST} files and messages.",
        key=f"bad-batch-{use_case.name}",
    )
    return bad[chosen]


def _described(batch: Batch) -> str:
    rows = f"{count(batch.rows.quarantined, 'row')} of {batch.rows.rows_in:,} refused"
    return f"{batch.name} · {rows} · {moment(batch.received_at, clock())}"
