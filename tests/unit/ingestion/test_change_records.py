"""Records of Kafka Connect and Debezium are their rows, whatever their schema says of times and decimals."""

from __future__ import annotations

from typing import Any

import pytest

from broker.envelopes.change_records import open_record
from tests.support.ingestion.readings import READING
from tests.unit.ingestion.test_envelopes import CATALOG, read, refusal

KINDS = {
    "torque_nm": ("io.debezium.data.VariableScaleDecimal", {}, {"scale": 2, "value": "D6A="}, 40.0),
    "tool_wear_min": ("org.apache.kafka.connect.data.Decimal", {"scale": "0"}, "Bw==", 7),
}
TIMES = {
    "org.apache.kafka.connect.data.Timestamp": 1_772_368_200_000,
    "io.debezium.time.MicroTimestamp": 1_772_368_200_000_000,
    "io.debezium.time.NanoTimestamp": 1_772_368_200_000_000_000,
}


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
    row = READING | {name: meant for name, (_, _, _, meant) in KINDS.items()}
    for body in (record(row), change(row), change(row, "u")):
        assert read(body, message_id="r-1").rows == [row]
    assert read(change(READING)["payload"] | {"after": READING}, message_id="r-1").rows == [READING]
    spoilt = record(row)
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


def test_names_of_classes_and_branches_of_unions_are_no_part_of_a_row() -> None:
    named = {"$type": "Plant.Row, Plant", **READING}
    listed = {"$type": "System.Collections.Generic.List`1[[Plant.Row, Plant]], mscorlib", "$values": [named, named]}
    assert read(named, "application/json;charset=utf-8", message_id="r-1").rows == [READING]
    assert read(listed, message_id="r-2").rows == [READING, READING]
    united = READING | {"torque_nm": {"double": 40.0}, "tool_wear_min": {"long": 7}}
    assert read(united, message_id="r-3").rows == [READING | {"torque_nm": 40.0, "tool_wear_min": 7}]
    nested = READING | {"torque_nm": {"double": {"double": 1.0}}, "tool_wear_min": {"double": 1.0, "long": 1}}
    assert read([nested], message_id="r-4").rows == [nested]
