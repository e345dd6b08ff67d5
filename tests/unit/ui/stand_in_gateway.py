"""Answers as the gateway does, from a table of answers that a test fills in; keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override

from tests.unit.ui.checked_files import checked
from tests.unit.ui.full_answers import full_answer

KEY = "stand-in-key-0123456789"
ID = "019a8000-0000-7000-8000-00000000000a"
BATCH_ID = "019a8000-0000-7000-8000-00000000000b"

USE_CASE: dict[str, Any] = {
    "name": "machines",
    "title": "Machine failure",
    "task": "binary",
    "description": "Costs [$] *much*.",
    "default": True,
    "mode": "on_arrival",
    "target": "failed",
    "classes": ["ok", "failure"],
    "key": "machine_id",
    "features": [
        {"name": "quality", "type": "category", "title": "Quality", "values": ["L", "M", "H"], "example": "M"},
        {"name": "speed", "type": "integer", "title": "Speed [rpm]", "unit": "rpm", "minimum": 500, "maximum": 5000,
         "example": 1480, "description": "Of the spindle."},
        {"name": "torque", "type": "float", "title": "Torque [Nm]", "unit": "Nm", "minimum": 0, "maximum": 120,
         "example": 41.5},
        {"name": "humid", "type": "boolean", "title": "Humid", "nullable": True},
    ],
    "rules": [{"name": "power", "check": "speed * torque < 100000", "description": "More breaks it."}],
    "schema_hash": "abc", "max_bad_share": 0.5, "example": {},
}  # fmt: skip

BATCH: dict[str, Any] = {
    "batch_id": BATCH_ID, "use_case": "machines", "source": "webapp", "name": "plant.csv", "state": "ingested",
    "done": True, "balanced": True, "progress": 1.0, "problem": None, "model_version": 3,
    "rows": {"rows_in": 5, "predicted": 4, "observed": 0, "quarantined": 1, "dead_lettered": 0, "pending": 0},
    "received_at": "2026-05-04T12:00:00Z", "read_at": "2026-05-04T12:00:01Z", "committed_at": "2026-05-04T12:00:02Z",
    "seconds_to_commit": 2.0,
}  # fmt: skip

REASON = {
    "column": "speed",
    "rule": "type",
    "value": "fast",
    "message": "speed: 'fast' is no whole number, or too large a one (past 64 bits)",
}


def stored(number: int) -> dict[str, Any]:
    """Make a stored prediction."""
    return {
        "id": ID, "batch_id": BATCH_ID, "row_number": number, "source": "webapp", "model_version": 3,
        "received_at": "2026-05-04T12:00:00Z", "created_at": "2026-05-04T12:00:00Z", "key": None, "prediction": "ok",
        "score": 0.1, "features": {"quality": "M", "speed": 1480, "torque": 41.5, "humid": None},
    }  # fmt: skip


def problem(status: int, code: str, detail: str = "", **members: Any) -> tuple[int, dict[str, Any]]:
    """Make an answer that is no success."""
    return status, {"type": "/docs", "title": code, "status": status, "code": code, "detail": detail,
                    "request_id": ID, **members}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    parameters: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class StandInGateway:
    """Use as a context manager; `answers` maps method and path to status and content, or to what makes them.

    Files are checked as the gateway checks them.
    """

    answers: dict[str, tuple[int, Any] | Callable[[Asked], tuple[int, Any]]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    key: str = KEY

    def __enter__(self) -> Self:
        summary = {name: USE_CASE[name] for name in ("name", "title", "description", "task", "default")}
        self.answers = {
            "GET /use-cases": (200, {"use_cases": [summary]}),
            "GET /use-cases/machines": (200, USE_CASE),
            "POST /check": lambda asked: (200, checked(USE_CASE, asked.parameters["name"], asked.body)),
            "GET /use-cases/machines/template.csv": (200, "machine_id,quality,speed,torque,humid\n"),
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go away, as a gateway that is being restarted does."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def requests(self, question: str) -> list[Asked]:
        """Return what came for a method and path."""
        return [asked for asked in self.asked if f"{asked.method} {asked.path}" == question]

    def answer_to(self, asked: Asked) -> tuple[int, Any]:
        """Look up or make the answer to a request."""
        known = self.answers.get(f"{asked.method} {asked.path}")
        if known is None:
            return problem(404, "not-found", "Nothing lives here.")
        return known if isinstance(known, tuple) else known(asked)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                parts = urlsplit(self.path)
                if "chunked" in self.headers.get("Transfer-Encoding", ""):
                    body = self._chunks()
                else:
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), body)
                stand_in.asked.append(asked)
                if self.headers.get("Authorization") != f"Bearer {stand_in.key}":
                    answer: tuple[int, Any] = problem(401, "unauthorized")
                else:
                    answer = stand_in.answer_to(asked)
                status, content = answer
                if status < 300:
                    content = full_answer(self.command, parts.path, content)
                encoded = content.encode() if isinstance(content, str) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(encoded)))
                with suppress(ConnectionError):  # whoever asked may wait no more
                    self.end_headers()
                    self.wfile.write(encoded)

            def _chunks(self) -> bytes:
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Print nothing."""

        return Handler
