"""A message nobody could handle, on its way to the table of dead letters, and on its way back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from broker.messages import HEADER_ATTEMPT, HEADER_CAUSE, HEADER_DIED_AT, HEADER_ORIGIN
from broker.publisher import Outgoing, Publisher
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


class KeptLetter(Protocol):
    """A dead letter, wherever it is kept."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def exchange(self) -> str:
        """Where a replay is published to, ..."""

    @property
    def routing_key(self) -> str:
        """... and with which routing key."""

    @property
    def body(self) -> bytes:
        """The message."""

    @property
    def message_id(self) -> str | None:
        """Id of the message."""

    @property
    def content_type(self) -> str | None:
        """What the body is."""

    @property
    def headers(self) -> dict[str, Any]:
        """Headers, with those of its death."""


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


async def send_again(
    letter: KeptLetter, publisher: Publisher, note: Callable[[int], Awaitable[None]], body: bytes | None = None
) -> None:
    """Publish a letter to where it came from, and note it.

    In this order: a crash in between has it sent twice, which parts and foreign messages bear, for their ids say so; the
    other order would lose it.

    Parameters
    ----------
    letter
        The letter.
    publisher
        Somebody who may publish to where it came from.
    note
        Notes, by its number, that it was sent.
    body
        Repaired body; the original one if not given.

    Raises
    ------
    broker.publisher.PublishingError
        If the broker did not take it; nothing is noted then.
    """
    await publisher.publish(
        Outgoing(
            exchange=letter.exchange,
            routing_key=letter.routing_key,
            body=letter.body if body is None else body,
            message_id=letter.message_id or "",
            content_type=letter.content_type or "application/octet-stream",
            headers=without_death(letter.headers),
        )
    )
    await note(letter.id)
