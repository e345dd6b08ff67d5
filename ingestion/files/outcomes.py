"""What can become of a file, and telling of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from broker.service.tracing import Value
from ingestion.batches.ingest import IngestedBatch
from ingestion.batches.plan import IncomingRows
from ingestion.metrics import IngestionMetrics
from sql.ledger.batch_ledger import BatchLedger
from sql.ledger.batches import BatchState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FileIngested:
    """All rows were read; the good ones are with the workers."""

    batch: BatchLedger


@dataclass(frozen=True, slots=True)
class FileRefused:
    """The file, or the rest of it, was refused; the batch tells why."""

    batch: BatchLedger


@dataclass(frozen=True, slots=True)
class FileKnown:
    """The same file came before; nothing was done."""

    batch: BatchLedger


@dataclass(frozen=True, slots=True)
class FileGone:
    """The file was not there any more, or somebody else works on it."""


@dataclass(frozen=True, slots=True)
class PutAside:
    """It was put aside, and nothing is written down of it: no file, or one that could not even be refused."""

    problem: str


FileOutcome = FileIngested | FileRefused | FileKnown | FileGone | PutAside


class FileFailedError(Exception):
    """A file failed for a reason nobody foresaw; it lies in `processing`, to be tried again or given up."""

    def __init__(self, path: Path, reason: Exception, failures: int) -> None:
        super().__init__(f"{type(reason).__name__}: {reason}")
        self.path = path
        self.failures = failures


class FileChangedError(Exception):
    """Somebody wrote to a file while it was read."""


def told_by(done: IngestedBatch, ledger: BatchLedger) -> FileIngested | FileRefused | FileKnown:
    """Return what the ledger tells of a file whose rows were ingested."""
    if done.came_before:
        return FileKnown(ledger)
    return FileRefused(ledger) if ledger.state is BatchState.REFUSED else FileIngested(ledger)


def tell_of(metrics: IngestionMetrics, outcome: FileIngested | FileRefused | FileKnown) -> None:
    """Count and log what became of a file."""
    batch = outcome.batch
    metrics.files.labels(type(outcome).__name__).inc()
    log.info(
        "File was taken in",
        outcome=type(outcome).__name__,
        name=batch.name,
        use_case=batch.use_case,
        batch_id=str(batch.batch_id),
        rows_in=batch.rows_in,
        quarantined=batch.quarantined,
        problem=batch.problem,
    )


def described(incoming: IncomingRows) -> dict[str, Value]:
    """Describe a file to whoever looks at traces."""
    return {
        "smartpredict.batch_id": str(incoming.batch_id),
        "smartpredict.use_case": incoming.use_case,
        "file.name": incoming.name,
    }
