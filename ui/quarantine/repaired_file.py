"""Refused rows repaired in Excel: downloaded, corrected there, handed in again, and sent under their own numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui.gateway.answers import BatchAnswer, RepairedFileAnswer, UseCaseAnswer
from ui.gateway.problems import GatewayError, NotOfferedError
from ui.parts.chosen_file import ChosenFile, chosen_file, looked_at
from ui.parts.download import download_link
from ui.parts.errors import show_error
from ui.parts.links import link_to
from ui.parts.texts import column_title, escape_markdown, format_count, titled
from ui.shared import gateway, shared

_NUMBER, _LOOKED_AT, _SENT = "repaired-number", "repaired-file", "repaired-sent"
"""Where the session keeps the number of the widget, the file that was looked at, and what became of the last one."""


def show_repaired_file(use_case: UseCaseAnswer, batch: BatchAnswer) -> None:
    """Show the download for Excel, and the place where the repaired file is handed in."""
    number = st.session_state.setdefault(_NUMBER, 0)
    chosen = f"repaired-{batch.batch_id}-{number}"
    # Open once there is a file: what changes above it would close it over the answer.
    with st.expander("Repair them in Excel", bool(st.session_state.get(chosen)), icon=":material/table_view:"):
        st.markdown(
            "Download the rows, correct the red cells, save, and hand the file in here. Leave `row_number` and `batch_id` as "
            "they are: they say which row is meant. Rows may be left out, and files of other programs do as well."
        )
        download_link(
            "Download for Excel",
            f"/batches/{batch.batch_id}/quarantine",
            {"format": "xlsx"},
            hint="The refused rows of this file that wait, the first 5,000, as a workbook.",
        )
        uploaded = st.file_uploader(
            "Repaired file",
            key=chosen,
            max_upload_size=shared().settings.max_infer_megabytes,
            help="Up to 5,000 rows; decimal commas and dates like 31.12.2026 are read.",
        )
        file = None if uploaded is None else chosen_file(uploaded)
        if file is not None:
            _show_file(use_case, batch, file)


def _show_file(use_case: UseCaseAnswer, batch: BatchAnswer, file: ChosenFile) -> None:
    try:
        found = looked_at(
            _LOOKED_AT,
            (batch.batch_id, file.id),
            lambda: gateway().replay_file(batch, file.name, file.open(), dry_run=True),
        )
        _show_found(use_case, found, file.name)
        if found.valid and st.button(
            f"Send {format_count(found.valid, 'row')} of the file again", type="primary", icon=":material/replay:"
        ):
            with st.spinner("Sending"):
                sent = gateway().replay_file(batch, file.name, file.open(), dry_run=False)
            shared().large_uploads.drop(file.id)
            st.session_state[_SENT] = (batch.batch_id, sent)
            st.session_state[_NUMBER] += 1
            st.rerun()
    except NotOfferedError:
        st.info(
            "**This gateway does not take repaired files yet.** Repair the rows in the table above instead.",
            icon=":material/hourglass_empty:",
        )
    except GatewayError as error:
        show_error(error, "The repaired file")


def _show_found(use_case: UseCaseAnswer, found: RepairedFileAnswer, name: str) -> None:
    good = f"**{escape_markdown(name)}**: {found.valid:,} of {format_count(found.rows_in, 'row')} can be sent again."
    if found.still_wrong:
        st.warning(f"{good} What is wrong with the others stands below.", icon=":material/rule:")
    elif found.valid:
        st.success(good, icon=":material/task_alt:")
    else:
        st.info(good, icon=":material/info:")
    _show_others(use_case, found)


def show_sent_file(use_case: UseCaseAnswer, batch: BatchAnswer) -> None:
    """Show what became of the rows of the file that was just handed in."""
    batch_id, sent = st.session_state.get(_SENT, (None, None))
    if batch_id != batch.batch_id:
        return
    del st.session_state[_SENT]
    st.success(f"**{format_count(sent.valid, 'repaired row')} sent again.**", icon=":material/check_circle:")
    if sent.batch_id is not None:
        link_to("predict", "See what became of them", icon=":material/bolt:", batch=str(sent.batch_id))
    _show_others(use_case, sent)


def _show_others(use_case: UseCaseAnswer, found: RepairedFileAnswer) -> None:
    """Show the rows that are not sent: those that were before, and what is wrong with the rest."""
    if found.sent_before:
        verb = "was" if found.sent_before == 1 else "were"
        st.caption(f"{format_count(found.sent_before, 'row')} {verb} sent again before, and not twice.")
    if not found.errors:
        return
    stay = "stays refused as it is" if found.still_wrong == 1 else "stay refused as they are"
    st.markdown(f"{format_count(found.still_wrong, 'row')} of the file {stay}:")
    rows = [
        {
            "Row": error.row_number,
            "Column": column_title(use_case, error.column),
            "Value": error.value if error.value is not None else "(nothing)",
            "What is wrong": titled(use_case, error.column, error.message),
            "Place in this file": error.row,
        }
        for error in found.errors
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, width="stretch", alt="What is still wrong with rows of the repaired file"
    )
    if found.errors_total > len(found.errors):
        st.caption(f"The first {len(found.errors):,} of {found.errors_total:,} faults are listed.")
