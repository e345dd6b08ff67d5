"""Bad rows as a workbook: numbers are numbers, the cells at fault are red, and a repaired one is read again."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import xlsxwriter

from usecases.checking.raw_rows import plain_row
from usecases.checking.reasons import RuleName
from usecases.checking.repaired_file import BATCH_ID, RAW, REASONS, ROW_NUMBER
from usecases.columns.features import FloatFeature, IntegerFeature
from usecases.columns.number_texts import cell_text
from usecases.contract.spec import UseCase

MOST_ROWS = 5_000
"""Rows of a workbook: as many as a file of repaired rows may have."""

MOST_LETTERS = 32_767
"""Letters that a cell of a workbook can hold."""

_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,14})?")
_MOST_DIGITS = 15
"""Digits that a cell of a workbook keeps of a number."""

_OPTIONS = {
    # Rows go to a temporary file as they are written.
    "constant_memory": True,
    # What came from outside is a text, never a formula or a link.
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


class BadRow(NamedTuple):
    """A bad row of a workbook."""

    row_number: int
    raw: str
    """The row as it came: a JSON object, or the text that was none."""
    reasons: Sequence[Mapping[str, Any]]
    """Column, rule, value and message of each."""
    batch_id: UUID | None = None
    """The batch that keeps it; none where none does."""
    place: str | None = None
    """Where it stands in its file, in words, where that is known."""


def write_workbook(use_case: UseCase, rows: Iterable[BadRow], *, are_kept: bool) -> bytes:
    """Write bad rows as a workbook: what identifies each and what is wrong with it, then its values.

    Parameters
    ----------
    use_case
        Contract of rows that arrive.
    rows
        Bad rows. One that fits no columns stands in the last column as it came, to be written anew.
    are_kept
        Whether batches keep them. Repaired, a row goes in for the one that is kept then, and as a row of a new file else.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as workbook:
        bold, red = workbook.add_format({"bold": True}), workbook.add_format({"bg_color": "#FFC7CE"})
        sheet = workbook.add_worksheet("Rows")
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 0, 12)
        sheet.set_column(1, 1, 60)
        sheet.set_column(2, 1 + len(use_case.columns), 18)
        header = [ROW_NUMBER, REASONS, *use_case.columns, *([BATCH_ID] if are_kept else []), RAW]
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for place, row in enumerate(rows, start=1):
            at_fault = {reason["column"] for reason in row.reasons}
            cells = _cells(use_case, row, are_kept=are_kept)
            for column, (name, value) in enumerate(zip(header, cells, strict=True)):
                style = red if name in at_fault else None
                if value is None:
                    sheet.write_blank(place, column, None, style)
                elif isinstance(value, str):
                    sheet.write_string(place, column, value[:MOST_LETTERS], style)
                else:
                    sheet.write_number(place, column, value, style)
    return buffer.getvalue()


def _cells(use_case: UseCase, row: BadRow, *, are_kept: bool) -> list[str | float | None]:
    values = plain_row(row.raw, use_case.columns)
    # A text that could be two numbers is left to whoever corrects it: as a number it would be one of the two without a word.
    unclear = {reason["column"] for reason in row.reasons if reason["rule"] == RuleName.TYPE}
    given = [
        None if values is None else _cell(use_case, name, values.get(name), is_clear=name not in unclear)
        for name in use_case.columns
    ]
    reasons = "; ".join(str(reason["message"]) for reason in row.reasons)
    if row.place is not None:
        reasons = f"{row.place[0].upper()}{row.place[1:]}: {reasons}"
    own = [str(row.batch_id)] if are_kept else []
    return [row.row_number, reasons, *given, *own, row.raw if values is None else None]


def _cell(use_case: UseCase, name: str, value: Any, *, is_clear: bool) -> str | float | None:
    """Return a value as its cell has it: a number where it is one and a cell keeps all of its digits.

    A number that stays a text would be read again all the same; but who edits it in Excel expects a number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and not is_clear:
        return value
    text = str(cell_text(value))
    feature = use_case.features_by_name.get(name)
    is_number = isinstance(feature, IntegerFeature) or (isinstance(feature, FloatFeature) and not feature.decimal_comma)
    is_plain = _PLAIN_NUMBER.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= _MOST_DIGITS
    return float(text) if is_number and is_plain else text
