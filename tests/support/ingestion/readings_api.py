"""A server that tells readings as data.gov.sg does, with the faults that such a server has."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""

REGIONS = ("north", "south")

PATH = "/v2/real-time/api/pm25"
"""Where readings are told in the shape of today."""


@dataclass
class ReadingsApi:
    """What the server knows and how it behaves; a test changes both while it runs.

    Attributes
    ----------
    readings
        What is told: by hour and region, with the time of the last update.
    faults
        Answers that come first for a day, one for each request.
    asked
        The requests: path, parameters, headers.
    page_hours
        Hours of a page; further pages are named by a token.
    """

    readings: dict[datetime, tuple[dict[str, float], datetime]] = field(default_factory=dict)
    faults: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    page_hours: int = 10
    url: str = ""

    def tell(self, hour: datetime, level: float, updated: datetime | None = None) -> None:
        """Have a reading told for every region; another one for the same hour corrects it."""
        moment = updated or hour + timedelta(minutes=20)
        self.readings[hour] = ({region: level + place for place, region in enumerate(REGIONS)}, moment)

    def fail(self, day: str, status: int, body: bytes = b"", **headers: str) -> None:
        """Have a request for a day answered so, before it is answered as it should be."""
        self.faults[day].append((status, {name.replace("_", "-"): value for name, value in headers.items()}, body))

    def days_asked(self) -> list[str]:
        """Return the days that were asked for, in order, one for each request."""
        return [parameters["date"] for _, parameters, _ in self.asked]

    def answer(self, path: str, parameters: dict[str, str]) -> Answer:
        """Return what a request is answered with."""
        day = parameters["date"]
        if self.faults[day]:
            return self.faults[day].popleft()
        first = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) - timedelta(hours=8)  # in Singapore
        known = sorted(hour for hour in self.readings if first <= hour < first + timedelta(days=1))
        content = self._as_today(known, parameters) if path.startswith("/v2/") else self._as_before(known)
        return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()

    def _as_today(self, hours: list[datetime], parameters: dict[str, str]) -> dict[str, Any]:
        start = int(parameters.get("paginationToken", "0"))
        items = [self._item(hour, "updatedTimestamp") for hour in hours[start : start + self.page_hours]]
        data: dict[str, Any] = {"regionMetadata": [{"name": region} for region in REGIONS], "items": items}
        if start + self.page_hours < len(hours):
            data["paginationToken"] = str(start + self.page_hours)
        return {"code": 0, "errorMsg": "", "data": data}

    def _as_before(self, hours: list[datetime]) -> dict[str, Any]:
        items = [self._item(hour, "update_timestamp") for hour in hours]
        return {"region_metadata": [], "items": items, "api_info": {"status": "healthy"}}

    def _item(self, hour: datetime, updated: str) -> dict[str, Any]:
        found, moment = self.readings[hour]
        local = timedelta(hours=8)
        told = {"timestamp": hour, updated: moment}
        times = {name: f"{(time + local):%Y-%m-%dT%H:%M:%S}+08:00" for name, time in told.items()}
        return {"date": f"{hour + local:%Y-%m-%d}", **times, "readings": {"pm25_one_hourly": found}}


@contextlib.contextmanager
def readings_api() -> Iterator[ReadingsApi]:
    """Run the server while the block runs."""
    api = ReadingsApi()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
            api.asked.append((parts.path, parameters, dict(self.headers)))
            status, headers, body = api.answer(parts.path, parameters)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Write nothing: what was asked is in the list."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
