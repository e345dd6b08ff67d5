"""What a worker tells Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from broker.messages import Lane

_OUTCOMES = {
    Lane.BULK: ("committed", "retried", "dead"),
    Lane.ONLINE: ("committed", "failed"),
    Lane.JOBS: ("committed", "dead"),
}
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


class WorkerMetrics:
    """Metrics of one worker, in a registry of its own.

    Parameters
    ----------
    use_cases
        Counters of these exist from the start: a rate cannot see the step of a series that begins with it.

    Attributes
    ----------
    parts, predictions, classes, seconds, rows
        Return the counter or histogram of these values of its labels.
    """

    def __init__(self, use_cases: Iterable[str] = ()) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        parts = Counter(
            "smartpredict_parts_total", "Parts by what became of them.", ["lane", "outcome"], registry=self.registry
        )
        predictions = Counter(
            "smartpredict_predictions_total", "Rows committed.", ["lane", "use_case"], registry=self.registry
        )
        classes = Counter(
            "smartpredict_predicted_classes_total",
            "Rows committed, by predicted class; none where a number is predicted.",
            ["use_case", "predicted"],
            registry=self.registry,
        )
        seconds = Histogram(
            "smartpredict_part_duration_seconds",
            "Time from the delivery of a part to its commit.",
            ["lane"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        rows = Histogram(
            "smartpredict_part_rows", "Rows of a committed part.", ["lane"], buckets=_ROWS, registry=self.registry
        )
        self._model_version = Gauge(
            "smartpredict_model_version", "Version that is served.", ["use_case"], registry=self.registry
        )
        self._model_problem = Gauge(
            "smartpredict_model_problem",
            "1 where the champion cannot be served and the version before stays.",
            ["use_case"],
            registry=self.registry,
        )
        self._shadow_rows = Counter(
            "smartpredict_shadow_rows_total",
            "Rows offered to a challenger, by what became of them: stored, dropped because it is slow, or failed.",
            ["use_case", "outcome"],
            registry=self.registry,
        )
        # Finding a child by its labels costs more than counting does, so each is looked up once.
        self.parts = cache(parts.labels)
        self.predictions = cache(predictions.labels)
        self.classes = cache(classes.labels)
        self.seconds = cache(seconds.labels)
        self.rows = cache(rows.labels)
        for lane, outcomes in _OUTCOMES.items():
            for outcome in outcomes:
                self.parts(lane.value, outcome)
            for use_case in use_cases:
                self.predictions(lane.value, use_case)

    def shadowed(self, use_case: str, outcome: str, rows: int) -> None:
        """Count rows that were offered to a challenger."""
        self._shadow_rows.labels(use_case, outcome).inc(rows)

    def serves(self, use_case: str, version: int) -> None:
        """Set the version that is served."""
        self._model_version.labels(use_case).set(version)

    def has_problem(self, use_case: str, *, is_there: bool) -> None:
        """Set whether something keeps the champion from being served."""
        self._model_problem.labels(use_case).set(is_there)
