"""What ingestion tells Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from shutil import disk_usage

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from broker.messages import Source


class IngestionMetrics:
    """Metrics of one process, in a registry of its own.

    Parameters
    ----------
    use_cases
        Counters of these exist from the start: a rate cannot see the step of a series that begins with it.
    """

    def __init__(self, use_cases: Iterable[str] = ()) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.rows = Counter(
            "smartpredict_ingested_rows_total",
            "Rows read, good and bad.",
            ["use_case", "source"],
            registry=self.registry,
        )
        self.quarantined = Counter(
            "smartpredict_quarantined_rows_total",
            "Rows put into quarantine.",
            ["use_case", "source"],
            registry=self.registry,
        )
        self.files = Counter(
            "smartpredict_files_total", "Files by what became of them.", ["outcome"], registry=self.registry
        )
        self.messages = Counter(
            "smartpredict_inbox_messages_total",
            "Foreign messages by what became of them.",
            ["outcome"],
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "smartpredict_dead_letters_total", "Dead letters stored, by queue.", ["queue"], registry=self.registry
        )
        self.disk_full = Gauge(
            "smartpredict_disk_full",
            "Work that waits for room on a disk, that of files or that of the database.",
            registry=self.registry,
        )
        self.waiting_messages = Gauge(
            "smartpredict_waiting_messages",
            "Messages that wait for room because the queue behind an exchange is full.",
            ["exchange"],
            registry=self.registry,
        )
        self.inbox_max_messages = Gauge(
            "smartpredict_inbox_max_messages", "Messages that may wait in the inbox.", registry=self.registry
        )
        self.inbox_max_bytes = Gauge(
            "smartpredict_inbox_max_bytes", "Bytes of messages that may wait in the inbox.", registry=self.registry
        )
        self.disk_free = Gauge(
            "smartpredict_disk_free_ratio",
            "Free share of the disk that files arrive on; 1 until there is a folder for them.",
            registry=self.registry,
        )
        self.waiting = Gauge("smartpredict_waiting_files", "Files that wait for their turn.", registry=self.registry)
        for use_case in use_cases:
            for source in (Source.FILE, Source.MESSAGE):
                self.rows.labels(use_case, source.value)
                self.quarantined.labels(use_case, source.value)

    def watch_disk(self, folder: Path) -> None:
        """Measure the disk that a folder lies on, whenever somebody asks."""
        self.disk_free.set_function(lambda: _free_share(folder))

    def rows_read(self) -> float:
        """Sum up the rows read so far, of all use cases."""
        return sum(sample.value for sample in next(iter(self.rows.collect())).samples if sample.name.endswith("_total"))


def _free_share(folder: Path) -> float:
    try:
        usage = disk_usage(folder)
    except OSError:
        return 1.0
    return usage.free / usage.total
