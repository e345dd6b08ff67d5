"""Spans that are exported by OTLP over HTTP; OpenTelemetry reads its own settings, OTEL_*, from the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from broker.messages import HEADER_TRACEPARENT
from broker.tracing import Span, SpanKind, Value

_KINDS = {
    SpanKind.SERVER: trace.SpanKind.SERVER,
    SpanKind.CLIENT: trace.SpanKind.CLIENT,
    SpanKind.PRODUCER: trace.SpanKind.PRODUCER,
    SpanKind.CONSUMER: trace.SpanKind.CONSUMER,
    SpanKind.INTERNAL: trace.SpanKind.INTERNAL,
}
_W3C = TraceContextTextMapPropagator()


class ExportedSpan:
    """A span of OpenTelemetry."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str | None:
        """What makes another span its child."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier, trace.set_span_in_context(self._span, Context()))
        return carrier.get(HEADER_TRACEPARENT)

    def rename(self, name: str) -> None:
        """Name it by what is known only now."""
        self._span.update_name(name)

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Say more about it."""
        self._span.set_attributes(attributes)

    def link(self, traceparent: str | None) -> None:
        """Tie it to a span of another trace."""
        for context in _contexts([traceparent]):
            self._span.add_link(context)


class ExportedTracing:
    """Traces a service and exports in the background; spans that cannot be sent are dropped, never waited for."""

    def __init__(self, service: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": f"smartpredict-{service}"}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("smartpredict")

    @contextmanager
    def span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        *,
        parent: object = None,
        links: Sequence[str | None] = (),
        attributes: Mapping[str, Value] | None = None,
    ) -> Iterator[Span]:
        """Open a span for a block."""
        started = self._tracer.start_span(
            name,
            _context(parent),
            kind=_KINDS[kind],
            attributes=attributes,
            links=[trace.Link(context) for context in _contexts(links)],
        )
        with trace.use_span(started, end_on_exit=True):
            yield ExportedSpan(started)

    def close(self) -> None:
        """Send what was not sent yet."""
        self._provider.shutdown()


def _context(traceparent: object) -> Context:
    carrier = {HEADER_TRACEPARENT: traceparent} if isinstance(traceparent, str) else {}
    return _W3C.extract(carrier, Context())


def _contexts(traceparents: Sequence[str | None]) -> Iterator[trace.SpanContext]:
    for traceparent in traceparents:
        found = trace.get_current_span(_context(traceparent)).get_span_context()
        if found.is_valid:
            yield found
