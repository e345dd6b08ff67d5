"""Foreign messages as they came: what their senders say about them, and the letter of one that cannot be taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broker.dead_letters import dead_letter
from broker.messages import HEADER_TRACEPARENT
from broker.topology import INBOX, MQTT_PREFIX, use_case_of
from broker.transport.publisher import Outgoing

MAX_PROPERTY_BYTES = 255
"""Bytes of a text in a property of a message."""

HEADER_REPLY_TOPIC = "x-reply-to-topic"
"""Holds the key that stands for the response topic of an MQTT 5 message, which has no `reply_to`."""

HEADER_ENCODING = "content_encoding"
"""Holds what the property of this name says where the body is no plain text: so its letter says it, too."""

HEADER_TYPE = "message_type"
"""Holds the type of a message in its letter, and in what is replayed from there."""

SPECVERSION = b'"specversion"'
"""Stands in every CloudEvent that is one JSON object, whether or not its sender says what it is."""


class MessageRefusedError(Exception):
    """A foreign message cannot be read at all; says what its sender has to change."""


@dataclass(frozen=True, slots=True)
class ForeignMessage:
    """A message as it came."""

    body: bytes
    routing_key: str
    message_id: str | None
    content_type: str | None
    headers: Mapping[str, Any]
    reply_to: str | None
    correlation_id: str | None
    reply_exchange: str = ""
    """Where `reply_to` is a key; at the standard exchange it is the name of a queue."""
    deliveries: int = 0
    """How often the broker has delivered it before."""
    message_type: str | None = None
    """Its property `type`."""
    account: str | None = None
    """Who sent it, where the sender says so: the broker takes no other name than that of the account that publishes."""
    held: int | None = None
    """Its number where it was held, if a person released it."""

    @property
    def use_case(self) -> str:
        """The use case that it is for, as it names it."""
        return use_case_of(self.routing_key)

    @property
    def topic(self) -> bytes:
        """Its topic, if it came by MQTT: who sent it, beside what it is for."""
        return self.routing_key.encode() if self.routing_key.startswith(MQTT_PREFIX) else b""

    @property
    def media_type(self) -> str:
        """Its content type without parameters."""
        return (self.content_type or "").partition(";")[0].strip().lower()

    @property
    def traceparent(self) -> object:
        """The span that its sender wants continued, as it came."""
        return self.headers.get(HEADER_TRACEPARENT)

    def dead_letter(self, cause: str) -> Outgoing:
        """Wrap a message that cannot be taken in."""
        return dead_letter(
            body=self.body,
            content_type=self.content_type,
            # A letter has no property for it.
            headers=self.headers if self.message_type is None else {**self.headers, HEADER_TYPE: self.message_type},
            message_id=self.message_id,
            origin=INBOX,
            exchange=INBOX,
            routing_key=self.routing_key,
            cause=cause,
        )
