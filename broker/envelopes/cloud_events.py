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
from broker.envelopes.foreign import SPECVERSION, ForeignMessage, MessageRefusedError
from broker.messages import CLOUD_EVENT_JSON, JSON
from usecases.contract.spec import UseCase

SEVERAL = "application/cloudevents-batch+json"
_REQUIRED = frozenset({"specversion", "id", "source", "type"})
_DATA = ("data", "data_base64")
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
    return _opened(event, message)


def _open_undeclared(use_case: UseCase, message: ForeignMessage) -> ForeignMessage:
    """Open an event that has all of its names, where no column is called so; anything else stays what it is."""
    event = parsed(use_case, message)
    known = use_case.known_names
    is_one = isinstance(event, dict) and event.keys() >= _REQUIRED and any(name in event for name in _DATA)
    return _opened(event, message) if is_one and "specversion" not in known else message


def _opened(event: Mapping[str, Any], message: ForeignMessage) -> ForeignMessage:
    kind = event.get("datacontenttype")
    kind = JSON if not isinstance(kind, str) or _is_json(kind) else kind
    return replace(message, message_id=_key(event, ""), body=_data(event, kind), content_type=kind)


def _key(attributes: Mapping[str, Any], spelling: str) -> str:
    source, own_id = (attributes.get(f"{spelling}{name}") for name in ("source", "id"))
    if not (isinstance(source, str) and source and isinstance(own_id, str) and own_id):
        raise MessageRefusedError("give the CloudEvent an id and a source: together they are its idempotency key")
    # A source is a URI, so it holds no space: no two events share a key.
    return f"{source.replace(' ', '%20')} {own_id}"


def _is_json(media_type: str) -> bool:
    plain = media_type.partition(";")[0].strip().lower()
    return plain.endswith(("/json", "+json"))


def _data(event: Mapping[str, Any], kind: str) -> bytes:
    """Return the bytes of the data: a text of another kind than JSON is what it says, letter by letter."""
    if "data" in event:
        data = event["data"]
        return data.encode() if kind != JSON and isinstance(data, str) else json.dumps(data).encode()
    try:
        return base64.b64decode(event.get("data_base64", ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise MessageRefusedError(f"data_base64 of the CloudEvent is no base64: {error}") from error


def _is_structured(message: ForeignMessage) -> bool:
    return message.media_type in {CLOUD_EVENT_JSON, SEVERAL}


def _may_be_one(message: ForeignMessage) -> bool:
    """Return whether JSON may be an event: Dapr calls its own plain text, and others do not say what theirs are."""
    is_json = message.media_type in {"", "text/plain", JSON}
    return is_json and SPECVERSION in message.body and message.body.lstrip()[:1] == b"{" and _spelling(message) is None


CLOUD_EVENTS = Envelope(is_declared=_is_structured, open=_open_structured)
UNDECLARED_EVENT = Envelope(is_declared=_may_be_one, open=_open_undeclared)
CLOUD_EVENT = Envelope(is_declared=lambda message: _spelling(message) is not None, open=_open_binary)
