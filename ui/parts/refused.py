"""What was refused of a file, told by its state and its rows, and what of that was repaired or discarded since."""

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
    repaired, discarded
        Rows of it that were repaired and sent again since, and those that were discarded.
    not_kept
        Refused rows that only the file itself holds.
    """

    batch: BatchAnswer
    repaired: int
    discarded: int = 0
    not_kept: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether it needs nobody any more.

        Where every row of it was sent again: what was not read, or only the file itself holds, was not. Or where somebody has
        discarded what was left of the rows that are kept: that is said of the file.
        """
        refused = self.batch.rows.quarantined
        if self.discarded:
            return self.repaired + self.discarded >= refused - self.not_kept
        return not went_on(self.batch) and 0 < refused <= self.repaired


def refused_files(batches: Iterable[BatchAnswer], counted: Iterable[BadBatchAnswer]) -> list[RefusedFile]:
    """Return those of some batches that were refused, with what the counts know of their rows."""
    known = {one.batch_id: (one.replayed, one.discarded or 0, one.not_kept or 0) for one in counted}
    return [RefusedFile(batch, *known.get(batch.batch_id, (0, 0, 0))) for batch in batches if batch.state == REFUSED]


def went_on(batch: BatchAnswer) -> int:
    """Count the rows that were good: they were predicted, stored, or are on their way."""
    return max(0, batch.rows.rows_in - batch.rows.quarantined)


def state_title(batch: BatchAnswer) -> str:
    """Return how far a batch was read, in words."""
    if batch.state == REFUSED and went_on(batch):
        return f"Refused after {format_count(went_on(batch), 'good row')}"
    return STATES.get(batch.state, batch.state)


def what_was_refused(batch: BatchAnswer, repaired: int = 0, discarded: int = 0) -> str:
    """Return what was refused of a batch, and how much of that was repaired or discarded since."""
    rows = batch.rows
    if batch.state == REFUSED:
        title = state_title(batch)
        return f"{title[0].lower()}{title[1:]}{_after_comma(repaired, discarded, rows.quarantined)}"
    if rows.quarantined:
        return rows_refused(rows.quarantined, rows.rows_in, repaired, discarded)
    return "no row refused" if batch.state == "ingested" else "no row refused so far"


def rows_refused(refused: int, rows_in: int, repaired: int, discarded: int = 0) -> str:
    """Return how many rows were refused, and how many of them were repaired or discarded since.

    >>> rows_refused(1, 5, 0), rows_refused(12, 1_500, 2), rows_refused(1, 5, 0, 1)
    ('1 row of 5 refused', '12 rows of 1,500 refused, 2 of 12 rows repaired since', '1 row of 5 refused, all discarded')
    """
    return f"{format_count(refused, 'row')} of {rows_in:,} refused{_after_comma(repaired, discarded, refused)}"


def decided_since(files: Sequence[RefusedFile]) -> str:
    """Return how many rows of refused files were repaired or discarded since; empty where none was."""
    repaired, discarded = sum(one.repaired for one in files), sum(one.discarded for one in files)
    # Where nothing is kept of one of them, not all that was refused is repaired.
    is_all_kept = all(one.batch.rows.quarantined for one in files)
    return _decided(repaired, discarded, sum(one.batch.rows.quarantined for one in files) if is_all_kept else None)


def _decided(repaired: int, discarded: int, refused: int | None) -> str:
    """Write how many rows were repaired, and how many discarded; None were refused in all where that is not known.

    >>> _decided(2, 1, 12), _decided(0, 3, 12), _decided(2, 0, None)
    ('2 of 12 rows repaired since, 1 discarded', '3 of 12 rows discarded', '2 rows repaired since')
    """
    told: list[str] = []
    for count, how in ((repaired, "repaired since"), (discarded, "discarded")):
        if not count:
            continue
        if refused is not None and count >= refused:
            told.append(f"all {how}")
        elif told:
            told.append(f"{count:,} {how}")
        else:
            rows = format_count(count, "row") if refused is None else f"{count:,} of {format_count(refused, 'row')}"
            told.append(f"{rows} {how}")
    return ", ".join(told)


def _after_comma(repaired: int, discarded: int, refused: int) -> str:
    decided = _decided(repaired, discarded, refused)
    return f", {decided}" if decided else ""
