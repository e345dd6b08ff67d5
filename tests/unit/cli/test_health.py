"""Asking services how they are."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typing_extensions import override

from local_stack.machine.ports import LOOPBACK, throwaway_port
from local_stack.services import health

Answer = Callable[[int, object], str]


@pytest.fixture
def answering() -> Iterator[Answer]:
    """Serve one fixed answer at the address that is given back."""
    servers: list[HTTPServer] = []

    def serve(status: int, body: object) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())

            @override
            def log_message(self, *_: object) -> None: ...

        server = HTTPServer((LOOPBACK, 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://{LOOPBACK}:{server.server_port}/health/ready"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_ready(answering: Answer) -> None:
    assert health.check(answering(200, {"ready": True})) == health.Ready()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"ready": False, "checks": {"broker": True, "model": False}}, "waits for model"),
        ({"title": "Not ready", "detail": "No worker consumes predict.online."}, "No worker consumes predict.online."),
        ({"detail": "No model.", "checks": [{"name": "model"}]}, "No model."),
        ({"title": "Not ready"}, "Not ready"),
        (["odd"], '["odd"]'),
        ("starting", "starting"),
        ("", "status 503"),
    ],
)
def test_not_ready_says_why(answering: Answer, body: object, reason: str) -> None:
    found = health.check(answering(503, body))
    assert found == health.NotReady(reason)
    assert health.describe(found) == f"not ready: {reason}"


def test_no_answer_is_not_fine() -> None:
    found = health.check(f"http://{LOOPBACK}:{throwaway_port()}/health")
    assert found == health.Down()
    assert health.describe(found) == "no answer"


@pytest.mark.parametrize(
    ("component", "found"),
    [
        ("scheduler", health.Ready()),
        ("triggerer", health.NotReady("triggerer: unhealthy")),
        ("dag_processor", health.NotReady("dag_processor: has not started yet")),
        ("nobody", health.NotReady("nothing is known of nobody")),
    ],
)
def test_one_address_may_tell_of_several_components(answering: Answer, component: str, found: health.Health) -> None:
    body = {"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}, "dag_processor": {"status": None}}
    assert health.check(f"{answering(200, body)}#{component}") == found
