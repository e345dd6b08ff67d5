"""Whether the broker takes what is published: it takes nothing while its memory or its disk runs out.

It says so on a connection that publishes then; the client library logs it, and goes on waiting for a confirm.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiormq.connection
from aio_pika.abc import AbstractRobustConnection
from aiormq import Connection, spec


class TellingConnection(Connection):
    """A connection that tells why the broker takes nothing from it."""

    blocked_by: str | None = None
    """What the broker said, such as `low on memory`; none while it takes what is published."""

    # The names are those of the library's private methods, which it calls where the broker speaks.
    async def _Connection__handle_connection_blocked(self, frame: spec.Connection.Blocked) -> None:  # noqa: N802
        self.blocked_by = frame.reason or "for a reason it does not give"
        await _library(self, "blocked", frame)

    async def _Connection__handle_connection_unblocked(self, frame: spec.Connection.Unblocked) -> None:  # noqa: N802
        self.blocked_by = None
        await _library(self, "unblocked", frame)


async def _library(connection: Connection, event: str, frame: Any) -> None:
    await getattr(Connection, f"_Connection__handle_connection_{event}")(connection, frame)


def tell_of_blocking() -> None:
    """Have the client library open connections that tell; called before one is opened."""
    aiormq.connection.Connection = TellingConnection  # type: ignore[misc]  # where the library takes it from


def blocked_by(connection: AbstractRobustConnection) -> str | None:
    """Return why the broker takes nothing from a connection, in its words; None while it does, or nobody published."""
    transport = connection.transport
    return None if transport is None else getattr(transport.connection, "blocked_by", None)


@dataclass(slots=True)
class WaitingMessages:
    """Messages that wait for room in a queue that is full."""

    count: int = 0
    _since: float = 0.0

    @property
    def stuck_seconds(self) -> float:
        """How long none of them has been taken."""
        return monotonic() - self._since if self.count else 0.0

    def begin(self) -> None:
        """Count one more."""
        if not self.count:
            self._since = monotonic()
        self.count += 1

    def end(self) -> None:
        """Count one that was taken, or given up."""
        self.count -= 1
        self._since = monotonic()
