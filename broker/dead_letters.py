"""A message nobody could handle, on its way to the table of dead letters, and on its way back."""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from pamqp import encode

from broker.messages import HEADER_ATTEMPT, HEADER_CAUSE, HEADER_DIED_AT, HEADER_ORIGIN
from broker.topology import DEAD_LETTERS
from broker.transport.publisher import Outgoing, Publisher

HEADER_REPLAY_EXCHANGE = "replay_exchange"
HEADER_REPLAY_ROUTING_KEY = "replay_routing_key"

HEADER_REPLAY = "x-replay"
"""Distinguishes one replay from another, so that one that dies again is a letter of its own."""

HEADER_WITHOUT_ID = "x-without-id"
"""Marks a letter, or its replay, that has no id: the client library gives one to every message that it publishes without."""

HEADER_REPAIRED = "x-repaired"
"""Marks a foreign message whose body a person has written anew: plain rows, whatever its headers say is around them."""

MAX_CAUSE = 2_000
"""Characters of a cause; AMQP headers must fit in one frame."""

MAX_KEPT_HEADERS = 64 * 1024
"""Bytes of a sender's headers that a letter keeps: with a cause they still fit in a frame of 128 KiB."""

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
    replay = {HEADER_REPLAY: headers[HEADER_REPLAY]} if HEADER_REPLAY in headers else {}
    unnamed = {} if message_id else {HEADER_WITHOUT_ID: "true"}
    return Outgoing(
        exchange=DEAD_LETTERS,
        routing_key=origin,
        body=body,
        message_id=message_id or "",
        content_type=content_type or "application/octet-stream",
        headers={
            **_sendable({**without_death(headers), **replay, **unnamed}),
            HEADER_ORIGIN: origin,
            HEADER_REPLAY_EXCHANGE: exchange,
            HEADER_REPLAY_ROUTING_KEY: routing_key,
            HEADER_CAUSE: cause[:MAX_CAUSE],
            HEADER_DIED_AT: datetime.now(UTC).isoformat(),
        },
    )


def without_death(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers a message had before it died: those a replay is sent with."""
    return {
        name: value
        for name, value in headers.items()
        if name not in _OF_DEATH and (name == HEADER_REPAIRED or not name.startswith("x-"))
    }


def _sendable(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what can be published: a letter that cannot be would be tried for ever, and keep others from their turn."""
    kept: dict[str, Any] = {}
    room = MAX_KEPT_HEADERS
    for name, value in headers.items():
        try:
            size = len(encode.field_table({name: value}))
        except (TypeError, OverflowError, struct.error):  # a type, or a number, that can be read but not be written
            value = str(value)  # noqa: PLW2901  # its text is what a person reads anyway
            size = len(name) + len(value.encode())
        if size <= room:
            kept[name] = value
            room -= size
    return kept


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
    broker.transport.publisher.PublishingError
        If the broker did not take it; nothing is noted then.
    """
    unnamed = {} if letter.message_id else {HEADER_WITHOUT_ID: "true"}
    await publisher.publish(
        Outgoing(
            exchange=letter.exchange,
            routing_key=letter.routing_key,
            body=letter.body if body is None else body,
            message_id=letter.message_id or "",
            content_type=letter.content_type or "application/octet-stream",
            headers={**without_death(letter.headers), **unnamed, HEADER_REPLAY: uuid4().hex},
        )
    )
    await note(letter.id)


def plain_value(value: Any) -> Any:
    """Return a value of AMQP as one that JSON and PostgreSQL hold."""
    if isinstance(value, Mapping):
        return {plain_text(name): plain_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(inner) for inner in value]
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat() if isinstance(value, datetime) else plain_text(value)


def plain_text(value: Any) -> str:
    """Return a text that PostgreSQL holds."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
