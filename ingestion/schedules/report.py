"""What one run of a schedule did, file by file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ingestion.files.outcomes import FileGone, FileIngested, FileKnown, FileOutcome, FileRefused, PutAside
from sql.ledger.batch_ledger import BatchLedger
from sql.quality.problems import QualityProblem


@dataclass(slots=True)
class RunReport:
    """Grows while the run goes on."""

    ingested: list[BatchLedger] = field(default_factory=list)
    refused: list[BatchLedger] = field(default_factory=list)
    known: list[BatchLedger] = field(default_factory=list)
    put_aside: list[tuple[str, str]] = field(default_factory=list)
    """Names of what was no file, and why."""
    left: int = 0
    """Files that waited and were not begun."""

    def add(self, name: str, outcome: FileOutcome) -> None:
        """Note what became of a file."""
        match outcome:
            case FileIngested(batch):
                self.ingested.append(batch)
            case FileRefused(batch):
                self.refused.append(batch)
            case FileKnown(batch):
                self.known.append(batch)
            case PutAside(problem):
                self.put_aside.append((name, problem))
            case FileGone():
                pass

    @property
    def batch_ids(self) -> list[UUID]:
        """Batches that this run worked on."""
        return [batch.batch_id for batch in (*self.ingested, *self.refused)]

    def summary(self, problems: Sequence[QualityProblem]) -> dict[str, Any]:
        """Return it as what can be written as JSON."""
        read = [*self.ingested, *self.refused]
        return {
            "files": len(read) + len(self.put_aside),
            "rows": sum(batch.rows_in for batch in read),
            "bad_rows": sum(batch.quarantined for batch in read),
            "refused": [
                *({"name": batch.name, "use_case": batch.use_case, "problem": batch.problem} for batch in self.refused),
                *({"name": name, "use_case": None, "problem": problem} for name, problem in self.put_aside),
            ],
            "known": [batch.name for batch in self.known],
            "left": self.left,
            "batches": [str(batch.batch_id) for batch in read],
            "quality_problems": [problem.to_json() for problem in problems],
        }
