"""The file half of Predict: its format, the check of its rows, and the way it goes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from ui.gateway.answers import CheckAnswer, CheckedRow, UseCaseAnswer
from ui.gateway.problems import GatewayError, NotOfferedError, RowsRefusedError, TooLargeError
from ui.parts.chosen_file import ChosenFile, chosen_file
from ui.parts.fields import allowed_values
from ui.parts.heading import cached_template
from ui.parts.tables import as_arriving, small_table
from ui.parts.texts import escape_markdown, format_count, format_size
from ui.predict.bad_rows import list_bad_rows, show_downloads, tell_left_out
from ui.predict.mapping_form import is_left, refusal_in_words, show_mapping_form
from ui.predict.mappings import show_mappings, show_used_mapping
from ui.predict.results import show_many
from ui.shared import gateway, shared
from ui.transfers.large_uploads import FileOnDisk

MAX_ROWS = 1_000
"""Rows of one request to the gateway, and so of a file that is checked before anything is done with it."""

ON_ARRIVAL = "on_arrival"
"""Mode of use cases whose files are predicted as they come; those of others wait for their schedule."""

LOOK_SECONDS, PATIENCE_SECONDS = 0.1, 2.0
"""How often, and for how long, the end of a small file is looked for before its progress is shown instead."""


def show_file_form(use_case: UseCaseAnswer) -> None:
    """Show how a file has to look, take one, and do with it what its size asks for."""
    _show_format(use_case)
    number = st.session_state.setdefault("file-number", 0)
    uploaded = st.file_uploader(
        "File with observations" if _takes_observations(use_case) else "File with rows to predict",
        key=f"file-{use_case.name}-{number}",
        help="They are stored, and forecasts are made from them."
        if _takes_observations(use_case)
        else f"Up to {MAX_ROWS:,} rows are all checked before anything is done; of a larger file you follow how far it is.",
    )
    file = None if uploaded is None else chosen_file(uploaded)
    if file is not None:
        _show_file(use_case, file)
    show_mappings(use_case)


def _show_file(use_case: UseCaseAnswer, file: ChosenFile) -> None:
    checked = _checked(use_case, file)
    if checked is not None and checked.suggestion is not None and not is_left(file):
        show_mapping_form(use_case, file, checked.suggestion, checked.problem)
        return
    if checked is not None:
        show_used_mapping(checked)
    is_large = isinstance(file.content, FileOnDisk)
    if checked is None or checked.is_whole is False or is_large or _takes_observations(use_case):
        _offer_batch(use_case, file, checked)
    elif checked.problem is not None:
        st.error(
            f"**{escape_markdown(file.name)} cannot be read.** {escape_markdown(refusal_in_words(use_case, checked.problem))}",
            icon=":material/error:",
        )
    else:
        _offer_rows(use_case, file, checked)


def _takes_observations(use_case: UseCaseAnswer) -> bool:
    """Return whether rows of a file are stored, for forecasts to be made from them."""
    return use_case.task == "forecast"


def _show_format(use_case: UseCaseAnswer) -> None:
    with st.expander("How the file has to look"):
        _show_columns(as_arriving(use_case))
    st.download_button(
        "Download a template",
        cached_template(use_case.name),
        f"{use_case.name}-template.csv",
        "text/csv",
        icon=":material/description:",
        on_click="ignore",
        help="A CSV file with the right columns and one row of examples.",
    )


def _show_columns(use_case: UseCaseAnswer) -> None:
    st.markdown(
        "A **CSV** file or an **Excel** workbook with the names of these columns above the rows, a **Parquet** file, "
        "**JSON Lines** (one object a line) or **JSON** (an array of objects); texts may be gzipped or in a **ZIP**. Missing values stay "
        "empty. Titles above the names do no harm; other names, and decimal commas, are asked about."
    )
    if _takes_observations(use_case):
        st.markdown(
            "A row is a reading. A correction is a further row, with a later time at which it was known: what is stored is "
            "never changed, and the same row again is stored once."
        )
    else:
        st.markdown("Leave the column out that is to be predicted.")
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
        columns.insert(0, {"Column": use_case.key, "Meaning": meaning, "Kind": "text", "Allowed": "", "Required": "no"})
    small_table(pd.DataFrame(columns), "Columns of the file")
    for rule in use_case.rules:
        st.caption(f"Every row also has to keep `{rule.check}`. {escape_markdown(rule.description)}")


def _checked(use_case: UseCaseAnswer, file: ChosenFile) -> CheckAnswer | None:
    """Have a file read and checked, once for all the runs of the page while it is there; of a large one its beginning.

    Returns None where the gateway takes the file only as a batch.
    """
    known = st.session_state.get("file-rows")
    if known is None or known[0] != (use_case, file.id):
        known = ((use_case, file.id), {"checked": _ask(use_case, file)})
        st.session_state["file-rows"] = known
    checked: CheckAnswer | None = known[1]["checked"]
    return checked


def _ask(use_case: UseCaseAnswer, file: ChosenFile) -> CheckAnswer | None:
    begin = file.beginning()
    if begin is None:
        return None
    try:
        return gateway().check_file(use_case.name, file.name, begin)
    except (NotOfferedError, TooLargeError):
        return None


def _offer_batch(use_case: UseCaseAnswer, file: ChosenFile, checked: CheckAnswer | None) -> None:
    st.info(
        f"**{escape_markdown(file.name)}** ({format_size(file.size)}) goes as a batch: all rows are checked, good ones are "
        f"{'stored' if _takes_observations(use_case) else 'predicted'}, "
        "bad ones are kept apart with their reasons.",
        icon=":material/inventory_2:",
    )
    if checked is not None and checked.bad > use_case.max_bad_share * checked.rows_in:
        st.warning(
            f"**{checked.bad:,} of its first {format_count(checked.rows_in, 'row')} are not valid.** A file is refused as a whole where "
            f"more than {use_case.max_bad_share:.0%} are: correct it and choose it again.",
            icon=":material/rule:",
        )
    verb = "store" if _takes_observations(use_case) else "predict"
    if st.button(f"Check and {verb} the file", type="primary", icon=":material/bolt:"):
        _hand_over(use_case, file)


def _hand_over(use_case: UseCaseAnswer, file: ChosenFile) -> None:
    """Hand a file in as a batch, and show the page anew, which follows it."""
    with st.spinner("Handing the file over"):
        handed = gateway().upload(use_case.name, file.name, file.open())
        if not isinstance(file.content, FileOnDisk):
            _await_done(handed.batch_id)
    shared().large_uploads.drop(file.id)
    st.session_state["file-number"] += 1
    st.query_params["batch"] = str(handed.batch_id)
    st.rerun()


def _await_done(batch_id: UUID) -> None:
    """Wait for the end of a small file, which comes within a moment: its rows are shown at once then, and no progress first."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    # What cannot be asked now is told by the page that follows the batch.
    with suppress(GatewayError):
        while not gateway().batch(batch_id).done and time.monotonic() < give_up:
            time.sleep(LOOK_SECONDS)


def _offer_rows(use_case: UseCaseAnswer, file: ChosenFile, checked: CheckAnswer) -> None:
    found: dict[str, Any] = st.session_state["file-rows"][1]
    rows = checked.rows or []
    predicted = found.get("predicted")
    for text in checked.told or ():
        st.info(escape_markdown(text), icon=":material/visibility_off:")
    if predicted is not None:
        if checked.errors:
            tell_left_out(checked)
        show_many(use_case, predicted, [row.row for row in rows], file.name)
        if checked.errors:
            st.markdown("**Rows that were left out:**")
            frame = list_bad_rows(use_case, checked)
            show_downloads(st.container(horizontal=True), use_case, file, frame)
    elif checked.errors:
        _show_bad(use_case, file, checked)
    else:
        st.success(
            f"**{escape_markdown(file.name)}**: {format_count(len(rows), 'row')}, all valid.",
            icon=":material/task_alt:",
        )
        _offer_valid(use_case, file, checked)
    if "failed" in found:
        raise found.pop("failed")


def _offer_valid(use_case: UseCaseAnswer, file: ChosenFile, checked: CheckAnswer) -> None:
    """Offer to predict a file of which all rows are valid: as a file, unless that would wait for a schedule."""
    offered = f"Predict {format_count(len(checked.rows or []), 'row')}"
    if use_case.mode != ON_ARRIVAL:
        st.button(offered, type="primary", icon=":material/bolt:", on_click=_predict, args=(use_case, checked))
    elif st.button(offered, type="primary", icon=":material/bolt:"):
        _hand_over(use_case, file)


def _show_bad(use_case: UseCaseAnswer, file: ChosenFile, checked: CheckAnswer) -> None:
    is_refused = checked.bad > use_case.max_bad_share * checked.rows_in
    good = ", or go on with the good rows alone" if checked.rows else ""
    done = (
        f"Correct the file and choose it again{good}. Handed in whole it is refused, and none of its rows is predicted: more than "
        f"{use_case.max_bad_share:.0%} of them are bad."
        if is_refused
        else "Correct the file and choose it again, go on with the good rows alone, or hand in the whole file: its bad rows are "
        "then kept under Data quality, where they can be repaired."
    )
    st.error(
        f"**{format_count(checked.bad, 'row')} of {checked.rows_in:,} {'is' if checked.bad == 1 else 'are'} not valid.** "
        f"Nothing was predicted yet. {done}",
        icon=":material/rule:",
    )
    frame = list_bad_rows(use_case, checked)
    buttons = st.container(horizontal=True)
    if checked.rows:
        buttons.button(
            f"Predict the {format_count(len(checked.rows), 'good row')}",
            type="primary",
            icon=":material/bolt:",
            on_click=_predict,
            args=(use_case, checked),
            help="They are predicted as rows, not as a file: Past predictions has them, the batches on Operations do not.",
        )
    whole = buttons.button(
        "Hand in the whole file",
        icon=":material/inventory_2:",
        help=f"It is refused, for more than {use_case.max_bad_share:.0%} of its rows are bad: all its rows, good ones too, are "
        "kept under Data quality, where they can be repaired in a table or in Excel and sent."
        if is_refused
        else "Good rows are predicted, bad ones are kept with their reasons, to be repaired in a table or in Excel.",
    )
    show_downloads(buttons, use_case, file, frame)
    if checked.errors_total > len(checked.errors):
        st.caption(f"The first {len(checked.errors):,} of {checked.errors_total:,} faults are listed.")
    if whole:
        _hand_over(use_case, file)


def _predict(use_case: UseCaseAnswer, checked: CheckAnswer) -> None:
    """Predict the good rows as a button is pressed, so that the page that follows shows the outcome."""
    found = st.session_state["file-rows"][1]
    rows = checked.rows or []
    try:
        values = [row.values for row in rows]  # noqa: PD011  # no data frame
        found["predicted"] = gateway().predict(use_case.name, values)
    except RowsRefusedError as error:
        found["checked"] = _without_refused(checked, rows, error)
    except Exception as error:  # noqa: BLE001  # raised again where the page shows it; a callback has no place of its own
        found["failed"] = error


def _without_refused(checked: CheckAnswer, rows: Sequence[CheckedRow], error: RowsRefusedError) -> CheckAnswer:
    """Leave out rows that are refused although they were good: another contract came in force since."""
    errors = [replace(one, row=rows[one.row - 1].row) for one in error.errors if 0 < one.row <= len(rows)]
    bad = {one.row for one in errors}
    good = [row for row in rows if row.row not in bad] if error.total <= len(error.errors) else []
    return replace(
        checked, rows=good, good=len(good), bad=checked.bad + len(bad), errors=errors, errors_total=error.total
    )
