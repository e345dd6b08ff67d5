"""What clients put around rows, as they write it: each envelope by what it declares, and nothing by its content alone."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from typing import Any

import pytest
from pydantic import ValidationError

from broker.dead_letters import HEADER_REPAIRED, HEADER_REPLAY
from broker.envelopes.foreign import ForeignMessage, MessageRefusedError
from ingestion.messages.ingest import incoming_rows, read_message
from ingestion.messages.rows import ForeignRows
from tests.support.ingestion.readings import READING, csv_file, reading
from usecases.checking.reasons import reasons_of
from usecases.checking.row_model import read_row
from usecases.contract.catalog import load_catalog

CATALOG = load_catalog()
JSON = "application/json"
TASK = {"task": "predict", "id": "0b6fb2a4", "lang": "py", "retries": 0}
EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
MASS_TRANSIT = "application/vnd.masstransit+json"


def message(body: Any, content_type: str | None = JSON, **more: Any) -> ForeignMessage:
    given: dict[str, Any] = {
        "body": body if isinstance(body, bytes) else json.dumps(body).encode(), "routing_key": "equipment_failure",
        "message_id": None, "content_type": content_type, "headers": {}, "reply_to": None, "correlation_id": "c-1",
    }  # fmt: skip
    return ForeignMessage(**(given | more))


def read(body: Any, content_type: str | None = JSON, **more: Any) -> ForeignRows:
    return read_message(CATALOG, message(body, content_type, **more))


def refusal(body: Any, content_type: str | None = JSON, **more: Any) -> str:
    with pytest.raises(MessageRefusedError) as refused:
        read(body, content_type, **more)
    return str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "named", "rows"),
    [
        ([READING], {}, [READING]),
        ([[READING, READING]], {}, [READING, READING]),
        ([READING, reading(torque_nm=5)], {}, [READING, reading(torque_nm=5)]),
        ([], READING, [READING]),
    ],
)
def test_a_task_of_celery_has_its_own_id_and_its_arguments_are_rows(arguments: Any, named: Any, rows: Any) -> None:
    found = read([arguments, named, EMBED], headers=TASK)
    assert (found.message_id, found.rows) == ("0b6fb2a4", rows)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ([[], {}, EMBED], "no arguments"),
        ([[READING], READING, EMBED], "arguments and keyword arguments"),
        (READING, "task_protocol"),
        ([[READING], {}], "task_protocol"),
        (b"\x80\x02", "not JSON"),
    ],
)
def test_a_task_of_celery_without_rows_is_refused_with_what_to_do(body: Any, says: str) -> None:
    assert says in refusal(body, headers=TASK)


def test_what_does_not_say_that_it_is_a_task_is_none() -> None:
    rows = read([READING, READING, READING], headers={"task": "predict"}, message_id="m-1").rows
    assert rows == [READING] * 3
    assert "set message_id" in refusal(READING, headers={"id": "0b6fb2a4"})


def test_mass_transit_has_its_own_id_and_its_row_under_message() -> None:
    body = {
        "messageId": "5c3f0000-10f7",
        "messageType": ["urn:message:Plant:Reading"],
        "message": READING,
        "headers": {},
    }
    found = read(body, f"{MASS_TRANSIT}; charset=utf-8", message_id="other")
    assert (found.message_id, found.rows) == ("5c3f0000-10f7", [READING])
    assert read({"message": [READING]}, MASS_TRANSIT, message_id="m-1").message_id == "m-1"
    assert "has its row under message" in refusal(READING, MASS_TRANSIT)


def test_a_packet_of_nest_is_opened_where_no_column_is_called_like_its_members() -> None:
    for packet in (
        {"pattern": "equipment_failure", "data": READING},
        {"pattern": {"a": 1}, "data": [READING], "id": "x"},
    ):
        found = read(packet, None, message_id="m-1")
        assert (found.message_id, found.rows) == ("m-1", [READING])
        assert "set message_id" in refusal(packet, None)
    other = {"pattern": "p", "data": READING, "more": 1}
    assert read(other, message_id="m-1").rows == [other]
    machines = CATALOG["equipment_failure"]
    content = machines.model_dump(mode="json") | {"ignored_columns": ["pattern"]}
    own = type(machines).model_validate_json(json.dumps(content))
    packet = {"pattern": "p", "data": READING}
    assert read_message(type(CATALOG)({own.name: own}, {}), message(packet, message_id="m-1")).rows == [packet]


def test_a_compressed_task_is_opened_twice() -> None:
    packed = zlib.compress(json.dumps([[READING], {}, EMBED]).encode())
    found = read(packed, headers=TASK | {"compression": "application/x-gzip"})
    assert (found.message_id, found.rows) == (TASK["id"], [READING])


def test_values_that_kombu_types_are_plain_ones() -> None:
    def typed(kind: str, value: Any) -> dict[str, Any]:
        return {"__type__": kind, "__value__": value}

    uuid = "0b6fb2a48a2f4a1c9d3e5f60718293a4"
    row = reading(machine_id=typed("uuid", {"hex": uuid, "version": 4}), torque_nm=typed("decimal", "41.50"))
    found = read([row, reading(torque_nm=typed("mystery", 1))], message_id="m-1").rows
    assert found == [
        reading(machine_id="0b6fb2a4-8a2f-4a1c-9d3e-5f60718293a4", torque_nm=41.5), reading(torque_nm=typed("mystery", 1))
    ]  # fmt: skip


def amqp_text(text: bytes, code: int = 0xB1) -> bytes:
    return b"\x00\x53\x77" + bytes([code]) + struct.pack(">I", len(text)) + text


def short_text(text: str) -> bytes:
    return bytes([0xA1, len(text)]) + text.encode()


def amqp_value(value: Any) -> bytes:
    """Encode a text or a number; bytes are encoded already."""
    if isinstance(value, bytes):
        return value
    return short_text(value) if isinstance(value, str) else b"\x82" + struct.pack(">d", value)


def amqp_map(row: dict[str, Any]) -> bytes:
    items = b"".join(short_text(name) + amqp_value(value) for name, value in row.items())
    inside = struct.pack(">I", 2 * len(row)) + items
    return b"\xd1" + struct.pack(">I", len(inside)) + inside


@pytest.mark.parametrize("code", [0xB0, 0xB1], ids=["bytes", "text"])
def test_a_value_of_amqp_1_0_that_is_json(code: int) -> None:
    found = read(amqp_text(json.dumps(READING).encode(), code), None, message_type="amqp-1.0", message_id="m-1")
    assert found.rows == [READING]


def test_a_value_of_amqp_1_0_that_is_a_map_or_a_list_of_maps() -> None:
    section = b"\x00\x53\x77"
    assert read(section + amqp_map(READING), None, message_type="amqp-1.0", message_id="m-1").rows == [READING]
    of_java = READING | {"product_quality": b"\x73" + "L".encode("utf-32-be")}  # a single character
    assert read(section + amqp_map(of_java), None, message_type="amqp-1.0", message_id="m-1").rows == [READING]
    inside = struct.pack(">I", 2) + amqp_map(READING) * 2
    listed = section + b"\xd0" + struct.pack(">I", len(inside)) + inside
    assert read(listed, None, message_type="amqp-1.0", message_id="m-1").rows == [READING] * 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"torque_nm": 5}', b"\x00\x53\x77", b"\x00\x53\x77\xb1\xff\xff\xff\xff{}", b"\x00\x53\x77\xd0\x00\x00\x00\x04\xff\xff\xff\xff",
        b"\x00\x53\x77\x99", b"\x00\x53\x77" + b"\xc0\x09\x01" * 40, b"\x00\x53\x77\xa1\x01\xff",
        b"\x00\x53\x77\xc1\x03\x01\xa1\x00",
    ],
)  # fmt: skip
def test_a_value_of_amqp_1_0_that_is_none_is_refused(body: bytes) -> None:
    assert "AMQP 1.0" in refusal(body, None, message_type="amqp-1.0", message_id="m-1")


def test_a_long_id_of_amqp_1_0_is_the_id() -> None:
    assert read(READING, headers={"x-message-id": b"\x00\xff"}).message_id == "00ff"
    assert read(READING, headers={"x-message-id": "long"}).message_id == "long"
    assert read(READING, headers={"x-message-id": "long"}, message_id="m-1").message_id == "m-1"


def test_user_properties_of_mqtt_5_are_attributes_of_an_event() -> None:
    found = read(READING, headers={"specversion": "1.0", "id": "7", "source": "/plants/7"})
    assert found.message_id == "/plants/7 7"


@pytest.mark.parametrize(
    "headers", [TASK, {"content_encoding": "gzip"}, {"compression": "application/x-gzip"}, {"ce-specversion": "1.0"}]
)
def test_rows_that_a_person_took_out_and_repaired_are_plain(headers: dict[str, Any]) -> None:
    found = read([READING], headers={**headers, HEADER_REPAIRED: "true", HEADER_REPLAY: "1"}, message_id="its key")
    assert (found.message_id, found.rows) == ("its key", [READING])


def test_a_correlation_id_is_no_id() -> None:
    assert "set message_id" in refusal(READING)


def test_data_of_an_event_may_be_a_file() -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "/plants/7"}
    found = read(csv_file(2), "text/csv", headers=headers)
    assert (found.message_id, found.table and len(found.table)) == ("/plants/7 7", 2)
    event = {"specversion": "1.0", "id": "7", "source": "/p", "data_base64": base64.b64encode(b"[{}]").decode()}
    assert read(event, "application/cloudevents+json").rows == [{}]


def test_a_letter_keeps_the_type_of_its_message_and_no_id_that_its_sender_did_not_set() -> None:
    letter = message(amqp_text(b"{}"), None, message_type="amqp-1.0").dead_letter("too short")
    assert (letter.message_id, letter.headers["message_type"], letter.headers["x-without-id"]) == (
        "",
        "amqp-1.0",
        "true",
    )
    named = message(READING, message_id="m-1").dead_letter("too short")
    assert (named.message_id, "message_type" in named.headers, "x-without-id" in named.headers) == ("m-1", False, False)


def test_an_id_belongs_to_the_account_that_sends_under_it_where_the_sender_says_so() -> None:
    batches = {
        incoming_rows(read(READING, message_id="m-1", account=account), None)[0].batch_id
        for account in (None, "press", "lathe", "press")
    }
    assert len(batches) == 3


def test_a_metric_of_telegraf_is_a_row_of_its_tags_and_fields() -> None:
    tags = {name: READING[name] for name in ("machine_id", "product_quality")}
    fields = {name: value for name, value in READING.items() if name not in tags}
    metric = {"fields": fields, "name": "press", "tags": tags, "timestamp": 1_772_366_400}
    assert read(metric, "text/plain", message_id="m-1").rows == [READING]
    assert read({"metrics": [metric, metric]}, message_id="m-1").rows == [READING, READING]
    assert read([metric], message_id="m-1").rows == [READING]
    for other in (metric | {"more": 1}, metric | {"tags": fields}, metric | {"tags": None}, {"metrics": 7}):
        assert read(other, message_id="m-1").rows == [other]
    line = b"press,machine_id=M-1,line=A torque_nm=40,tool_wear_min=7i 1772366400000000000"
    assert 'data_format = "json"' in refusal(line, "text/plain", message_id="m-1")


@pytest.mark.parametrize("column", ["fields", "metrics"])
def test_rows_with_a_column_that_is_called_as_in_metrics_are_known_by_their_bytes_as_before(column: str) -> None:
    for rows in (reading(**{column: 3}), [reading(**{column: 3}), READING]):
        body = json.dumps(rows, indent=1).encode()
        assert read(body, message_id="m-1").digest == hashlib.sha256(body).hexdigest()


def test_json_that_was_written_twice_is_what_was_meant() -> None:
    for content in (READING, [READING, READING], {"pattern": "p", "data": READING}):
        twice = json.dumps(json.dumps(content))
        rows = [READING] * 2 if isinstance(content, list) else [READING]
        assert read(twice.encode(), message_id="m-1").rows == rows
    for text in ("no JSON", ""):
        assert "has to be a row" in refusal(json.dumps(text).encode(), message_id="m-1")
    many = json.dumps("[" + "{}," * 60_000 + "{}]")
    assert "too large" in refusal(many.encode(), message_id="m-1")


def test_json_in_utf_16_and_with_the_end_of_a_text_of_c_is_read() -> None:
    text = json.dumps(READING)
    for body in (text.encode("utf-16"), text.encode("utf-16-be"), text.encode("utf-32"), text.encode() + b"\0\0"):
        assert read(body, None, message_id="m-1").rows == [READING]
    assert "not in UTF-8, which JSON has to be" in refusal('{"a": "ü"}'.encode("latin-1"), None, message_id="m-1")
    for spoilt in (b"\0\0\0\0", b"{\0", b"\xff\xfe{", b"\0"):
        assert "not JSON" in refusal(spoilt, None, message_id="m-1")


def test_what_holds_a_row_deeper_down_says_where() -> None:
    held = {"end_device": {"id": "1"}, "uplink": {"decoded": [READING]}, "other": {"deep": {"a": 1}}}
    with pytest.raises(ValidationError) as found:
        read_row(CATALOG["equipment_failure"], held)
    told = {reason.column: reason.message for reason in reasons_of(CATALOG["equipment_failure"], found.value.errors())}
    assert told["uplink"].endswith("a row stands under 'uplink.decoded': send what is there alone")
    assert "stands under" not in told["other"]


def test_names_are_known_in_other_letters_and_by_their_titles_as_in_a_file() -> None:
    spelt = {name.upper().replace("_", " "): value for name, value in READING.items()}
    plain, found = read(READING, message_id="m-1"), read(spelt, message_id="m-1")
    assert (found.rows, plain.rows) == ([READING], [READING])
    # A message is still known by its bytes.
    assert found.digest == hashlib.sha256(json.dumps(spelt).encode()).hexdigest()
    machines = CATALOG["equipment_failure"]
    content = machines.model_dump(mode="json") | {"ignored_columns": ["at"], "inbox": {"identity": ["at"]}}
    named = type(machines).model_validate_json(json.dumps(content))
    rows = read_message(type(CATALOG)({named.name: named}, {}), message(spelt | {"at": "2026-03-01T12:00:00Z"}))
    assert [one.label for one in rows.identities] == ["2026-03-01T12:00:00Z"]
    assert rows.rows == [READING | {"at": "2026-03-01T12:00:00Z"}]
    both = READING | {"TORQUE_NM": 3.0}
    assert read(both, message_id="m-2").rows == [both]
