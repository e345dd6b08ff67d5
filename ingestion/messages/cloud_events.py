"""CloudEvents: their id and source together are the key of a message, and their data are its rows.

The SDKs write them over AMQP in two modes: binary, with attributes in the headers under one of three spellings, and
structured, with attributes and data in one JSON object.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ingestion.messages.foreign import ForeignMessage, MessageRefusedError
from usecases.formats.json_text import JsonError, parse

STRUCTURED, SEVERAL = "application/cloudevents+json", "application/cloudevents-batch+json"
SPELLINGS = ("ce-", "cloudEvents_", "cloudEvents:")
"""What begins the names of attributes in headers: of the RabbitMQ bindings, and of the AMQP bindings, new and old."""


def open_event(message: ForeignMessage) -> ForeignMessage:
    """Return a message as its sender meant it: with the key and the data of its event, if it is one.

    Raises
    ------
    MessageRefusedError
        If it says that it is an event, and lacks what makes one.
    """
    match (message.content_type or "").partition(";")[0].strip().lower():
        case str(kind) if kind == STRUCTURED:
            event = _event(message.body)
            return replace(message, message_id=_key(event, ""), body=_data(event))
        case str(kind) if kind == SEVERAL:
            raise MessageRefusedError("send each event as a message of its own, not several in one")
        case _:
            spelling = next((name for name in SPELLINGS if f"{name}specversion" in message.headers), None)
            return message if spelling is None else replace(message, message_id=_key(message.headers, spelling))


def _event(body: bytes) -> Mapping[str, Any]:
    try:
        event = parse(body)
    except JsonError as error:
        raise MessageRefusedError(f"the body is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise MessageRefusedError("a structured CloudEvent is one JSON object")
    return event


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
