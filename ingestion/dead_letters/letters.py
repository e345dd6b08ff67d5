"""Reading a dead letter: what died, where, why, and where a replay goes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from broker.dead_letters import (
    HEADER_REPLAY,
    HEADER_REPLAY_EXCHANGE,
    HEADER_REPLAY_ROUTING_KEY,
    plain_text,
    plain_value,
    without_death,
)
from broker.ids import letter_id
from broker.messages import HEADER_CAUSE, HEADER_DIED_AT, HEADER_ORIGIN, PartHeader
from broker.topology import INBOX, use_case_of
from sql.dead_letters.storage import NewLetter

_CAUSES = {
    "delivery_limit": "its consumer died or gave it back too often; look into the log of the service at that time",
    "rejected": "its consumer did not foresee this fault; look into the log of the service at that time",
    "expired": "nobody took it in time",
    "maxlen": "its queue was full",
}
"""What RabbitMQ's reasons mean here, where no service said more."""


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A message of the queue of dead letters."""

    body: bytes
    headers: Mapping[str, Any]
    message_id: str | None
    content_type: str | None
    exchange: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class _Death:
    queue: str
    exchange: str
    routing_key: str
    cause: str
    died_at: datetime
    count: str = ""


def read_letter(message: DeadMessage) -> NewLetter:
    """Read a dead message; the same death always gives the same letter."""
    # Where the broker gave a message up, those headers are its sender's own, and would have a replay sent elsewhere.
    told = None if "x-death" in message.headers else _told_by_a_service(message)
    death = told or _told_by_the_broker(message)
    part = _part(message.headers)
    return NewLetter(
        letter_id=_letter_id(message, death, is_told=told is not None),
        queue=death.queue,
        exchange=death.exchange,
        routing_key=death.routing_key,
        message_id=plain_text(message.message_id) if message.message_id else None,
        part_id=part.part_id if part else None,
        batch_id=part.batch_id if part else None,
        use_case=part.use_case if part else _use_case(death),
        rows=part.rows if part else 0,
        cause=death.cause,
        content_type=plain_text(message.content_type) if message.content_type else None,
        headers=plain_value(message.headers),
        body=message.body,
        died_at=death.died_at,
    )


def _told_by_a_service(message: DeadMessage) -> _Death | None:
    headers = message.headers
    try:
        return _Death(
            queue=plain_text(headers[HEADER_ORIGIN]),
            exchange=plain_text(headers[HEADER_REPLAY_EXCHANGE]),
            routing_key=plain_text(headers[HEADER_REPLAY_ROUTING_KEY]),
            cause=plain_text(headers[HEADER_CAUSE]),
            died_at=datetime.fromisoformat(plain_text(headers[HEADER_DIED_AT])),
        )
    except (KeyError, ValueError):
        return None


def _told_by_the_broker(message: DeadMessage) -> _Death:
    deaths = message.headers.get("x-death")
    if not isinstance(deaths, Sequence) or not deaths or not isinstance(deaths[0], Mapping):
        cause = "it was published to the exchange of dead letters without saying why"
        return _Death(message.routing_key, message.exchange, message.routing_key, cause, datetime.now(UTC))
    last = deaths[0]
    keys = last.get("routing-keys") or [message.routing_key]
    moment = last.get("time")
    found = plain_text(last.get("reason", ""))
    queue = plain_text(last.get("queue", ""))
    return _Death(
        queue=queue,
        # What came in by MQTT has another exchange, which nobody who replays a letter may write to.
        exchange=INBOX if queue == INBOX else plain_text(last.get("exchange", "")),
        routing_key=plain_text(keys[0]),
        cause=f"{found}: {_CAUSES.get(found, 'the broker gave no other reason')}",
        died_at=_aware(moment) if isinstance(moment, datetime) else datetime.now(UTC),
        count=str(last.get("count", "")) if isinstance(moment, datetime) else "",
    )


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _letter_id(message: DeadMessage, death: _Death, *, is_told: bool) -> UUID:
    """Name a death by what died, and by the time at which the broker gave it up.

    Not by the time at which a service did: a message that is delivered again, because its consumer died before it
    acknowledged it, is given up once more, and is still one message.
    """
    digest = hashlib.sha256(message.body).hexdigest()
    name = plain_text(message.message_id)
    if not is_told:
        timed = "x-death" in message.headers
        return letter_id(death.queue, name, death.died_at.isoformat() if timed else "", death.count, digest)
    # Messages without an id are told apart by all that their senders set.
    headers = "" if message.message_id else repr(sorted(plain_value(without_death(message.headers)).items()))
    replay = plain_text(message.headers.get(HEADER_REPLAY, ""))
    return letter_id(death.queue, death.routing_key, name, headers, replay, digest)


def _part(headers: Mapping[str, Any]) -> PartHeader | None:
    try:
        return PartHeader.from_headers(headers)
    except ValidationError:
        return None


def _use_case(death: _Death) -> str | None:
    """Return the use case of a foreign message: what its routing key names."""
    return use_case_of(death.routing_key) or None if death.queue == INBOX else None
