"""Messages of MassTransit (.NET): their own id is the key, and what is under `message` is the row."""

from __future__ import annotations

import json
from dataclasses import replace

from broker.envelopes.envelope import Envelope, parsed
from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from broker.messages import JSON
from usecases.contract.spec import UseCase

MEDIA_TYPE = "application/vnd.masstransit+json"


def _open(use_case: UseCase, message: ForeignMessage) -> ForeignMessage:
    content = parsed(use_case, message)
    if not isinstance(content, dict) or "message" not in content:
        raise MessageRefusedError(
            f"the body is no message of MassTransit, which has its row under message; send it as {JSON} if it is the row"
        )
    # Kept over retries of the outbox; the property of the message, where it is set, is the same.
    own_id = content.get("messageId")
    return replace(
        message,
        message_id=own_id if isinstance(own_id, str) and own_id else message.message_id,
        body=json.dumps(content["message"]).encode(),
        content_type=JSON,
    )


MASS_TRANSIT = Envelope(is_declared=lambda message: message.media_type == MEDIA_TYPE, open=_open)
