"""Files that people download to look at: CSV and Excel."""

from __future__ import annotations

import io

import pandas as pd

__all__ = ["csv_to_look_at", "workbook_to_look_at"]

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: What a spreadsheet takes for the beginning of a formula, which a negative number is not.
_FORMULA = r"^([=+@\t\r]|-(?!\d*\.?\d+$))"


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


def _is_formula(column: pd.Series) -> pd.Series:
    return column.astype(str).str.contains(_FORMULA, regex=True)
