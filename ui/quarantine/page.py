"""Data quality: what came in, what was refused and why, and the repair of refused rows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.gateway.answers import BadBatchAnswer, BatchAnswer, QualitySummary, UseCaseAnswer
from ui.gateway.problems import NotOfferedError
from ui.parts.batch import find_batch
from ui.parts.broken_rules import rules_table
from ui.parts.clock import format_time
from ui.parts.errors import showing_errors
from ui.parts.heading import heading
from ui.parts.period import Period, choose_period
from ui.parts.refused import (
    REFUSED,
    RefusedFile,
    decided_since,
    refused_files,
    rows_refused,
    went_on,
    what_was_refused,
)
from ui.parts.tables import as_arriving
from ui.parts.texts import escape_markdown, format_count
from ui.quarantine import charts
from ui.quarantine.repair import show_repair
from ui.quarantine.report import show_day_report
from ui.shared import gateway

MOST_NAMED = 3
"""Files that are named where some were refused as a whole."""

NEWEST = 100
"""Batches looked through for refused rows; one page of the gateway."""


def show() -> None:
    """Show the page."""
    use_case = heading("Data quality", "Rows that break a rule are never predicted. Here you see why, and repair them.")
    if use_case is None:
        return
    period = choose_period("period", "Data quality")
    if period is None:
        return
    quality = _quality(use_case, period)
    if quality is not None:
        _show_overview(use_case, quality, period)
    show_day_report(use_case)
    st.header("Files with refused rows", anchor=False)
    with showing_errors("Files"):
        newest = _newest(use_case, period, quality)
        counted = () if quality is None else quality.by_batch
        if quality is not None and quality.refused_batches:
            _show_refused(quality.refused_batches, refused_files(newest, counted))
        bad = _bad_files(newest, counted)
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


def _show_overview(use_case: UseCaseAnswer, quality: QualitySummary, period: Period) -> None:
    share = quality.quarantined / quality.rows_in if quality.rows_in else 0.0
    figures = st.columns(5)
    # Rows that were sent again arrived once more: counted with the others, as a batch of their own. A time that is over may lie
    # before that; and those that were refused before it, and sent again since, nobody counts.
    least = "" if period.start is None else "at least "
    again = f"of these {least}{quality.replayed:,} sent again" if quality.replayed and period.end is None else None
    figures[0].metric(
        "Rows in", f"{quality.rows_in:,}", again, delta_color="off", delta_arrow="off",
        help="Of files and messages that arrived in this time; a refused row that was sent again counts twice, as it came and repaired.",
    )  # fmt: skip
    figures[1].metric(
        "Predicted",
        f"{quality.predicted:,}",
        help="Of these; rows of the form and of requests are under Past predictions.",
    )
    figures[2].metric(
        "Refused", f"{quality.quarantined:,}", f"{share:.2%} of all", delta_color="off", delta_arrow="off"
    )
    discarded = quality.discarded or 0
    still = quality.quarantined - quality.replayed - discarded
    left = f"{still:,} still refused{f', {discarded:,} discarded' if discarded else ''}"
    figures[3].metric(
        "Repaired", f"{quality.replayed:,}", left if quality.replayed or discarded else None,
        delta_color="off", delta_arrow="off",
        help="Refused rows that were repaired and sent again; those that somebody discarded are not refused still.",
    )  # fmt: skip
    figures[4].metric(
        "Files refused",
        f"{quality.refused_batches:,}",
        help="As they came: what is wrong with them is told below. Rows that were repaired since count under Repaired.",
    )
    _show_rules(use_case, quality)
    if len(quality.by_time) > 1:
        charts.refused_over_time(quality)


def _show_refused(count: int, files: Sequence[RefusedFile]) -> None:
    """Name the files that were refused, the newest first: apart from those about which somebody has decided since."""
    settled = [one for one in files if one.is_settled]
    left = [one for one in files if not one.is_settled]
    open_count = count - len(settled)
    if open_count > 0:
        many = open_count > 1
        is_whole = not any(went_on(one.batch) for one in left)
        decided = decided_since(left)
        where = f"of {'them' if many else 'it'}" if is_whole else "that came after"
        other = "other " if any(one.repaired for one in left) else ""
        became = f"{f'{decided}, ' if decided else ''}no {other}row {where} was predicted"
        st.error(
            f"{_were_refused(open_count, left, ' as a whole' if is_whole else '')}. Why is told where "
            f"{'one' if many else 'it'} is chosen below; {became}.",
            icon=":material/block:",
        )
    if settled:
        became = "discarded or repaired" if any(one.discarded for one in settled) else "repaired and sent again"
        is_whole = not any(went_on(one.batch) for one in settled)
        st.info(
            f"{_were_refused(len(settled), settled, ' as a whole' if is_whole else '')}. All rows of "
            f"{'them' if len(settled) > 1 else 'it'} {'' if is_whole else 'that were refused '}were {became} since.",
            icon=":material/task_alt:",
        )


def _were_refused(count: int, files: Sequence[RefusedFile], whole: str) -> str:
    named = ", ".join(escape_markdown(one.batch.name) for one in files[:MOST_NAMED])
    more = ", and others" if count > MOST_NAMED else ""
    what = f"**{format_count(count, 'file')} {'were' if count > 1 else 'was'} refused{whole}**"
    return f"{what}{f': {named}{more}' if named else ''}"


def _show_rules(use_case: UseCaseAnswer, quality: QualitySummary) -> None:
    if not quality.by_rule:
        if quality.rows_in and not quality.refused_batches:
            st.success("**No row was refused** in this time.", icon=":material/task_alt:")
        return
    rules_table(use_case, quality.by_rule, "Broken rules by column, the most frequent first")


def _newest(use_case: UseCaseAnswer, period: Period, quality: QualitySummary | None) -> list[BatchAnswer]:
    """Return the files of a time that were refused, of a gateway that does not count all with refused rows; the newest first."""
    newest = gateway().batches(use_case=use_case.name, state=None if quality is None else "refused", limit=NEWEST)
    return [
        batch
        for batch in newest.batches
        if (batch.rows.quarantined or batch.state == REFUSED) and period.contains(batch.received_at)
    ]


def _bad_files(newest: Sequence[BatchAnswer], counted: Sequence[BadBatchAnswer]) -> dict[str, str]:
    """Describe the files with refused rows, and those refused as a whole, the newest first."""
    decided = {one.batch_id: (one.replayed, one.discarded or 0) for one in counted}
    words = {one.batch_id: rows_refused(one.quarantined, one.rows_in, *decided[one.batch_id]) for one in counted}
    words |= {one.batch_id: what_was_refused(one, *decided.get(one.batch_id, (0, 0))) for one in newest}
    files: list[BatchAnswer | BadBatchAnswer] = [*counted, *newest]
    return {str(one.batch_id): _described(one, words[one.batch_id]) for one in files}


def _choose_file(use_case: UseCaseAnswer, bad: dict[str, str]) -> BatchAnswer | None:
    linked = st.query_params.get("batch", "")
    if linked and linked not in bad:
        with showing_errors("This file"):
            batch = find_batch(linked)
            bad = {str(batch.batch_id): _described(batch, what_was_refused(batch))} | bad
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


def _described(file: BatchAnswer | BadBatchAnswer, refused: str) -> str:
    return f"{file.name} · {refused} · {format_time(file.received_at)}"
