"""What the gateway counts, on a registry of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """Counters of one gateway.

    Attributes
    ----------
    seconds
        Returns what observes the time of requests, by route, method and status.
    """

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        seconds = Histogram(
            "smartpredict_http_request_duration_seconds",
            "Time from the first byte of a request to the last of its answer, by route, method and status.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._rows = Counter(
            "smartpredict_online_rows", "Rows predicted online, by use case.", ("use_case",), registry=self._registry
        )
        self._message_requests = Histogram(
            "smartpredict_online_requests_per_message",
            "Requests that went out as one message, by use case.",
            ("use_case",),
            buckets=_SIZES,
            registry=self._registry,
        )
        self._in_flight = Gauge(
            "smartpredict_online_messages_in_flight",
            "Messages that wait for their answer, by use case.",
            ("use_case",),
            registry=self._registry,
        )
        self._waiting_rows = Gauge(
            "smartpredict_online_waiting_rows",
            "Rows that wait in the gateway for a message to go out, by use case.",
            ("use_case",),
            registry=self._registry,
        )
        # Finding a child by its labels costs more than counting does, so each is looked up once.
        self.seconds = cache(seconds.labels)

    def online(self, use_case: str) -> OnlineMetrics:
        """Return the counters of one use case."""
        return OnlineMetrics(
            self._rows.labels(use_case), self._message_requests.labels(use_case), self._in_flight.labels(use_case)
        )

    def watch_waiting(self, use_case: str, waiting_rows: Callable[[], int]) -> None:
        """Count the rows of a use case that wait, each time Prometheus reads the metrics."""
        self._waiting_rows.labels(use_case).set_function(waiting_rows)

    def exposition(self) -> bytes:
        """Write all metrics in the format of Prometheus."""
        return generate_latest(self._registry)


@dataclass(frozen=True, slots=True)
class OnlineMetrics:
    """Counters of one use case's online lane.

    Attributes
    ----------
    rows
        Rows that were predicted.
    requests
        Requests of each message.
    in_flight
        Messages under way.
    """

    rows: Counter
    requests: Histogram
    in_flight: Gauge
