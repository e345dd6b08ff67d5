"""What the audit compares: the rows of a batch, of requests and of a version by the ledger, and what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from broker.messages import Source
from sql.ledger.batch_ledger import BatchLedger


@dataclass(slots=True)
class Totals:
    """Sums of a use case."""

    batches: int = 0
    rows_in: int = 0
    predicted: int = 0
    observed: int = 0
    quarantined: int = 0
    dead_lettered: int = 0
    pending: int = 0
    online: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAccount:
    """A batch by its ledger, and what the tables hold of it."""

    ledger: BatchLedger
    stored: int
    """Predictions of the batch in their table or archived; of a job, those in the files that its claims note."""
    misplaced: int
    """Those of them whose id is none of the batch's."""
    repeated: int
    """Observations of the batch that another one had brought before."""
    observed: int
    """Observations of the batch in their table."""
    kept: int
    """Rows of the batch in quarantine."""
    not_kept: int
    """Bad rows that were counted, and that only the refused file holds."""

    def problems(self) -> Iterator[str]:
        """List what does not fit."""
        book = self.ledger
        about = f"batch {book.batch_id} ({book.name}, {book.use_case})"
        if not book.is_balanced:
            accounted = book.settled + book.pending
            yield f"{about}: {book.rows_in} rows came in, {accounted} are accounted for. Drop its file again to resume it"
        if self.observed + self.repeated != book.observed:
            yield (
                f"{about}: the batch counts {book.observed - self.repeated} new observations, the table holds "
                f"{self.observed}. Somebody changed observations.{book.use_case} by hand, or restored part of a backup"
            )
        if self.stored != book.predicted:
            holder = "the files of the job hold" if book.source is Source.JOB else "the table holds"
            changed = "job_claims" if book.source is Source.JOB else f"predictions.{book.use_case}"
            yield (
                f"{about}: its parts say {book.predicted} predicted rows, {holder} {self.stored}. Somebody "
                f"changed {changed} by hand, or restored part of a backup"
            )
        if self.misplaced:
            yield f"{about}: {self.misplaced} predictions have ids outside of the batch's range"
        if self.kept + self.not_kept != book.quarantined:
            yield (
                f"{about}: the batch counts {book.quarantined - self.not_kept} bad rows, the quarantine holds {self.kept}. "
                f"Somebody changed smartpredict.quarantine by hand, or restored part of a backup"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineAccount:
    """The predictions of a use case that belong to no batch: those of HTTP requests."""

    use_case: str
    recorded: int
    """Rows of the parts that workers recorded."""
    stored: int
    """Predictions in the table, or archived."""

    def problems(self) -> Iterator[str]:
        """List what does not fit."""
        if self.recorded != self.stored:
            yield (
                f"online requests of {self.use_case}: workers recorded {self.recorded} rows, the table holds "
                f"{self.stored}. Somebody changed predictions.{self.use_case} by hand, or restored part of a backup"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileAccount:
    """The rows of a model version: those that were predicted, and those that its profiles count."""

    use_case: str
    model_version: int
    predicted: int
    profiled: int

    def problems(self) -> Iterator[str]:
        """List what does not fit."""
        if self.predicted != self.profiled:
            yield (
                f"version {self.model_version} of {self.use_case}: its parts say {self.predicted} predicted rows, its "
                f"profiles count {self.profiled}. Somebody changed smartpredict.profiles by hand, or restored part of "
                f"a backup; drift of that time is not to be trusted"
            )
