"""The envelopes there are."""

from __future__ import annotations

from ingestion.messages.envelopes.amqp_values import AMQP_VALUE, LONG_ID
from ingestion.messages.envelopes.celery_tasks import CELERY_TASK
from ingestion.messages.envelopes.cloud_events import CLOUD_EVENT, CLOUD_EVENTS
from ingestion.messages.envelopes.compressed import COMPRESSED, ENCODED, TEXT
from ingestion.messages.envelopes.envelope import Envelope
from ingestion.messages.envelopes.mass_transit import MASS_TRANSIT
from ingestion.messages.foreign import ForeignMessage
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


def open_envelopes(use_case: UseCase, message: ForeignMessage) -> ForeignMessage:
    """Return a message as its sender meant it, without what its client has put around the rows.

    Raises
    ------
    ingestion.messages.foreign.MessageRefusedError
        If it is not what it says; says what to change.
    """
    for envelope in ENVELOPES:
        if envelope.is_declared(message):
            message = envelope.open(use_case, message)
    return message
