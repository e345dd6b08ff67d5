"""CloudEvents, as the SDK writes them and as other spellings have them: one key for one event, and its data are rows."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from cloudevents.core.bindings import amqp, rabbitmq
from cloudevents.core.v1.event import CloudEvent

from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from ingestion.messages.ingest import read_message
from ingestion.messages.rows import ForeignRows
from tests.support.ingestion.readings import READING, csv_file, reading
from usecases.contract.catalog import load_catalog

CATALOG = load_catalog()
SOURCE, OWN_ID = "/plants/7/press", "reading-4711"
KEY = f"{SOURCE} {OWN_ID}"


def event(data: Any = READING) -> CloudEvent:
    attributes = {"id": OWN_ID, "source": SOURCE, "type": "reading", "datacontenttype": "application/json"}
    return CloudEvent({"specversion": "1.0", **attributes}, data)


def message(body: bytes, content_type: str | None, headers: dict[str, Any] | None = None) -> ForeignMessage:
    return ForeignMessage(body, "equipment_failure", None, content_type, headers or {}, None, None)


def by_rabbitmq(data: Any = READING) -> ForeignMessage:
    wire = rabbitmq.to_binary_event(event(data))
    return message(wire.body, wire.content_type, dict(wire.headers))


def by_amqp(data: Any = READING) -> ForeignMessage:
    wire = amqp.to_binary_event(event(data))
    return message(wire.application_data, str(wire.properties["content-type"]), wire.application_properties)


def by_old_amqp(data: Any = READING) -> ForeignMessage:
    new = by_amqp(data)
    return replace(new, headers={name.replace("_", ":", 1): value for name, value in new.headers.items()})


def structured(data: Any = READING) -> ForeignMessage:
    wire = rabbitmq.to_structured_event(event(data))
    return message(wire.body, wire.content_type)


def read(one: ForeignMessage) -> ForeignRows:
    return read_message(CATALOG, one)


@pytest.mark.parametrize("write", [by_rabbitmq, by_amqp, by_old_amqp, structured])
def test_an_event_has_one_key_in_every_spelling_and_its_data_are_a_row(write: Any) -> None:
    found = read(write())
    assert found.message_id == KEY
    assert found.rows == [READING]
    assert found.digest == read(write()).digest


def test_an_event_may_hold_many_rows() -> None:
    rows = [READING, reading(machine_id="M-2")]
    assert read(structured(rows)).rows == rows
    assert read(by_rabbitmq(json.dumps(rows))).rows == rows


def test_the_key_of_an_event_comes_before_an_id_that_a_client_made_up() -> None:
    assert read(replace(by_rabbitmq(), message_id="made up")).message_id == KEY


def test_the_same_id_of_another_source_is_another_event() -> None:
    other = by_rabbitmq()
    assert read(replace(other, headers={**other.headers, "ce-source": "/plants/8"})).message_id != KEY


def test_data_may_be_base64() -> None:
    body = {"specversion": "1.0", "id": OWN_ID, "source": SOURCE, "type": "reading"}
    body["data_base64"] = base64.b64encode(json.dumps(READING).encode()).decode()
    content_type = "application/cloudevents+json; charset=utf-8"
    assert read(message(json.dumps(body).encode(), content_type)).rows == [READING]


def test_data_may_be_a_file_as_the_event_says() -> None:
    event = {"specversion": "1.0", "id": OWN_ID, "source": SOURCE, "type": "reading", "datacontenttype": "text/csv"}
    text, kind = csv_file(3), "application/cloudevents+json"
    for data in ({"data": text.decode()}, {"data_base64": base64.b64encode(text).decode()}):
        found = read(message(json.dumps(event | data).encode(), kind))
        assert (found.message_id, len(found.table or ())) == (KEY, 3)
    as_json = event | {"datacontenttype": "application/vnd.plant+json; charset=utf-8", "data": READING}
    assert read(message(json.dumps(as_json).encode(), kind)).rows == [READING]
    with pytest.raises(MessageRefusedError, match="no CSV that can be read"):
        read(message(json.dumps(event | {"data": READING}).encode(), kind))


def test_an_event_of_dapr_is_one_though_it_is_called_plain_text() -> None:
    event = {
        "data": READING, "datacontenttype": "application/json", "id": OWN_ID, "pubsubname": "plant", "source": SOURCE,
        "specversion": "1.0", "topic": "equipment_failure", "traceid": "00-1", "type": "com.dapr.event.sent",
    }  # fmt: skip
    found = read(message(json.dumps(event).encode(), "text/plain"))
    assert (found.message_id, found.rows) == (KEY, [READING])


def test_an_event_that_does_not_say_so_is_one_by_its_names() -> None:
    event = {"specversion": "1.0", "id": OWN_ID, "source": SOURCE, "type": "reading", "data": READING}
    for kind in (None, "application/json", "text/plain"):
        found = read(message(json.dumps(event).encode(), kind))
        assert (found.message_id, found.rows) == (KEY, [READING])
    for other in (
        READING | {"note": '"specversion"'},
        event | {"type": 1, "data": None},
        {"specversion": "1.0", "id": OWN_ID},
    ):
        lacking = {name: value for name, value in other.items() if value is not None}
        assert read(replace(message(json.dumps(lacking).encode(), None), message_id="m-1")).rows == [lacking]


def test_other_headers_and_content_types_are_no_event() -> None:
    plain = replace(message(json.dumps(READING).encode(), "text/plain", {"ce-id": "1"}), message_id="m-1")
    assert read(plain).message_id == "m-1"


@pytest.mark.parametrize(
    ("content_type", "body", "cause"),
    [
        ("application/cloudevents+json", b"{", "not JSON"),
        ("application/cloudevents+json", b"[]", "one JSON object"),
        ("application/cloudevents+json", b'{"id": "1", "data": {}}', "an id and a source"),
        ("application/cloudevents+json", b'{"id": "1", "source": "s", "data_base64": "?"}', "no base64"),
        ("application/cloudevents+json", b'{"id": "1", "source": "s", "data_base64": 7}', "no base64"),
        ("application/cloudevents+json", b'{"id": "1", "source": "s"}', "not JSON"),
        ("application/cloudevents+json", b'{"id": "1", "source": "s", "data": 7}', "has to be a row"),
        ("application/cloudevents-batch+json", b"[]", "message of its own"),
    ],
)
def test_what_lacks_something_is_refused_with_what_to_change(content_type: str, body: bytes, cause: str) -> None:
    with pytest.raises(MessageRefusedError, match=cause):
        read(message(body, content_type))


def test_an_event_in_headers_without_a_source_is_refused() -> None:
    with pytest.raises(MessageRefusedError, match="an id and a source"):
        read(message(b"{}", "application/json", {"ce-specversion": "1.0", "ce-id": "1"}))
