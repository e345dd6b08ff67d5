"""Repairing a dead letter on the page: its rows as a table, corrected, checked, and sent on by somebody for a reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ui.dead_letters.deciding import decided
from ui.gateway.answers import DeadLetterContent, LetterRowsAnswer, RowError, UseCaseAnswer
from ui.gateway.problems import GatewayError, NotOfferedError, RowsRefusedError
from ui.parts.errors import show_error
from ui.parts.fields import person_and_reason
from ui.parts.heading import cached_use_case, cached_use_cases
from ui.parts.tables import (
    REPAIRED,
    as_arriving,
    cell_column,
    cell_text,
    csv_of_cells,
    errors_frame,
    reasons_text,
    row_columns,
)
from ui.parts.texts import escape_markdown, format_count
from ui.shared import gateway

NUMBER, WRONG = "(row)", "(wrong)"
"""Columns of the editor beside those of the use case; no column name has parentheses."""

Values = list[dict[str, Any]]


def show_letter_repair(letter: DeadLetterContent) -> None:
    """Show the rows of a letter that waits, to be repaired and sent on."""
    name = _use_case(letter)
    if name is None:
        return
    try:
        found = gateway().letter_rows(letter.letter_id, name)
    except NotOfferedError:
        st.caption("This gateway does not repair letters yet; on the server, `smartpredict dead-letters replay` does.")
        return
    if not found.is_repairable:
        st.caption(f"It cannot be repaired here. {escape_markdown(found.problem or '')}")
        return
    use_case = as_arriving(cached_use_case(name))
    st.markdown("**Repair its rows** and send them on. What it held, who repaired it and why stay on record.")
    if found.problem is None:
        _show_editor(use_case, letter, found)
    else:
        _show_text(use_case, letter, found)


def _use_case(letter: DeadLetterContent) -> str | None:
    """Return what the rows of a letter are for; it is asked where the letter names no use case that is there."""
    names = [known.name for known in cached_use_cases()]
    if letter.use_case in names:
        return letter.use_case
    titles = {known.name: known.title for known in cached_use_cases()}
    chosen: str | None = st.selectbox(
        "What its rows are for",
        names,
        index=None,
        format_func=titles.__getitem__,
        key=f"letter-use-case-{letter.letter_id}",
        help=f"The letter names {letter.use_case!r}, which is no use case." if letter.use_case else None,
    )
    return chosen


def _show_editor(use_case: UseCaseAnswer, letter: DeadLetterContent, found: LetterRowsAnswer) -> None:
    columns = row_columns(use_case)
    unknown = sorted(
        {name for row in found.rows for name in row} - {*columns} - {f.name for f in _joined(use_case.name)}
    )
    if unknown:
        st.caption(
            f"Left out when it is sent on, for the use case has no such column: {escape_markdown(', '.join(unknown))}"
        )
    at_fault = {error.column for error in found.errors}
    entries = [
        {
            NUMBER: number,
            WRONG: reasons_text(use_case, (error for error in found.errors if error.row == number)),
            **{name: cell_text(row.get(name)) for name in columns},
        }
        for number, row in enumerate(found.rows, start=1)
    ]
    rows = pd.DataFrame(entries).astype(dict.fromkeys(columns, object))
    edited = st.data_editor(
        rows,
        column_config={
            NUMBER: st.column_config.NumberColumn("Row", format="%d", pinned=True),
            WRONG: st.column_config.TextColumn("What is wrong", width="large"),
            **{feature.name: cell_column(feature, rows) for feature in use_case.features},
        },
        disabled=[NUMBER, WRONG],
        # What has to be repaired first: the columns at fault come before the others.
        column_order=[
            *(NUMBER, WRONG),
            *sorted(columns, key=lambda name: name not in at_fault),
        ],
        hide_index=True,
        width="stretch",
        key=f"letter-editor-{letter.letter_id}",
        alt="Rows of the letter to repair",
    )
    given = person_and_reason(
        f"repair-{letter.letter_id}", f"Send {format_count(len(rows), 'repaired row')} on", icon=":material/replay:"
    )
    if given is not None:
        _send_cells(use_case, letter, found, edited[columns], given)


def _joined(name: str) -> list[Any]:
    """Return the features of a use case that its rows do not bring; a part has them all the same."""
    return [feature for feature in cached_use_case(name).features if feature.joined_from is not None]


def _send_cells(
    use_case: UseCaseAnswer,
    letter: DeadLetterContent,
    found: LetterRowsAnswer,
    texts: pd.DataFrame,
    given: tuple[str, str],
) -> None:
    """Check what stands in the cells as a file is checked, and send it where all of it is valid."""
    try:
        checked = gateway().check_file(use_case.name, REPAIRED, csv_of_cells(texts))
    except GatewayError as error:
        show_error(error, "Checking the rows")
        return
    if checked.problem is not None or checked.errors:
        _show_refused(use_case, checked.problem, checked.errors)
        return
    joined = [feature.name for feature in _joined(use_case.name)]
    kept = [{name: row[name] for name in joined if name in row} for row in found.rows]
    values = [{**more, **row.values} for more, row in zip(kept, checked.rows or [], strict=True)]  # noqa: PD011  # no data frame
    _send(use_case, letter, values, given)


def _show_text(use_case: UseCaseAnswer, letter: DeadLetterContent, found: LetterRowsAnswer) -> None:
    """Show the text of a message that is no rows, to be written anew."""
    st.caption(
        f"Its rows cannot be read. {escape_markdown(found.problem or '')} Write them anew, as a list of objects."
    )
    text = st.text_area("Rows as JSON", letter.body, key=f"letter-text-{letter.letter_id}", height=200)
    given = person_and_reason(f"repair-{letter.letter_id}", "Send the rows on", icon=":material/replay:")
    if given is None:
        return
    try:
        values = json.loads(text)
    except ValueError as error:
        st.error(f"**This is not JSON; nothing was sent.** {escape_markdown(str(error))}", icon=":material/rule:")
        return
    rows = values if isinstance(values, list) else [values]
    if not rows or not all(isinstance(row, dict) for row in rows):
        st.error("**These are no rows; nothing was sent.** Write a list of objects.", icon=":material/rule:")
        return
    _send(use_case, letter, rows, given)


def _send(use_case: UseCaseAnswer, letter: DeadLetterContent, values: Values, given: tuple[str, str]) -> None:
    person, reason = given
    try:
        sent = gateway().repair_letter(letter.letter_id, values, person=person, reason=reason, use_case=use_case.name)
    except RowsRefusedError as error:
        _show_refused(use_case, None, error.errors)
    except GatewayError as error:
        show_error(error, "Sending the letter on")
    else:
        decided(f"**{format_count(sent.rows, 'repaired row')} sent on.**")


def _show_refused(use_case: UseCaseAnswer, problem: str | None, errors: Sequence[RowError]) -> None:
    st.error("**Some rows are still not valid; none was sent.** Change this as well:", icon=":material/rule:")
    if problem is not None:
        st.markdown(escape_markdown(problem))
    frame = errors_frame(use_case, ((error.row, error) for error in errors))
    st.dataframe(frame, hide_index=True, width="stretch", alt="What is still wrong with the rows of the letter")
