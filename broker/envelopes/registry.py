"""The envelopes there are."""

from __future__ import annotations

from typing import Any

from broker.dead_letters import HEADER_REPAIRED
from broker.envelopes.amqp_values import AMQP_VALUE, LONG_ID
from broker.envelopes.celery_tasks import CELERY_TASK
from broker.envelopes.change_records import AFTER, PAYLOAD, open_record
from broker.envelopes.cloud_events import CLOUD_EVENT, CLOUD_EVENTS
from broker.envelopes.compressed import COMPRESSED, ENCODED, TEXT
from broker.envelopes.envelope import Envelope
from broker.envelopes.foreign import ForeignMessage
from broker.envelopes.mass_transit import MASS_TRANSIT
from broker.envelopes.nest_packets import PATTERN, open_packet
from broker.envelopes.typed_values import TYPE_NAME, without_type_names
from usecases.contract.spec import UseCase

ENVELOPES: tuple[Envelope, ...] = (
    ENCODED,
    COMPRESSED,
    TEXT,
    AMQP_VALUE,
    LONG_ID,
    CELERY_TASK,
    MASS_TRANSIT,
    CLOUD_EVENTS,
    CLOUD_EVENT,
)
"""In the order in which they are opened: what is around the bytes first. A new one is a line here."""


WITHIN_JSON = frozenset({PATTERN, PAYLOAD, AFTER, TYPE_NAME})
"""Names of which one stands in each envelope that nothing but its names declares."""


def open_content(use_case: UseCase, content: dict[str, Any]) -> Any:
    """Return what an object of JSON brings that has one of the names :data:`WITHIN_JSON`; a row stays what it is.

    Raises
    ------
    broker.envelopes.foreign.MessageRefusedError
        If it brings no row.
    """
    if TYPE_NAME in content:
        return without_type_names(use_case, content)
    return open_packet(use_case, content) if PATTERN in content else open_record(use_case, content)


def open_envelopes(use_case: UseCase, message: ForeignMessage) -> ForeignMessage:
    """Return a message as its sender meant it, without what its client has put around the rows.

    One whose rows a person has taken out, and repaired, is plain.

    Raises
    ------
    broker.envelopes.foreign.MessageRefusedError
        If it is not what it says; says what to change.
    """
    if HEADER_REPAIRED in message.headers:
        return message
    for envelope in ENVELOPES:
        if envelope.is_declared(message):
            message = envelope.open(use_case, message)
    return message
