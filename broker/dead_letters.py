"""A message nobody could handle, on its way to the table of dead letters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from broker.messages import HEADER_ATTEMPT, HEADER_CAUSE, HEADER_DIED_AT, HEADER_ORIGIN
from broker.publisher import Outgoing
from broker.topology import DEAD_LETTERS

HEADER_REPLAY_EXCHANGE = "replay_exchange"
HEADER_REPLAY_ROUTING_KEY = "replay_routing_key"

MAX_CAUSE = 2_000
"""Characters of a cause; AMQP headers must fit in one frame."""

_OF_DEATH = frozenset(
    {
        *(HEADER_ORIGIN, HEADER_CAUSE, HEADER_DIED_AT, HEADER_REPLAY_EXCHANGE, HEADER_REPLAY_ROUTING_KEY),
        # Attempts count from the start again: a replay follows a repair.
        *(HEADER_ATTEMPT, "last_cause"),
    }
)


def dead_letter(
    *,
    body: bytes,
    content_type: str | None,
    headers: Mapping[str, Any],
    message_id: str | None,
    origin: str,
    exchange: str,
    routing_key: str,
    cause: str,
) -> Outgoing:
    """Wrap a message with its cause of death and with where a replay is published to.

    Parameters
    ----------
    body, content_type, headers, message_id
        The message as it came.
    origin
        Queue it died in.
    exchange, routing_key
        Where a replay goes.
    cause
        Why nobody could handle it, in words.
    """
    return Outgoing(
        exchange=DEAD_LETTERS,
        routing_key=origin,
        body=body,
        message_id=message_id or "",
        content_type=content_type or "application/octet-stream",
        headers={
            **without_death(headers),
            HEADER_ORIGIN: origin,
            HEADER_REPLAY_EXCHANGE: exchange,
            HEADER_REPLAY_ROUTING_KEY: routing_key,
            HEADER_CAUSE: cause[:MAX_CAUSE],
            HEADER_DIED_AT: datetime.now(UTC).isoformat(),
        },
    )


def without_death(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Give the headers a message had before it died: those a replay is sent with."""
    return {name: value for name, value in headers.items() if name not in _OF_DEATH and not name.startswith("x-")}
