"""Tables that several commands show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from sql.quarantine import ReasonCount

__all__ = ["reasons_table"]

_LONGEST = 30


def reasons_table(counts: Iterable[ReasonCount]) -> Table:
    """Show how often each rule was broken, in which column."""
    table = Table("use case", "column", "rule", "rows")
    table.columns[-1].justify = "right"
    listed = list(counts)
    for count in listed[:_LONGEST]:
        table.add_row(count.use_case, count.column or "(row)", count.rule, f"{count.rows:,}")
    if len(listed) > _LONGEST:
        table.add_row("...", "", f"{len(listed) - _LONGEST} more", "")
    return table
