"""A webhook on this machine: where people would be told, for tests to see what they are told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

__all__ = ["Webhook", "webhook"]


class Webhook(ThreadingHTTPServer):
    """Listens, and keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        """Where it is, as apprise writes it."""
        return f"json://127.0.0.1:{self.server_port}/told"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Webhook)
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Listen on a free port for a while."""
    with Webhook() as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()
