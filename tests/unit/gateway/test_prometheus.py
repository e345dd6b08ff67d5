"""What fires in Prometheus is told whether or not it says what has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from gateway_api.health.alerts.routes import _told

FIRING = {
    "state": "firing", "labels": {"alertname": "DiskFull"}, "annotations": {}, "activeAt": "2026-03-01T12:00:00.5Z", "value": "1",
}  # fmt: skip


class Prometheus(BaseHTTPRequestHandler):
    """Lists one alert that fires, and answers a query as it is told to."""

    of_a_query: ClassVar[tuple[int, dict[str, Any]]] = (200, {})

    def do_GET(self) -> None:
        alerts = {"status": "success", "data": {"alerts": [FIRING]}}
        status, content = (200, alerts) if self.path.startswith("/api/v1/alerts") else self.of_a_query
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    @override
    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Prometheus) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_fires_is_listed_where_a_day_is_too_much_to_look_through(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = (503, {"status": "error", "errorType": "timeout", "error": "query timed out in expression evaluation"})
    monkeypatch.setattr(Prometheus, "of_a_query", busy)
    told = _told(url)
    assert (told.state, [one.labels["alertname"] for one in told.alerts], told.ended) == ("asked", ["DiskFull"], ())
    assert told.problem == "Prometheus answers 503. What has ended there is missing."


def test_where_nothing_has_ended_all_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Prometheus, "of_a_query", (200, {"status": "success", "data": {"result": []}}))
    assert (len(_told(url).alerts), _told(url).ended, _told(url).problem) == (1, (), None)
