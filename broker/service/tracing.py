"""One trace from a door through the broker to the commit, for whatever OTEL_EXPORTER_OTLP_ENDPOINT names.

Without that setting nothing is traced: only OpenTelemetry's interface is imported, not its SDK, and a span costs about a
microsecond. Spans are tied together by their W3C `traceparent`, handed on explicitly: work changes threads and processes
on its way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from broker.messages import HEADER_TRACEPARENT

__all__ = ["NO_SPAN", "NO_TRACING", "Span", "SpanKind", "Tracing", "Value", "start_tracing"]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_W3C = TraceContextTextMapPropagator()

Value = str | int | float | bool


class Span:
    """A piece of work in a trace; it ends with the block that `Tracing.span` opens."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @cached_property
    def traceparent(self) -> str | None:
        """What makes another span its child; None where nothing is traced."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, trace.set_span_in_context(self._span, Context()))
        return carrier.get(HEADER_TRACEPARENT)

    def rename(self, name: str) -> None:
        """Name it by what is known only now."""
        self._span.update_name(name)

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)

    def link(self, traceparent: str | None) -> None:
        """Tie it to a span of another trace."""
        for context in _contexts([traceparent]):
            self._span.add_link(context)


class Tracing:
    """Opens spans with the tracer of an SDK; without one nothing is traced."""

    def __init__(self, tracer: trace.Tracer | None = None, close: Callable[[], None] | None = None) -> None:
        self._tracer = tracer
        self._close = close
        self.is_on = tracer is not None
        """Whether spans are sent anywhere; work that is done often opens none where they are not."""

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
        if self._tracer is None:
            return _NO_BLOCK
        return _block(
            self._tracer.start_span(
                name,
                _context(parent),
                kind=kind,
                attributes=attributes,
                links=[trace.Link(context) for context in _contexts(links)],
            )
        )

    def close(self) -> None:
        """Send what was not sent yet."""
        if self._close is not None:
            self._close()


NO_SPAN = Span(trace.INVALID_SPAN)
NO_TRACING = Tracing()

_NO_BLOCK = nullcontext(NO_SPAN)


def start_tracing(service: str) -> Tracing:
    """Trace a service if the environment names where to; spans that cannot be sent are dropped, never waited for.

    The exporter reads OpenTelemetry's own settings, OTEL_*, from the environment.
    """
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return NO_TRACING
    # Half a second that only who traces need take.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": f"smartpredict-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider.get_tracer("smartpredict"), provider.shutdown)


@contextmanager
def _block(span: trace.Span) -> Iterator[Span]:
    with trace.use_span(span, end_on_exit=True):
        yield Span(span)


def _context(traceparent: object) -> Context:
    carrier = {HEADER_TRACEPARENT: traceparent} if isinstance(traceparent, str) else {}
    return _W3C.extract(carrier, Context())


def _contexts(traceparents: Sequence[str | None]) -> Iterator[trace.SpanContext]:
    for traceparent in traceparents:
        found = trace.get_current_span(_context(traceparent)).get_span_context()
        if found.is_valid:
            yield found
