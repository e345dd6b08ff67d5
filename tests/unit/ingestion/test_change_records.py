"""Records of Kafka Connect and Debezium are their rows, whatever their schema says of times and decimals."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from broker.envelopes.change_records import open_record
from tests.support.ingestion.readings import READING
from tests.unit.ingestion.test_envelopes import CATALOG, read, refusal
from usecases.contract.spec import UseCase

KINDS = {
    "torque_nm": ("io.debezium.data.VariableScaleDecimal", {}, {"scale": 2, "value": "D6A="}, 40.0),
    "tool_wear_min": ("org.apache.kafka.connect.data.Decimal", {"scale": "0"}, "Bw==", 7),
}
ROW = READING | {name: meant for name, (_, _, _, meant) in KINDS.items()}
TIMES = {
    "org.apache.kafka.connect.data.Timestamp": 1_772_368_200_000,
    "io.debezium.time.MicroTimestamp": 1_772_368_200_000_000,
    "io.debezium.time.NanoTimestamp": 1_772_368_200_000_000_000,
}


CLOCKS = {
    None: "2026-03-01T12:30:00",
    "Europe/Berlin": "2026-03-01T12:30:00",
    "UTC": "2026-03-01T12:30:00+00:00",
}


@pytest.mark.parametrize("zone", CLOCKS)
def test_a_time_that_a_database_keeps_without_a_zone_is_of_the_clocks_of_the_use_case(zone: str | None) -> None:
    """It was read as UTC, hours off, whatever time_zone said."""
    content = CATALOG["iris"].model_dump(mode="json")
    content["features"].append({"name": "at", "type": "timestamp", "source_name": "AT", "time_zone": zone})
    kind = "io.debezium.time.MicroTimestamp"
    schema = {"fields": [{"field": "AT", "name": kind}, {"field": "other", "name": kind}]}
    row = {"AT": TIMES[kind], "other": TIMES[kind]}
    found = open_record(UseCase.model_validate(content), {"schema": schema, "payload": row})
    assert found == {"AT": CLOCKS[zone], "other": "2026-03-01T12:30:00+00:00"}
    kind = "org.apache.kafka.connect.data.Timestamp"
    schema, row = {"fields": [{"field": "AT", "name": kind}]}, {"AT": TIMES[kind]}
    changed = {
        "schema": {"fields": [schema | {"field": "after"}]},
        "payload": {"before": None, "after": row, "op": "c"},
    }
    assert open_record(UseCase.model_validate(content), changed) == {"AT": CLOCKS[zone]}
    moment = {"schema": schema, "payload": row}
    assert open_record(UseCase.model_validate(content), moment) == {"AT": "2026-03-01T12:30:00+00:00"}
    zoned = {"fields": [{"field": "AT", "name": "io.debezium.time.ZonedTimestamp"}]}
    told = {"AT": "2026-03-01T12:30:00+00:00"}  # a text, which says of which zone it is
    assert open_record(UseCase.model_validate(content), {"schema": zoned, "payload": told}) == told


def record(row: dict[str, Any]) -> dict[str, Any]:
    fields = [
        {"field": name, "name": KINDS[name][0], "parameters": KINDS[name][1]} if name in KINDS else {"field": name}
        for name in row
    ]
    wire = {name: KINDS[name][2] if name in KINDS else value for name, value in row.items()}
    return {"schema": {"type": "struct", "fields": fields}, "payload": wire}


def change(row: dict[str, Any], operation: str = "c") -> dict[str, Any]:
    whole = record(row)
    after = {"field": "after", **whole["schema"]}
    payload = {"before": None, "after": whole["payload"], "op": operation, "ts_ms": 1, "source": {"db": "plant"}}
    return {"schema": {"fields": [{"field": "before"}, after]}, "payload": payload}


def test_a_record_of_kafka_connect_or_debezium_is_its_row_with_times_and_decimals_as_its_schema_says() -> None:
    for body in (record(ROW), change(ROW), change(ROW, "u")):
        assert read(body, message_id="r-1").rows == [ROW]
    assert read(change(READING)["payload"] | {"after": READING}, message_id="r-1").rows == [READING]
    spoilt = record(ROW)
    spoilt["payload"]["torque_nm"] = {"scale": 2, "value": "A" * 99_999}
    assert read(spoilt, message_id="r-1").rows[0]["torque_nm"] == spoilt["payload"]["torque_nm"]


@pytest.mark.parametrize("kind", TIMES)
def test_times_of_a_record_are_those_of_its_schema(kind: str) -> None:
    schema = {"fields": [{"field": "at", "name": kind}, {"field": "on", "name": "io.debezium.time.Date"}]}
    found = open_record(CATALOG["iris"], {"schema": schema, "payload": {"at": TIMES[kind], "on": 20_513}})
    assert found == {"at": "2026-03-01T12:30:00+00:00", "on": "2026-03-01"}
    as_text = {"schema": schema, "payload": {"at": "x" * 1_000, "on": None}}
    assert open_record(CATALOG["iris"], as_text) == as_text["payload"]


def test_a_deleted_row_is_refused_and_a_row_of_such_names_stays_one() -> None:
    deleted = change(READING, "d")
    deleted["payload"]["after"] = None
    assert "of a row that was deleted" in refusal(deleted, message_id="r-1")
    assert "of a row that was deleted" in refusal({"schema": None, "payload": None}, message_id="r-1")
    assert read({"schema": 1, "payload": 2, "more": 3}, message_id="r-1").rows == [
        {"schema": 1, "payload": 2, "more": 3}
    ]


def test_each_record_of_a_list_is_its_row() -> None:
    named = {"$type": "Plant.Row, Plant", **ROW}
    for bodies in ([record(ROW), record(ROW)], [change(ROW), change(ROW, "u")], [named, named]):
        assert read(bodies, message_id="r-1").rows == [ROW, ROW]
    deleted = change(ROW, "d")
    deleted["payload"]["after"] = None
    assert "of a row that was deleted" in refusal([change(ROW), deleted], message_id="r-1")
    assert read([ROW, 1], message_id="r-1").rows == [ROW, 1]


def test_a_row_that_debezium_hands_over_alone_is_one_without_what_is_told_of_it() -> None:
    told = ROW | {"__op": "u", "__table": "readings", "__source_ts_ms": 1_772_368_200_000, "__deleted": "false"}
    assert read(told, message_id="r-1").rows == [ROW]
    assert read(record(told), message_id="r-1").rows == [ROW]
    assert read([told, told], message_id="r-1").rows == [ROW, ROW]
    for deleted in ({"__deleted": "true"}, {"__deleted": True}, {"__op": "d"}):
        assert "of a row that was deleted" in refusal(ROW | deleted, message_id="r-1")


def test_data_of_an_event_of_debezium_are_its_row() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/debezium/postgresql/plant", "type": "DataChangeEvent"}
    whole = change(ROW)
    data = {"schema": whole["schema"], "payload": {name: whole["payload"][name] for name in ("before", "after")}}
    assert read(event | {"data": data}, "application/cloudevents+json").rows == [ROW]


def test_a_row_of_maxwell_is_the_one_that_was_written() -> None:
    told = {"database": "plant", "table": "readings", "ts": 1_772_368_200, "xid": 7, "commit": True, "data": ROW}
    assert read(told | {"type": "insert"}, message_id="r-1").rows == [ROW]
    assert read(told | {"type": "update", "old": {"torque_nm": 1.0}}, message_id="r-1").rows == [ROW]
    assert "of a row that was deleted" in refusal(told | {"type": "delete"}, message_id="r-1")


def test_names_of_classes_and_branches_of_unions_are_no_part_of_a_row() -> None:
    named = {"$type": "Plant.Row, Plant", **READING}
    listed = {"$type": "System.Collections.Generic.List`1[[Plant.Row, Plant]], mscorlib", "$values": [named, named]}
    assert read(named, "application/json;charset=utf-8", message_id="r-1").rows == [READING]
    assert read(listed, message_id="r-2").rows == [READING, READING]
    united = READING | {"torque_nm": {"double": 40.0}, "tool_wear_min": {"long": 7}}
    assert read(united, message_id="r-3").rows == [READING | {"torque_nm": 40.0, "tool_wear_min": 7}]
    nested = READING | {"torque_nm": {"double": {"double": 1.0}}, "tool_wear_min": {"double": 1.0, "long": 1}}
    assert read([nested], message_id="r-4").rows == [nested]


def test_a_document_of_mongodb_is_a_row_though_debezium_writes_it_as_a_text() -> None:
    document = ROW | {"torque_nm": {"$numberDecimal": "40.0"}, "tool_wear_min": {"$numberLong": "7"}}
    told = {"before": None, "after": json.dumps(document), "op": "c", "ts_ms": 1, "source": {"db": "plant"}}
    for body in (told, {"schema": {"fields": [{"field": "after", "type": "string"}]}, "payload": told}):
        assert read(body, message_id="r-1").rows == [ROW]
    assert read(told | {"after": "no JSON"}, message_id="r-1").rows == [told | {"after": "no JSON"}]


def test_a_key_of_bytes_is_the_text_that_it_is() -> None:
    schema = {
        "fields": [
            {"field": "machine_id", "type": "bytes"},
            {"field": "bits", "type": "bytes", "name": "io.debezium.data.Bits"},
        ]
    }
    keyed = {"machine_id": base64.b64encode("M-ü".encode()).decode(), "bits": "AQ=="}
    found = open_record(CATALOG["equipment_failure"], {"schema": schema, "payload": keyed})
    assert found == {"machine_id": "M-ü", "bits": "AQ=="}
    for bytes_of_no_text in ("/w==", "M-1"):
        row = {"machine_id": bytes_of_no_text}
        assert open_record(CATALOG["equipment_failure"], {"schema": schema, "payload": row}) == row
