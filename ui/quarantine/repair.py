"""Repairing refused rows in place, and sending them again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ui.gateway.answers import BatchAnswer, QualitySummary, QuarantinedRow, RowError, UseCaseAnswer
from ui.gateway.problems import NotOfferedError, RowsRefusedError
from ui.gateway.questions import RepairedRow
from ui.parts.broken_rules import counts_of, show_broken_rules
from ui.parts.clock import format_time
from ui.parts.download import download_link
from ui.parts.links import link_to
from ui.parts.paging import pager
from ui.parts.refused import REFUSED, rows_refused, went_on
from ui.parts.tables import (
    REPAIRED,
    cell_column,
    cell_text,
    csv_of_cells,
    errors_frame,
    reasons_text,
    row_columns,
    small_table,
)
from ui.parts.texts import column_title, escape_markdown, format_count, named
from ui.quarantine.correction import show_corrected, show_correction
from ui.quarantine.discarding import row_numbers, show_discard, show_discarded, show_discarded_now
from ui.quarantine.repaired_file import show_repaired_file, show_sent_file
from ui.quarantine.report import show_file_report
from ui.shared import gateway

PAGE_ROWS = 100
SEND, NUMBER, WRONG = "(send)", "(row)", "(wrong)"
"""Columns of the editor beside those of the use case; no column name has parentheses."""


def show_repair(use_case: UseCaseAnswer, batch: BatchAnswer) -> None:
    """Show the refused rows of a file with their reasons, to be repaired and sent again."""
    if batch.problem:
        st.error(
            f"**{'The rest of the file' if went_on(batch) else 'The whole file'} was refused.** {escape_markdown(batch.problem)}",
            icon=":material/block:",
        )
    pages = pager("repair", batch.batch_id)
    found = gateway().batch_quarantine(batch.batch_id, cursor=pages.cursor, limit=PAGE_ROWS)
    open_rows = [row for row in found.rows if row.replayed_as is None and row.discarded_at is None]
    counts = counts_of(batch)
    _show_decided(batch, counts)
    show_broken_rules(batch, counts)
    show_file_report(use_case, batch)
    show_corrected(use_case)
    show_sent_file(use_case, batch)
    show_discarded_now(batch)
    on_this_page = " on this page" if pages.number > 1 or found.next_cursor is not None else ""
    _show_sent_again([row for row in found.rows if row.replayed_as is not None], on_this_page)
    discarded = [row for row in found.rows if row.discarded_at is not None]
    show_discarded(discarded, on_this_page)
    if open_rows:
        show_correction(use_case, batch, open_rows)
        ticked = _show_editor(use_case, batch, open_rows, pages.number)
        show_discard(batch, counts, ticked)
    elif found.rows:
        became = "repaired or discarded" if discarded else "repaired and sent again"
        st.success(f"All rows{on_this_page or ' shown here'} were {became}.", icon=":material/task_alt:")
    elif batch.state == REFUSED:
        what = "The rest of this file was not predicted" if went_on(batch) else "No row of this file was predicted"
        st.info(
            f"**{what}, and none is kept to be repaired here.** Correct what stands above and hand "
            "the file in again; or choose it on *Predict*, where you can say which of its columns is which.",
            icon=":material/info:",
        )
    else:
        st.info("No refused row is kept of this file.", icon=":material/info:")
    if pages.number > 1 or found.next_cursor is not None:
        pages.buttons(
            found.next_cursor, f"{format_count(len(found.rows), 'refused row')} of {batch.rows.quarantined:,}"
        )
    if open_rows or pages.number > 1 or found.next_cursor is not None:
        show_repaired_file(use_case, batch)
    if batch.rows.quarantined:
        download_link(
            "Download refused rows as CSV",
            f"/batches/{batch.batch_id}/quarantine",
            {"format": "csv"},
            hint="All refused rows of this file, as they came, with their reasons.",
        )
    _show_outcome(batch)


def _show_decided(batch: BatchAnswer, counts: QualitySummary | None) -> None:
    """Show how many rows of a file were refused, and what became of them, once somebody has decided about any."""
    for one in () if counts is None else counts.by_batch:
        if one.batch_id == batch.batch_id and (one.replayed or one.discarded):
            st.markdown(f"**{rows_refused(one.quarantined, one.rows_in, one.replayed, one.discarded or 0)}**.")


def _show_sent_again(rows: Sequence[QuarantinedRow], where: str) -> None:
    if not rows:
        return
    with st.expander(f"{format_count(len(rows), 'row')}{where} repaired and sent again"):
        by_batch: dict[str, list[QuarantinedRow]] = {}
        for row in rows:
            by_batch.setdefault(str(row.replayed_as), []).append(row)
        for batch_id, sent in by_batch.items():
            at = format_time(sent[0].replayed_at) if sent[0].replayed_at else "an unknown time"
            link_to(
                "predict",
                f"Rows {row_numbers(sent)}: sent again at {at}; see their predictions",
                icon=":material/link:",
                batch=batch_id,
            )


def _show_editor(use_case: UseCaseAnswer, batch: BatchAnswer, rows: Sequence[QuarantinedRow], page: int) -> list[int]:
    """Show the rows as a table to be repaired, and return the numbers of those that are ticked."""
    st.markdown(
        "**Repair the values in the table**: double-click a cell, or choose it and press Enter. Then send the rows again. "
        "The row as it came and its reasons stay on record."
    )
    originals = _frame(use_case, rows)
    columns = row_columns(use_case)
    edited = st.data_editor(
        originals,
        column_config=_columns(use_case, originals),
        disabled=[NUMBER, WRONG],
        # What has to be repaired first: the columns at fault come before the others.
        column_order=[SEND, NUMBER, WRONG, *sorted(columns, key=lambda name: name not in _at_fault(rows))],
        hide_index=True,
        width="stretch",
        key=f"editor-{batch.batch_id}-{page}-{len(rows)}",
        alt="Refused rows to repair",
    )
    changed = (edited[columns].fillna("") != originals[columns].fillna("")).any(axis=1)
    chosen = edited[edited[SEND] | changed]
    _show_changes(use_case, originals, edited)
    sent = st.button(
        f"Send {format_count(len(chosen), 'repaired row')} again" if len(chosen) else "Send repaired rows again",
        type="primary",
        icon=":material/replay:",
        disabled=not len(chosen),
        help="Rows that you changed or ticked. They are checked again, and predicted as a batch of their own.",
    )
    if sent:
        _send(use_case, batch, chosen)
    return [int(number) for number in edited[NUMBER][edited[SEND]]]


def _show_changes(use_case: UseCaseAnswer, originals: pd.DataFrame, edited: pd.DataFrame) -> None:
    """List the cells that were edited, with what stood there: the table itself marks none."""
    columns = row_columns(use_case)
    before, after = originals[columns].fillna(""), edited[columns].fillna("")
    cells = [
        {
            "Row": int(originals[NUMBER][place]),
            "Column": column_title(use_case, name),
            "Was": before[name][place],
            "Is now": after[name][place],
        }
        for name in columns
        for place in before.index[before[name] != after[name]]
    ]
    if cells:
        st.caption(f"{format_count(len(cells), 'cell')} edited")
        small_table(pd.DataFrame(cells).sort_values("Row"), "Cells that were edited, with what stood there")


def _frame(use_case: UseCaseAnswer, rows: Sequence[QuarantinedRow]) -> pd.DataFrame:
    entries = []
    for row in rows:
        values = _values(row.raw)
        texts = {name: cell_text(values.get(name)) for name in row_columns(use_case)}
        entries.append({SEND: False, NUMBER: row.row_number, WRONG: reasons_text(use_case, row.reasons), **texts})
    return pd.DataFrame(entries).astype(dict.fromkeys(row_columns(use_case), object))


def _at_fault(rows: Sequence[QuarantinedRow]) -> set[str | None]:
    return {reason.column for row in rows for reason in row.reasons}


def _values(raw: str) -> dict[str, Any]:
    """Read a row as it came; one that was none is filled in anew."""
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _columns(use_case: UseCaseAnswer, rows: pd.DataFrame) -> dict[str, Any]:
    columns: dict[str, Any] = {
        SEND: st.column_config.CheckboxColumn(
            "Tick", help="Ticked rows are sent again although nothing was changed, or discarded below.", pinned=True
        ),
        NUMBER: st.column_config.NumberColumn("Row", format="%d", pinned=True, help="Its place in the file."),
        WRONG: st.column_config.TextColumn("What is wrong", width="large"),
    }
    if use_case.key is not None:
        columns[use_case.key] = st.column_config.TextColumn(named(use_case.key))
    return columns | {feature.name: cell_column(feature, rows) for feature in use_case.features}


def _send(use_case: UseCaseAnswer, batch: BatchAnswer, chosen: pd.DataFrame) -> None:
    numbers = [int(number) for number in chosen[NUMBER]]
    try:
        checked = gateway().check_file(use_case.name, REPAIRED, csv_of_cells(chosen[row_columns(use_case)]))
        if checked.problem is not None or checked.errors:
            _show_refused(use_case, checked.problem, numbers, checked.errors)
            return
        repaired = [RepairedRow(batch.batch_id, numbers[row.row - 1], row.values) for row in checked.rows or []]
        replayed = gateway().replay_rows(use_case.name, repaired)
    except NotOfferedError:
        st.info(
            "**This gateway does not take repaired rows yet.** Hand them in as a file on the Predict page instead.",
            icon=":material/hourglass_empty:",
        )
    except RowsRefusedError as error:
        _show_refused(use_case, None, numbers, error.errors)
    else:
        st.session_state[f"sent-{batch.batch_id}"] = replayed
        st.rerun()


def _show_refused(
    use_case: UseCaseAnswer, problem: str | None, numbers: Sequence[int], errors: Sequence[RowError]
) -> None:
    st.error("**Some rows are still not valid; none was sent.** Change this as well:", icon=":material/rule:")
    if problem is not None:
        st.markdown(escape_markdown(problem))
    # The gateway counts the rows that were sent; people look for the numbers in their file.
    renumbered = [(numbers[entry.row - 1], entry) for entry in errors if 0 < entry.row <= len(numbers)]
    st.dataframe(errors_frame(use_case, renumbered), hide_index=True, width="stretch", alt="What is still wrong")


def _show_outcome(batch: BatchAnswer) -> None:
    replayed = st.session_state.get(f"sent-{batch.batch_id}")
    if replayed is None:
        return
    st.success(f"**{format_count(replayed.rows, 'repaired row')} sent again.**", icon=":material/check_circle:")
    link_to("predict", "See what became of them", icon=":material/bolt:", batch=str(replayed.batch_id))
