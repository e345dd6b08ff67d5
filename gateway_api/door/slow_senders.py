"""Ending connections whose requests never arrive: each holds a socket, and a body that trickles in holds a place for uploads."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import structlog
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

ARRIVAL_SECONDS = 30.0
"""How long the headers of a request may take, from the connection or the request before; its body has the rest of it too."""

SLOWEST_BYTES_A_SECOND = 1_000
"""What a body has to arrive at beyond that, on the whole: a tenth of what the slowest telephone sends."""

LOOK_SECONDS = 5.0
"""Pause between two looks at a connection."""

_TOLD = f"The request did not arrive: its headers have {ARRIVAL_SECONDS:g} s, its body {SLOWEST_BYTES_A_SECOND:,} bytes a second."
_ANSWER = (
    f"HTTP/1.1 {HTTPStatus.REQUEST_TIMEOUT} {HTTPStatus.REQUEST_TIMEOUT.phrase}\r\n"
    f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(_TOLD)}\r\nconnection: close\r\n\r\n{_TOLD}"
).encode()

log = structlog.get_logger(__name__)


class BoundedArrival(HttpToolsProtocol):
    """A connection of the server that is closed when a request does not arrive in its time."""

    _due: float | None = None
    """When the request that arrives has to be there, by the clock of the event loop; none while nothing is expected."""
    _looking: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._due = self.loop.time() + ARRIVAL_SECONDS
        self._look_later()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._due = self.loop.time() + ARRIVAL_SECONDS

    @override
    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self._due is not None:
            self._due += len(body) / SLOWEST_BYTES_A_SECOND

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._due = None

    def _look_later(self) -> None:
        self._looking = self.loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        if self._due is not None and self.flow.read_paused:
            self._due += LOOK_SECONDS  # it is us who do not read
        if self._due is not None and self.loop.time() > self._due:
            log.info("A request did not arrive in time, its connection is closed")
            cycle: RequestResponseCycle | None = self.cycle
            if cycle is None or cycle.response_complete or not cycle.response_started:
                self.transport.write(_ANSWER)
            self.transport.close()
            return
        self._look_later()
