"""What a worker tells Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class WorkerMetrics:
    """Metrics of one worker, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.parts = Counter(
            "smartpredict_parts_total", "Parts by what became of them.", ["lane", "outcome"], registry=self.registry
        )
        self.rows = Counter(
            "smartpredict_predictions_total", "Rows committed.", ["lane", "use_case"], registry=self.registry
        )
        self.seconds = Histogram(
            "smartpredict_part_seconds",
            "Time from the delivery of a part to its commit.",
            ["lane"],
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=self.registry,
        )
        self.model_version = Gauge(
            "smartpredict_model_version", "Version that is served.", ["use_case"], registry=self.registry
        )
