"""What ingestion tells Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class IngestionMetrics:
    """Metrics of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.rows = Counter(
            "smartpredict_ingested_rows_total", "Rows read, by use case.", ["use_case"], registry=self.registry
        )
        self.quarantined = Counter(
            "smartpredict_quarantined_rows_total", "Rows put into quarantine.", ["use_case"], registry=self.registry
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
        self.waiting = Gauge("smartpredict_waiting_files", "Files that wait for their turn.", registry=self.registry)
