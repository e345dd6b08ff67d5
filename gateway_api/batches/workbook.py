"""Bad rows as a workbook: numbers are numbers, the cells at fault are red, and a repaired one is read again."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

import xlsxwriter
from starlette.responses import Response

from sql.quarantine.rows import RAW, REASONS, ROW_NUMBER, QuarantineEntry, plain_row
from usecases.checking.repaired_file import BATCH_ID
from usecases.columns.features import FloatFeature, IntegerFeature
from usecases.columns.number_texts import cell_text
from usecases.contract.spec import UseCase
from usecases.formats.excel.workbook import EXCEL

WORKBOOK = str(EXCEL.media_type)

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


def write_workbook(use_case: UseCase, rows: Iterable[QuarantineEntry]) -> bytes:
    """Write bad rows as a workbook: what identifies each and what is wrong with it, then its values.

    Parameters
    ----------
    use_case
        Contract of rows that arrive.
    rows
        Bad rows. One that fits no columns stands in the last column as it came, to be written anew.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as workbook:
        bold, red = workbook.add_format({"bold": True}), workbook.add_format({"bg_color": "#FFC7CE"})
        sheet = workbook.add_worksheet("Rows")
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 0, 12)
        sheet.set_column(1, 1, 60)
        sheet.set_column(2, 1 + len(use_case.columns), 18)
        header = [ROW_NUMBER, REASONS, *use_case.columns, BATCH_ID, RAW]
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        for place, row in enumerate(rows, start=1):
            at_fault = {reason["column"] for reason in row.reasons}
            for column, (name, value) in enumerate(zip(header, _cells(use_case, row), strict=True)):
                style = red if name in at_fault else None
                if value is None:
                    sheet.write_blank(place, column, None, style)
                elif isinstance(value, str):
                    sheet.write_string(place, column, value[:MOST_LETTERS], style)
                else:
                    sheet.write_number(place, column, value, style)
    return buffer.getvalue()


def workbook_response(content: bytes, name: str) -> Response:
    """Build the answer that is a workbook of this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=WORKBOOK, headers=headers)


def _cells(use_case: UseCase, row: QuarantineEntry) -> list[str | float | None]:
    values = plain_row(row.raw, use_case.columns)
    given = [None if values is None else _cell(use_case, name, values.get(name)) for name in use_case.columns]
    reasons = "; ".join(str(reason["message"]) for reason in row.reasons)
    return [row.row_number, reasons, *given, str(row.batch_id), row.raw if values is None else None]


def _cell(use_case: UseCase, name: str, value: Any) -> str | float | None:
    """Return a value as its cell has it: a number where it is one and a cell keeps all of its digits.

    A number that stays a text would be read again all the same; but who edits it in Excel expects a number.
    """
    if value is None or value == "":
        return None
    text = str(cell_text(value))
    feature = use_case.features_by_name.get(name)
    is_number = isinstance(feature, IntegerFeature) or (isinstance(feature, FloatFeature) and not feature.decimal_comma)
    is_plain = _PLAIN_NUMBER.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= _MOST_DIGITS
    return float(text) if is_number and is_plain else text
