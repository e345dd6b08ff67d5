"""The file half of Predict: its format, the check of its rows, and the way it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ui.files import FILE_TYPES, MAX_ROWS, FileUnreadableError, read_rows
from ui.gateway.answers import RowError, UseCaseAnswer
from ui.gateway.problems import NotOfferedError, RowsRefusedError
from ui.parts.chosen_file import ChosenFile, chosen_file
from ui.parts.fields import allowed_values
from ui.parts.heading import cached_template
from ui.parts.tables import errors_frame, small_table
from ui.parts.texts import escape_markdown, format_count, format_size
from ui.predict.results import show_many
from ui.shared import gateway, shared
from ui.transfers.large_uploads import FileOnDisk

BadRows = tuple[Sequence[RowError], int]
"""What is wrong with rows, and with how many things; not all of them may be listed."""


def show_file_form(use_case: UseCaseAnswer) -> None:
    """Show how a file has to look, take one, and do with it what its size asks for."""
    _show_format(use_case)
    number = st.session_state.setdefault("file-number", 0)
    uploaded = st.file_uploader(
        "File with rows to predict",
        FILE_TYPES,
        key=f"file-{use_case.name}-{number}",
        help=f"Up to {MAX_ROWS:,} rows are predicted at once; more become a batch that you can follow.",
    )
    if uploaded is None:
        return
    file = chosen_file(uploaded)
    if file is None:
        return
    try:
        rows = None if isinstance(file.content, FileOnDisk) else _rows_of(use_case, file)
    except FileUnreadableError as error:
        st.error(
            f"**{escape_markdown(file.name)} cannot be read.** {escape_markdown(str(error))}", icon=":material/error:"
        )
        return
    if rows is None:
        _offer_batch(use_case, file)
    else:
        _offer_rows(use_case, file, rows)


def _show_format(use_case: UseCaseAnswer) -> None:
    with st.expander("How the file has to look"):
        st.markdown(
            "A **CSV** file in UTF-8 with these columns in its first line, a **Parquet** file, or **JSON Lines** "
            "(one object a line); CSV and JSON Lines may be gzipped. Without the column "
            "that is to be predicted. Missing values stay empty."
        )
        columns = [
            {
                "Column": feature.name,
                "Meaning": feature.title,
                "Kind": feature.type,
                "Allowed": allowed_values(feature),
                "Required": "no" if feature.nullable else "yes",
            }
            for feature in use_case.features
        ]
        if use_case.key is not None:
            meaning = "Names the row, so that it is found again"
            columns.insert(
                0, {"Column": use_case.key, "Meaning": meaning, "Kind": "text", "Allowed": "", "Required": "no"}
            )
        small_table(pd.DataFrame(columns), "Columns of the file")
        for rule in use_case.rules:
            st.caption(f"Every row also has to keep `{rule.check}`. {escape_markdown(rule.description)}")
    st.download_button(
        "Download a template",
        cached_template(use_case.name),
        f"{use_case.name}-template.csv",
        "text/csv",
        icon=":material/description:",
        on_click="ignore",
        help="A CSV file with the right columns and one row of examples.",
    )


def _rows_of(use_case: UseCaseAnswer, file: ChosenFile) -> list[dict[str, Any]] | None:
    """Read a small file, once for all the runs of the page while it is there."""
    known = st.session_state.get("file-rows")
    if known is None or known[0] != (use_case, file.id):
        known = ((use_case, file.id), read_rows(use_case, file.name, file.open()), {})
        st.session_state["file-rows"] = known
    rows: list[dict[str, Any]] | None = known[1]
    return rows


def _offer_batch(use_case: UseCaseAnswer, file: ChosenFile) -> None:
    st.info(
        f"**{escape_markdown(file.name)}** ({format_size(file.size)}) goes as a batch: all rows are checked, good ones are predicted, "
        "bad ones are kept apart with their reasons.",
        icon=":material/inventory_2:",
    )
    if st.button("Check and predict the file", type="primary", icon=":material/bolt:"):
        with st.spinner("Handing the file over"):
            handed = gateway().upload(use_case.name, file.name, file.open())
        shared().large_uploads.drop(file.id)
        st.session_state["file-number"] += 1
        st.query_params["batch"] = str(handed.batch_id)
        st.rerun()


def _offer_rows(use_case: UseCaseAnswer, file: ChosenFile, rows: list[dict[str, Any]]) -> None:
    found: dict[str, Any] = st.session_state["file-rows"][2]
    if "checked" not in found:
        found["checked"] = _check(use_case, rows)
    checked: BadRows | None = found["checked"]
    predicted = found.get("predicted")
    if predicted is not None:
        show_many(use_case, predicted, found["numbers"], file.name)
    elif checked is not None and checked[0]:
        _show_bad(use_case, rows, *checked)
    else:
        verified = ", all valid" if checked is not None else ""
        st.success(
            f"**{escape_markdown(file.name)}**: {format_count(len(rows), 'row')}{verified}.", icon=":material/task_alt:"
        )
        st.button(
            f"Predict {format_count(len(rows), 'row')}",
            type="primary",
            icon=":material/bolt:",
            on_click=_predict,
            args=(use_case, rows, range(1, len(rows) + 1)),
        )
    if "failed" in found:
        raise found.pop("failed")


def _check(use_case: UseCaseAnswer, rows: list[dict[str, Any]]) -> BadRows | None:
    """Ask what is wrong with the rows; none if this gateway only tells when it is to predict."""
    try:
        checked = gateway().check(use_case.name, rows)
    except NotOfferedError:
        return None
    return checked.errors, checked.errors_total


def _show_bad(use_case: UseCaseAnswer, rows: list[dict[str, Any]], errors: Sequence[RowError], total: int) -> None:
    bad = {error.row for error in errors}
    listed_all = total <= len(errors)
    good = [number for number in range(1, len(rows) + 1) if number not in bad]
    st.error(
        f"**{format_count(len(bad), 'row')} of {len(rows):,} {'is' if len(bad) == 1 else 'are'} not valid.** "
        "Nothing was predicted yet. Correct the file and choose it again, or go on with the good rows.",
        icon=":material/rule:",
    )
    frame = errors_frame((error.row, error) for error in errors)
    st.dataframe(frame, hide_index=True, width="stretch", alt="Bad rows with column, rule and value")
    buttons = st.container(horizontal=True)
    if good and listed_all:
        buttons.button(
            f"Predict the {format_count(len(good), 'good row')}",
            type="primary",
            icon=":material/bolt:",
            on_click=_predict,
            args=(use_case, rows, good),
        )
    buttons.download_button(
        "Download this list",
        lambda: frame.to_csv(index=False).encode(),
        "bad-rows.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _predict(use_case: UseCaseAnswer, rows: list[dict[str, Any]], numbers: Sequence[int]) -> None:
    """Predict rows of those numbers as a button is pressed, so that the page that follows shows the outcome."""
    found = st.session_state["file-rows"][2]
    try:
        found["predicted"] = gateway().predict(use_case.name, [rows[number - 1] for number in numbers])
        found["numbers"] = numbers
    except RowsRefusedError as error:
        found["checked"] = (error.errors, error.total)
    except Exception as error:  # noqa: BLE001  # raised again where the page shows it; a callback has no place of its own
        found["failed"] = error
