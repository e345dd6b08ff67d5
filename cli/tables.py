"""Tables that several commands show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

if TYPE_CHECKING:
    from sql.quarantine.rows import ReasonCount

__all__ = ["plain_table", "reasons_table"]

_LONGEST = 30


def plain_table(*columns: str, title: str | None = None) -> Table:
    """Make a table without frames, which leaves the width of a terminal to what it says."""
    return Table(*columns, title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)


def reasons_table(counts: Iterable[ReasonCount]) -> Table:
    """Show how often each rule was broken, in which column."""
    table = plain_table("use case", "column", "rule", "rows")
    table.columns[-1].justify = "right"
    listed = list(counts)
    for count in listed[:_LONGEST]:
        table.add_row(count.use_case, count.column or "(row)", count.rule, f"{count.rows:,}")
    if len(listed) > _LONGEST:
        table.add_row("...", "", f"{len(listed) - _LONGEST} more", "")
    return table
