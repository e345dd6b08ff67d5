"""What a trainer tells Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

OUTCOMES = ("succeeded", "failed", "cancelled")


class TrainerMetrics:
    """Metrics of one trainer, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        trainings = Counter(
            "smartpredict_trainings_total", "Trainings by how they ended.", ["outcome"], registry=self.registry
        )
        # A rate cannot see the step of a series that begins with it.
        self.ended = {outcome: trainings.labels(outcome) for outcome in OUTCOMES}
        self.running = Gauge(
            "smartpredict_running_trainings", "Trainings that run at this moment.", registry=self.registry
        )
