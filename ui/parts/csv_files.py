"""Files of CSV that people download to look at."""

from __future__ import annotations

import pandas as pd

__all__ = ["csv_to_look_at"]

#: What a spreadsheet takes for the beginning of a formula, which a negative number is not.
_FORMULA = r"^([=+@\t\r]|-(?!\d*\.?\d+$))"


def csv_to_look_at(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV, with an apostrophe before texts that a spreadsheet would take for formulas."""
    texts = frame.select_dtypes(include=["object", "str"]).columns
    guarded = {name: frame[name].where(~_is_formula(frame[name]), "'" + frame[name].astype(str)) for name in texts}
    return frame.assign(**guarded).to_csv(index=False).encode()


def _is_formula(column: pd.Series) -> pd.Series:
    return column.astype(str).str.contains(_FORMULA, regex=True)
