"""What was refused of a file, told by its state and its rows, and what of that was repaired since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ui.gateway.answers import BadBatchAnswer, BatchAnswer
from ui.parts.texts import STATES, format_count

REFUSED = "refused"
"""State of a batch that was not read to its end."""


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that was refused, as a whole or from a row on.

    Attributes
    ----------
    batch
        What arrived.
    repaired
        Rows of it that were repaired and sent again since.
    """

    batch: BatchAnswer
    repaired: int

    @property
    def is_settled(self) -> bool:
        """Whether every row of it was sent again: what was not read, or only the file itself holds, was not."""
        rows = self.batch.rows
        return not went_on(self.batch) and 0 < rows.quarantined <= self.repaired


def refused_files(batches: Iterable[BatchAnswer], counted: Iterable[BadBatchAnswer]) -> list[RefusedFile]:
    """Return those of some batches that were refused, with what the counts know of their repair."""
    repaired = {one.batch_id: one.replayed for one in counted}
    return [RefusedFile(batch, repaired.get(batch.batch_id, 0)) for batch in batches if batch.state == REFUSED]


def went_on(batch: BatchAnswer) -> int:
    """Count the rows that were good: they were predicted, stored, or are on their way."""
    return max(0, batch.rows.rows_in - batch.rows.quarantined)


def state_title(batch: BatchAnswer) -> str:
    """Return how far a batch was read, in words."""
    if batch.state == REFUSED and went_on(batch):
        return f"Refused after {format_count(went_on(batch), 'good row')}"
    return STATES.get(batch.state, batch.state)


def what_was_refused(batch: BatchAnswer, repaired: int = 0) -> str:
    """Return what was refused of a batch, and how much of that was repaired since."""
    rows = batch.rows
    if batch.state == REFUSED:
        title = state_title(batch)
        since = f", {_repaired(repaired, rows.quarantined)}" if repaired else ""
        return f"{title[0].lower()}{title[1:]}{since}"
    if rows.quarantined:
        return rows_refused(rows.quarantined, rows.rows_in, repaired)
    return "no row refused" if batch.state == "ingested" else "no row refused so far"


def rows_refused(refused: int, rows_in: int, repaired: int) -> str:
    """Return how many rows were refused, and how many of them were repaired since.

    >>> rows_refused(1, 5, 0), rows_refused(12, 1_500, 2)
    ('1 row of 5 refused', '12 rows of 1,500 refused, 2 of 12 rows repaired since')
    """
    since = f", {_repaired(repaired, refused)}" if repaired else ""
    return f"{format_count(refused, 'row')} of {rows_in:,} refused{since}"


def repaired_since(files: Sequence[RefusedFile]) -> str:
    """Return how many rows of refused files were repaired since; empty where none was."""
    repaired = sum(one.repaired for one in files)
    if not repaired:
        return ""
    if not all(one.batch.rows.quarantined for one in files):  # of the one nothing is kept, so not all of it is repaired
        return f"{format_count(repaired, 'row')} repaired since"
    return _repaired(repaired, sum(one.batch.rows.quarantined for one in files))


def _repaired(repaired: int, refused: int) -> str:
    return (
        "all repaired since"
        if repaired >= refused
        else f"{repaired:,} of {format_count(refused, 'row')} repaired since"
    )
