"""Tracing that is off costs next to nothing and changes nothing."""

from __future__ import annotations

import pytest

from broker.service.tracing import NO_TRACING, SpanKind, start_tracing
from broker.transport.publisher import Outgoing


def test_without_an_address_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    assert start_tracing("worker") is NO_TRACING
    with NO_TRACING.span("process", SpanKind.CONSUMER, parent="whatever", links=[None]) as span:
        span.rename("other")
        span.note({"rows": 1})
        span.link(None)
        assert span.traceparent is None
    NO_TRACING.close()


def test_a_message_carries_a_trace_where_there_is_one() -> None:
    message = Outgoing("predict", "predict.bulk", b"", "id", headers={"part_id": "7"})
    assert message.traced(None) is message
    assert message.traced("00-1-2-01").headers == {"part_id": "7", "traceparent": "00-1-2-01"}
    assert message.headers == {"part_id": "7"}
