"""CloudEvents: their id and source together are the key of a message, and their data are its rows.

The SDKs write them over AMQP in two modes: binary, with attributes in the headers under one of several spellings, and
structured, with attributes and data in one JSON object.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from broker.envelopes.envelope import Envelope, parsed
from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from broker.messages import CLOUD_EVENT_JSON, JSON
from usecases.contract.spec import UseCase

SEVERAL = "application/cloudevents-batch+json"
SPELLINGS = ("ce-", "cloudEvents_", "cloudEvents:", "")
"""What begins the names of attributes in headers: of the RabbitMQ bindings, of the AMQP bindings, new and old, and of MQTT
5, whose user properties arrive as headers."""


def _spelling(message: ForeignMessage) -> str | None:
    return next((name for name in SPELLINGS if f"{name}specversion" in message.headers), None)


def _open_binary(_: UseCase, message: ForeignMessage) -> ForeignMessage:
    return replace(message, message_id=_key(message.headers, _spelling(message) or ""))


def _open_structured(use_case: UseCase, message: ForeignMessage) -> ForeignMessage:
    if message.media_type == SEVERAL:
        raise MessageRefusedError("send each event as a message of its own, not several in one")
    event = parsed(use_case, message)
    if not isinstance(event, dict):
        raise MessageRefusedError("a structured CloudEvent is one JSON object")
    return replace(message, message_id=_key(event, ""), body=_data(event), content_type=JSON)


def _key(attributes: Mapping[str, Any], spelling: str) -> str:
    source, own_id = (attributes.get(f"{spelling}{name}") for name in ("source", "id"))
    if not (isinstance(source, str) and source and isinstance(own_id, str) and own_id):
        raise MessageRefusedError("give the CloudEvent an id and a source: together they are its idempotency key")
    # A source is a URI, so it holds no space: no two events share a key.
    return f"{source.replace(' ', '%20')} {own_id}"


def _data(event: Mapping[str, Any]) -> bytes:
    if "data" in event:
        return json.dumps(event["data"]).encode()
    try:
        return base64.b64decode(event.get("data_base64", ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise MessageRefusedError(f"data_base64 of the CloudEvent is no base64: {error}") from error


CLOUD_EVENTS = Envelope(
    is_declared=lambda message: message.media_type in {CLOUD_EVENT_JSON, SEVERAL}, open=_open_structured
)
CLOUD_EVENT = Envelope(is_declared=lambda message: _spelling(message) is not None, open=_open_binary)
