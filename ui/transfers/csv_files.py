"""Files that people download to look at: CSV and Excel."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Collection, Mapping

import pandas as pd

__all__ = ["csv_to_look_at", "workbook_of_csv", "workbook_to_look_at"]

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: What a spreadsheet takes for the beginning of a formula, which a negative number is not.
_FORMULA = r"^([=+@\t\r]|-(?!\d*\.?\d+$))"

#: The apostrophe by which the gateway guards such a text in CSV.
_GUARDED = r"^'(?=[=+@\t\r-])"

#: A whole number with more digits than a cell of a workbook keeps.
_LONG_NUMBER = r"-?\d{16,}"


def csv_to_look_at(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV, with an apostrophe before texts that a spreadsheet would take for formulas."""
    texts = frame.select_dtypes(include=["object", "str"]).columns
    guarded = {name: frame[name].where(~_is_formula(frame[name]), "'" + frame[name].astype(str)) for name in texts}
    return frame.assign(**guarded).to_csv(index=False).encode()


def workbook_to_look_at(frame: pd.DataFrame) -> bytes:
    """Write a table as a workbook, in which every text stays one."""
    buffer = io.BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs=options) as writer:
        frame.to_excel(writer, index=False, sheet_name="Rows", freeze_panes=(1, 0))
        writer.sheets["Rows"].autofit()
    return buffer.getvalue()


def workbook_of_csv(content: bytes, *, rows: int, texts: Collection[str], titles: Mapping[str, str]) -> bytes:
    """Write the first rows of CSV that the gateway made for spreadsheets as a workbook.

    Parameters
    ----------
    content
        The CSV; what comes after those rows may be cut off anywhere.
    rows
        Most rows.
    texts
        Columns whose values are texts, though all of them may look like numbers; others are numbers where all values are.
    titles
        What columns are called in the workbook, by their names. One that is not said, or not clear, stays the name.
    """
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, na_values=[""], nrows=rows)
    for name in frame.columns:
        # In a cell of a workbook a text is no formula, whatever it begins with.
        column = frame[name].str.replace(_GUARDED, "", regex=True)
        numbers = pd.to_numeric(column, errors="coerce")
        is_number = name not in texts and numbers.notna().equals(column.notna())
        frame[name] = numbers if is_number and not column.str.fullmatch(_LONG_NUMBER).any() else column
    clear = [title for title, times in Counter([*titles.values(), *frame.columns]).items() if times == 1]
    return workbook_to_look_at(frame.rename(columns={name: title for name, title in titles.items() if title in clear}))


def _is_formula(column: pd.Series) -> pd.Series:
    return column.astype(str).str.contains(_FORMULA, regex=True)
