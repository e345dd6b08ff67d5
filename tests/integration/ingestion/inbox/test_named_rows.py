"""Rows that their own columns name: each counts once, whatever ids its messages have and in whatever company it comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import update

from broker.ids import batch_id_of_row
from broker.messages import ID_REUSED
from ingestion.batches.lots import ingest_lot
from ingestion.messages.ingest import read_message
from ingestion.messages.named_rows import incoming_named_rows
from sql.base.tables import batches
from sql.quarantine.rows import mark_replayed
from tests.integration.ingestion.conftest import Doors
from tests.integration.ingestion.inbox.sending import Sender, causes, declare, ledger_of, ledgers, message, sender
from tests.support.ingestion.readings import reading
from tests.support.pipeline import EQUIPMENT
from usecases.checking.identity import row_identities
from usecases.contract.spec import UseCase

AT = "2026-03-01T12:00:00Z"


def named(machine: str, at: str = AT, **more: Any) -> dict[str, Any]:
    return reading(machine_id=machine, measured_at=at, **more)


def csv_body(*rows: dict[str, Any]) -> tuple[bytes, str]:
    lines = [",".join(map(str, values)) for values in (rows[0], *(row.values() for row in rows))]
    return "\n".join([*lines, ""]).encode(), "text/csv"


def parquet_body(*rows: dict[str, Any]) -> tuple[bytes, str]:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(list(rows)), sink)
    return sink.getvalue().to_pybytes(), "application/vnd.apache.parquet"


@pytest.fixture
def machine() -> str:
    return f"M-{uuid4()}"


async def asked(one: Sender, rows: Any) -> dict[str, Any]:
    return await one.ask(rows, str(uuid4()))


def counts(answer: dict[str, Any]) -> tuple[str, int, int, int, list[int]]:
    refused = [row["row_number"] for row in answer["refused"]]
    return answer["outcome"], answer["rows_in"], answer["rows_accepted"], answer["rows_known"], refused


async def test_a_row_counts_once_whatever_the_client_sends_with_it(doors: Doors, machine: str) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    async with sender(doors) as one:
        first = await one.ask(named(machine), str(uuid4()))
        assert counts(first) == ("accepted", 1, 1, 0, [])
        for again in (
            named(machine),
            [named(machine)],
            dict(reversed(named(machine, sent_at="later").items())),
            named(f" {machine} ") | {"rotational_speed_rpm": float(named(machine)["rotational_speed_rpm"])},
        ):
            for message_id in (None, str(uuid4())):
                answer = await one.ask(again, message_id)
                assert counts(answer) == ("accepted", 1, 0, 1, [])
                assert answer["batch_id"] == first["batch_id"]
        await doors.record_all()
        [ledger] = ledgers(doors, f"{machine} {AT}")
        assert (str(ledger.batch_id), ledger.rows_in, ledger.predicted) == (first["batch_id"], 1, 1)
        assert await one.letters() == []


@pytest.mark.parametrize("write", [csv_body, parquet_body], ids=["CSV", "Parquet"])
async def test_a_row_of_a_file_is_the_row_that_came_as_json(
    doors: Doors, machine: str, write: Callable[..., tuple[bytes, str]]
) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    known, new, bad = named(machine), named(machine, "2026-03-01T12:00:01Z"), named(machine, "x", torque_nm=455)
    body, media_type = write(known, new, bad)
    async with sender(doors) as one:
        await one.send(message(known))
        answer = await one.ask(None, body=body, content_type=media_type)
        assert counts(answer) == ("accepted", 3, 1, 1, [3])
        assert answer["refused"][0]["reasons"][0]["column"] == "torque_nm"
        assert counts(await one.ask(new)) == ("accepted", 1, 0, 1, [])
        other = await one.ask(None, body=write(known | {"torque_nm": 1.5})[0], content_type=media_type)
        assert (other["outcome"], other["code"]) == ("refused", ID_REUSED)


async def test_a_row_is_the_same_however_a_program_writes_its_values(doors: Doors, machine: str) -> None:
    content = declare(doors, identity=["machine_id", "measured_at"]).model_dump(mode="json")
    [quality] = [one for one in content["features"] if one["name"] == "product_quality"]
    quality |= {"values": ["1", "2"], "example": "1"}
    coded = UseCase.model_validate_json(json.dumps(content))
    doors.catalog.take_over({coded.name: coded}, [])
    row = named(machine, product_quality=1)
    async with sender(doors) as one:
        await one.send(message(row))
        for again in ("1", 1.0, "1.0", " 1"):
            assert counts(await one.ask(row | {"product_quality": again})) == ("accepted", 1, 0, 1, [])
        other = await one.ask(row | {"product_quality": "2"})
        assert (other["outcome"], other["code"]) == ("refused", ID_REUSED)
        # Rows that were stored before are known by how they were written.
        [identity] = row_identities(coded, [row])
        assert identity.digest != identity.digest_as_written
        with doors.ingestion.engine.begin() as connection:
            stored = update(batches).where(batches.c.name == f"{machine} {AT}")
            connection.execute(stored.values(digest=identity.digest_as_written))
        assert counts(await one.ask(row)) == ("accepted", 1, 0, 1, [])
        other = await one.ask(row | {"product_quality": "2"})
        assert (other["outcome"], other["code"]) == ("refused", ID_REUSED)


async def test_a_time_that_nobody_declares_names_one_row_in_every_spelling(doors: Doors, machine: str) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    async with sender(doors) as one:
        await one.send(message(named(machine)))
        for again in ("2026-03-01T12:00:00.000Z", "2026-03-01 14:00:00+02", "2026-03-01T12:00:00"):
            assert counts(await one.ask(named(machine, again))) == ("accepted", 1, 0, 1, [])
        body, media_type = parquet_body(named(machine) | {"measured_at": moment})
        assert counts(await one.ask(None, body=body, content_type=media_type)) == ("accepted", 1, 0, 1, [])
        [ledger] = ledgers(doors, f"{machine} {AT}")
        # Rows that were stored before are known by the name that their program wrote.
        spelt = "2026-03-02T12:00:00+00:00"
        before = json.dumps({"machine_id": machine, "measured_at": spelt})
        [identity] = row_identities(doors.catalog[EQUIPMENT.name], [named(machine, spelt)])
        assert (identity.name_as_written, identity.label) == (before, f"{machine} 2026-03-02T12:00:00Z")
        old = batch_id_of_row(EQUIPMENT.name, before)
        incoming = replace(
            incoming_named_rows(read_message(doors.catalog, message(named(machine, spelt))), None)[0], batch_id=old
        )
        await ingest_lot(doors.ingestion.batches, [incoming])
        known = await one.ask(named(machine, spelt))
        assert (counts(known), known["batch_id"]) == (("accepted", 1, 0, 1, []), str(old))
        assert ledger.rows_in == 1


async def test_a_line_of_csv_that_has_no_name_is_told(doors: Doors, machine: str) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    body, media_type = csv_body(named(machine))
    async with sender(doors) as one:
        answer = await one.ask(None, body=body + b"M-1,too,few\n", content_type=media_type)
    assert (answer["outcome"], answer["rows_in"]) == ("refused", 0)
    assert all(word in answer["detail"] for word in ("line 3", "inbox.identity"))


async def test_of_several_rows_those_that_came_before_are_told_and_not_predicted_again(
    doors: Doors, machine: str
) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    times = [f"2026-03-01T12:00:{second:02}Z" for second in range(6)]
    async with sender(doors) as one:
        await one.send(message([named(machine, at) for at in times[:2]]), message(named(machine, times[2])))
        answer = await asked(one, [named(machine, at) for at in [*times, times[5]]])
        assert counts(answer) == ("accepted", 7, 3, 4, [])
        assert answer["batch_id"] is None
        await doors.record_all()
        found = ledgers(doors, *(f"{machine} {at}" for at in times))
        assert [(ledger.rows_in, ledger.predicted) for ledger in found] == [(1, 1)] * 6


async def test_a_row_whose_name_stands_for_other_values_is_refused_and_told(doors: Doors, machine: str) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    later = "2026-03-01T13:00:00Z"
    async with sender(doors) as one:
        await one.send(message(named(machine)))
        answer = await asked(one, named(machine, torque_nm=12.5))
        assert (answer["outcome"], answer["code"]) == ("refused", ID_REUSED)
        assert "machine_id, measured_at (inbox.identity) stand for other values" in answer["detail"]
        mixed = await asked(one, [named(machine, later), named(machine, torque_nm=13.5), named(machine)])
        assert counts(mixed) == ("accepted", 3, 1, 1, [2])
        assert (mixed["code"], mixed["refused"][0]["reasons"][0]["rule"]) == (ID_REUSED, "name_reused")
        letters = await one.letters()
        assert [f"{machine} {AT}" in cause for cause in causes(letters)] == [True, True]
        # A person looks at the letters and wants their rows predicted.
        for letter in [*letters, *letters]:
            await one.send(letter)
        await doors.record_all()
        assert [ledger.predicted for ledger in ledgers(doors, f"{machine} {AT}")] == [1, 1, 1]
        assert [ledger.predicted for ledger in ledgers(doors, f"{machine} {later}")] == [1]
        assert await one.letters() == []


async def test_a_bad_row_takes_its_name_from_no_good_one(doors: Doors, machine: str) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    bad, good = named(machine, torque_nm=455), named(machine)
    async with sender(doors) as one:
        for _ in range(2):
            assert counts(await asked(one, [bad, bad])) == ("accepted", 2, 0, 0, [1, 2])
        assert counts(await asked(one, [named(machine, torque_nm=456), good])) == ("accepted", 2, 1, 0, [1])
        assert counts(await asked(one, good)) == ("accepted", 1, 0, 1, [])
        assert counts(await asked(one, bad)) == ("accepted", 1, 0, 0, [1])
        assert (await asked(one, named(machine, torque_nm=12.5)))["outcome"] == "refused"
        await doors.record_all()
        found = ledgers(doors, f"{machine} {AT}")
        assert sorted((ledger.rows_in, ledger.predicted, ledger.quarantined) for ledger in found) == [
            (1, 0, 1), (1, 0, 1), (1, 1, 0),
        ]  # fmt: skip


async def test_a_bad_row_that_was_repaired_has_its_name(doors: Doors, machine: str) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    async with sender(doors) as one:
        answer = await asked(one, named(machine, torque_nm=455))
        batch = ledger_of(doors, answer["batch_id"]).batch_id
        mark_replayed(doors.ingestion.engine, batch, [1], uuid4())
        assert (await asked(one, named(machine)))["outcome"] == "refused"


@pytest.mark.parametrize(
    "rows", [{"torque_nm": 5}, [{"machine_id": "M-1", "measured_at": " "}], [None], {"machine_id": [1]}]
)
async def test_a_row_without_its_name_is_refused_with_what_to_do(doors: Doors, rows: Any) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    async with sender(doors) as one:
        answer = await one.ask(rows)
        assert answer["outcome"] == "refused"
        assert answer["detail"].startswith("row 1 ")
        assert "machine_id, measured_at" in answer["detail"]


async def test_rows_that_were_written_down_and_not_sent_are_sent_when_they_come_again(
    doors: Doors, machine: str
) -> None:
    declare(doors, identity=["machine_id", "measured_at"])
    rows = [named(machine, f"2026-03-01T12:00:{second:02}Z") for second in range(30)]
    async with sender(doors) as one:
        await one.send(message(rows[:20]))
        await one.send(message(rows), message(rows[::-1]))
        await doors.record_all()
        found = ledgers(doors, *(f"{machine} {row['measured_at']}" for row in rows))
        assert [(ledger.rows_in, ledger.predicted) for ledger in found] == [(1, 1)] * 30
