"""One trace from a door through the broker to the commit, for whatever OTEL_EXPORTER_OTLP_ENDPOINT names.

Without that setting nothing is traced, OpenTelemetry is not even imported, and a span costs about a microsecond.
Spans are tied together by their W3C `traceparent`, handed on explicitly: work changes threads and processes on its way.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import Protocol

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

Value = str | int | float | bool


class SpanKind(Enum):
    """Which end of an exchange a span is."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    INTERNAL = "internal"


class Span(Protocol):
    """A piece of work in a trace, as a context manager gives it; it ends with the block."""

    @property
    def traceparent(self) -> str | None:
        """What makes another span its child; None where nothing is traced."""

    def rename(self, name: str) -> None:
        """Name it by what is known only now."""

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Say more about it."""

    def link(self, traceparent: str | None) -> None:
        """Tie it to a span of another trace."""


class Tracing(Protocol):
    """Opens spans."""

    def span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        *,
        parent: object = None,
        links: Sequence[str | None] = (),
        attributes: Mapping[str, Value] | None = None,
    ) -> AbstractContextManager[Span]:
        """Open a span for a block; an error that leaves the block is noted.

        Parameters
        ----------
        name, kind
            What the work is.
        parent
            The `traceparent` it continues, as it came: what is none begins a new trace.
        links
            Other spans it works for.
        attributes
            What is known of it already.
        """

    def close(self) -> None:
        """Send what was not sent yet."""


class _NoSpan:
    traceparent: str | None = None

    def rename(self, name: str) -> None:
        pass

    def note(self, attributes: Mapping[str, Value]) -> None:
        pass

    def link(self, traceparent: str | None) -> None:
        pass


class _NoTracing:
    def __init__(self) -> None:
        self._context = nullcontext(NO_SPAN)

    def span(
        self,
        name: str,  # noqa: ARG002  # the interface's
        kind: SpanKind = SpanKind.INTERNAL,  # noqa: ARG002  # same
        *,
        parent: object = None,  # noqa: ARG002  # same
        links: Sequence[str | None] = (),  # noqa: ARG002  # same
        attributes: Mapping[str, Value] | None = None,  # noqa: ARG002  # same
    ) -> AbstractContextManager[Span]:
        return self._context

    def close(self) -> None:
        pass


NO_SPAN: Span = _NoSpan()
NO_TRACING: Tracing = _NoTracing()


def start_tracing(service: str) -> Tracing:
    """Trace a service if the environment names where to."""
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return NO_TRACING
    from broker.tracing_export import ExportedTracing  # noqa: PLC0415 - half a second that only who traces need take

    return ExportedTracing(service)
