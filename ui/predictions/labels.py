"""What came true, handed in as a file: looked at first, with what is not found and why, then stored."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui.gateway.answers import LabelFileAnswer, UseCaseAnswer
from ui.gateway.problems import GatewayError, NotOfferedError
from ui.parts.chosen_file import ChosenFile, chosen_file, looked_at
from ui.parts.clock import local_time
from ui.parts.errors import show_error
from ui.parts.tables import small_table, time_column
from ui.parts.texts import escape_markdown, format_count
from ui.shared import gateway, shared
from ui.transfers.csv_files import csv_to_look_at

_NUMBER, _LOOKED_AT, _STORED = "labels-number", "labels-file", "labels-stored"
"""Where the session keeps the number of the widget, the file that was looked at, and what was stored last."""


def show_labels(use_case: UseCaseAnswer) -> None:
    """Show the place where what came true is handed in."""
    stored: LabelFileAnswer | None = st.session_state.pop(_STORED, None)
    if stored is not None:
        st.success(
            f"**{format_count(_good(stored), 'label')} stored.** {_counts(stored)}", icon=":material/check_circle:"
        )
    number = st.session_state.setdefault(_NUMBER, 0)
    chosen = f"labels-{use_case.name}-{number}"
    # Open once there is a file: what changes above it would close it over the answer.
    with st.expander("Hand in what came true", bool(st.session_state.get(chosen)), icon=":material/fact_check:"):
        by_key = f", **id** or **{escape_markdown(use_case.key)}**" if use_case.key else " or **id**"
        st.markdown(
            f"A file in any format with the column **prediction_id**{by_key}, which names the prediction, and **label** or "
            f"**{escape_markdown(use_case.target)}**, what came true. **labelled_at** says since when it is known. Other columns "
            "are left alone: a download of this page, filled in, is such a file."
        )
        uploaded = st.file_uploader(
            "File with what came true",
            key=chosen,
            max_upload_size=shared().settings.max_infer_megabytes,
        )
        file = None if uploaded is None else chosen_file(uploaded)
        if file is not None:
            _show_file(use_case, file)


def _show_file(use_case: UseCaseAnswer, file: ChosenFile) -> None:
    def look() -> LabelFileAnswer:
        with st.spinner("Looking at the file"):
            return gateway().store_label_file(use_case.name, file.name, file.open(), dry_run=True)

    try:
        found = looked_at(_LOOKED_AT, (use_case.name, file.id), look)
        _show_found(found, file.name)
        if _good(found) and st.button(
            f"Store {format_count(_good(found), 'label')}", type="primary", icon=":material/save:"
        ):
            stored = gateway().store_label_file(use_case.name, file.name, file.open(), dry_run=False)
            shared().large_uploads.drop(file.id)
            st.session_state[_STORED] = stored
            st.session_state[_NUMBER] += 1
            st.rerun()
    except NotOfferedError:
        st.info(
            "**This gateway does not take files of labels yet.** On the server, `smartpredict labels FILE` does.",
            icon=":material/hourglass_empty:",
        )
    except GatewayError as error:
        show_error(error, "The file with what came true")


def _good(found: LabelFileAnswer) -> int:
    return found.added + found.replaced


def _counts(found: LabelFileAnswer) -> str:
    """Write what became of the labels that are there."""
    alike = found.unchanged or 0
    said = [
        (found.added, "of predictions without one before"),
        (alike, "already there, and the same"),
        (found.replaced - alike, "in place of another one"),
        (found.superseded, "behind a later one, which stays"),
        (found.unknown, "without a prediction"),
        (found.refused, "not valid"),
    ]
    return f"{', '.join(f'{count:,} {what}' for count, what in said if count)}."


def _show_found(found: LabelFileAnswer, name: str) -> None:
    text = f"**{escape_markdown(name)}**: {format_count(found.received, 'label')}, {_counts(found)}"
    if found.unknown or found.refused:
        st.warning(text, icon=":material/rule:")
    else:
        st.success(text, icon=":material/task_alt:")
    first = [
        {
            "Row": one.item,
            "Prediction": one.prediction_id or one.key or "",
            "Came true": "" if one.label is None else str(one.label),
            "Known since": None if one.labelled_at is None else local_time(one.labelled_at),
        }
        for one in found.first
    ]
    if first:
        st.markdown("The first rows as they are read:")
        st.dataframe(
            pd.DataFrame(first),
            hide_index=True,
            width="stretch",
            alt="The first labels of the file as they are read",
            column_config={"Known since": time_column("Known since")},
        )
    if found.errors:
        _show_errors(found)


def _show_errors(found: LabelFileAnswer) -> None:
    st.markdown("What is not stored, and why:")
    frame = pd.DataFrame([{"Row": one.item, "Why": one.message} for one in found.errors])
    small_table(frame.head(10), "Labels that are not stored, with the reason of each")
    st.download_button(
        "Download this list",
        lambda: csv_to_look_at(frame),
        "labels-not-stored.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    left = found.unknown + found.refused - len(found.errors)
    if left > 0:
        st.caption(f"The first {len(found.errors):,} are in the list; {left:,} more are not.")
