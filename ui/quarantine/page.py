"""Data quality: what came in, what was refused and why, and the repair of refused rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from ui.gateway.answers import BatchAnswer, QualitySummary, UseCaseAnswer
from ui.gateway.problems import NotOfferedError
from ui.parts.batch import find_batch
from ui.parts.broken_rules import rules_table
from ui.parts.clock import format_time
from ui.parts.errors import showing_errors
from ui.parts.heading import heading
from ui.parts.period import Period, choose_period
from ui.parts.tables import as_arriving
from ui.parts.texts import escape_markdown, format_count
from ui.quarantine import charts
from ui.quarantine.repair import show_repair
from ui.quarantine.report import show_day_report
from ui.shared import gateway

MOST_NAMED = 3
"""Files that are named where some were refused as a whole."""

_AS_A_WHOLE = "refused as a whole"

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
    quality = _quality(use_case, period)
    if quality is not None:
        _show_overview(use_case, quality)
    show_day_report(use_case)
    st.header("Files with refused rows", anchor=False)
    with showing_errors("Files"):
        bad = _bad_files(use_case, period, quality)
        if quality is not None and quality.refused_batches:
            _show_refused(quality.refused_batches, [text for text in bad.values() if _AS_A_WHOLE in text])
        batch = _choose_file(use_case, bad)
        if batch is not None:
            show_repair(as_arriving(use_case), batch)


def _quality(use_case: UseCaseAnswer, period: Period) -> QualitySummary | None:
    """Count what was refused; none where the gateway cannot."""
    try:
        return gateway().quality(use_case.name, period.start, period.end)
    except NotOfferedError:
        st.caption("This gateway does not count refused rows over all files yet; below you find them file by file.")
        return None


def _show_overview(use_case: UseCaseAnswer, quality: QualitySummary) -> None:
    share = quality.quarantined / quality.rows_in if quality.rows_in else 0.0
    figures = st.columns(5)
    figures[0].metric("Rows in", f"{quality.rows_in:,}", help="Of files and messages that arrived in this time.")
    figures[1].metric(
        "Predicted",
        f"{quality.predicted:,}",
        help="Of these; rows of the form and of requests are under Past predictions.",
    )
    figures[2].metric(
        "Refused", f"{quality.quarantined:,}", f"{share:.2%} of all", delta_color="off", delta_arrow="off"
    )
    left = f"{quality.quarantined - quality.replayed:,} still refused" if quality.replayed else None
    figures[3].metric(
        "Repaired", f"{quality.replayed:,}", left, delta_color="off", delta_arrow="off",
        help="Refused rows that were repaired and sent again.",
    )  # fmt: skip
    figures[4].metric("Files refused", f"{quality.refused_batches:,}", help="As a whole: no row of them was predicted.")
    _show_rules(use_case, quality)
    if len(quality.by_time) > 1:
        charts.refused_over_time(quality)


def _show_refused(count: int, files: Sequence[str]) -> None:
    """Name the files that were refused as a whole, the newest first."""
    many = count > 1
    named = ", ".join(escape_markdown(text.partition(_AS_A_WHOLE)[0].rstrip(" ·")) for text in files[:MOST_NAMED])
    more = ", and others" if count > MOST_NAMED else ""
    st.error(
        f"**{format_count(count, 'file')} {'were' if many else 'was'} refused as a whole**"
        f"{f': {named}{more}' if named else ''}. Why is told where {'one' if many else 'it'} is chosen below; no row of "
        f"{'them' if many else 'it'} was predicted.",
        icon=":material/block:",
    )


def _show_rules(use_case: UseCaseAnswer, quality: QualitySummary) -> None:
    if not quality.by_rule:
        if quality.rows_in and not quality.refused_batches:
            st.success("**No row was refused** in this time.", icon=":material/task_alt:")
        return
    rules_table(use_case, quality.by_rule, "Broken rules by column, the most frequent first")


def _bad_files(use_case: UseCaseAnswer, period: Period, quality: QualitySummary | None) -> dict[str, str]:
    """Describe the files with refused rows, and those refused as a whole, the newest first."""
    newest = gateway().batches(use_case=use_case.name, state=None if quality is None else "refused", limit=NEWEST)
    bad = {
        str(batch.batch_id): _of_batch(batch)
        for batch in newest.batches
        if (batch.rows.quarantined or batch.problem) and period.contains(batch.received_at)
    }
    found = () if quality is None else quality.by_batch
    counted = {
        str(batch.batch_id): _described(batch.name, batch.quarantined, batch.rows_in, batch.received_at)
        for batch in found
    }
    return counted | bad


def _choose_file(use_case: UseCaseAnswer, bad: dict[str, str]) -> BatchAnswer | None:
    linked = st.query_params.get("batch", "")
    if linked and linked not in bad:
        with showing_errors("This file"):
            batch = find_batch(linked)
            bad = {str(batch.batch_id): _of_batch(batch)} | bad
    if not bad:
        st.success("**No file with refused rows** in this time.", icon=":material/task_alt:")
        return None
    names = list(bad)
    chosen = st.selectbox(
        "File",
        names,
        names.index(linked) if linked in names else 0,
        format_func=bad.__getitem__,
        help="Files and messages with refused rows that arrived in the chosen time, at most 50.",
        key=f"bad-file-{use_case.name}-{linked}",
    )
    return find_batch(chosen)


def _of_batch(batch: BatchAnswer) -> str:
    return _described(batch.name, 0 if batch.problem else batch.rows.quarantined, batch.rows.rows_in, batch.received_at)


def _described(name: str, refused: int, rows_in: int, received_at: datetime) -> str:
    rows = f"{format_count(refused, 'row')} of {rows_in:,} refused" if refused else _AS_A_WHOLE
    return f"{name} · {rows} · {format_time(received_at)}"
