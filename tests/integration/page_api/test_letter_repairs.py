"""Dead letters repaired and discarded over HTTP: by whom and why is kept, and so is what they held."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aio_pika.abc import AbstractIncomingMessage
from sqlalchemy import Engine, select

from broker.envelopes.foreign import ForeignMessage
from broker.messages import ARROW_STREAM, decode_rows
from broker.topology import BULK, INBOX, PREDICT
from broker.transport.connection import connect
from ingestion.messages.ingest import read_message
from ingestion.messages.rows import ForeignRows
from sql.base.tables import dead_letters
from sql.dead_letters.decisions import empty_repairs
from sql.dead_letters.storage import NewLetter, find_letter, store_letter
from sql.dead_letters.tables import letter_decisions
from tests.integration.gateway.conftest import ROW, problem
from tests.integration.page_api.conftest import RunningGateway
from tests.integration.page_api.test_letters import letter, part_letter
from tests.support.pipeline import EQUIPMENT, bulk_part, equipment_rows
from usecases.contract.catalog import load_catalog
from usecases.contract.row_layout import row_schema

WHO = {"person": "Ada", "reason": "the sensor sent tenths"}


@pytest.fixture
def store(engine: Engine) -> Iterator[Any]:
    """Store letters; they go at the end, with what was decided."""

    def keep(one: NewLetter) -> UUID:
        store_letter(engine, one)
        return one.letter_id

    yield keep
    with engine.begin() as connection:
        connection.execute(dead_letters.delete())
        connection.execute(letter_decisions.delete())


def repair(client: httpx.Client, name: UUID, *rows: dict[str, Any], **more: Any) -> httpx.Response:
    return client.post(f"/dead-letters/{name}/repair", json={**WHO, "rows": rows, **more})


def taken(gateway: RunningGateway, queue: str) -> list[AbstractIncomingMessage]:
    """Take everything out of a queue."""

    async def take() -> list[AbstractIncomingMessage]:
        connection = await connect(gateway.broker_url, "test")
        async with connection:
            found = await (await connection.channel()).get_queue(queue)
            messages = []
            while (message := await found.get(no_ack=True, fail=False)) is not None:
                messages.append(message)
            return messages

    return asyncio.run(take())


def test_a_foreign_message_is_repaired_and_keeps_what_it_held(
    client: httpx.Client, gateway: RunningGateway, engine: Engine, store: Any
) -> None:
    taken(gateway, INBOX)
    name = store(letter(body=json.dumps([{**ROW, "torque_nm": 455}, ROW]).encode()))
    found = client.get(f"/dead-letters/{name}/rows").json()
    assert (found["use_case"], found["problem"], found["is_repairable"]) == (EQUIPMENT.name, None, True)
    assert [row["torque_nm"] for row in found["rows"]] == [455, ROW["torque_nm"]]
    assert [(one["row"], one["column"], one["rule"]) for one in found["errors"]] == [(1, "torque_nm", "maximum")]
    content = problem(repair(client, name, *found["rows"]), 422, "invalid-rows")
    assert [one["pointer"] for one in content["errors"]] == ["/rows/0/torque_nm"]
    assert taken(gateway, INBOX) == []
    answer = repair(client, name, {**ROW, "torque_nm": 45.5}, ROW)
    assert answer.json() == {"letter_id": str(name), "use_case": EQUIPMENT.name, "rows": 2}, answer.text
    [sent] = taken(gateway, INBOX)
    assert [row["torque_nm"] for row in json.loads(sent.body)] == [45.5, ROW["torque_nm"]]
    assert (sent.routing_key, sent.content_type) == (EQUIPMENT.name, "application/json")
    shown = client.get(f"/dead-letters/{name}").json()
    assert json.loads(shown["body"])[0]["torque_nm"] == 455, "as it came"
    assert shown["replayed_at"] is not None
    [decision] = shown["decisions"]
    assert {key: decision[key] for key in ("decision", "person", "account", "reason", "rows")} == {
        **WHO, "decision": "repaired", "account": "webapp", "rows": 2,
    }  # fmt: skip
    problem(repair(client, name, ROW), 409, "letter-decided")
    with engine.begin() as connection:
        kept = connection.scalar(select(letter_decisions.c.body).where(letter_decisions.c.letter_id == name))
        assert kept is not None
        assert bytes(kept) == sent.body
        connection.exec_driver_sql("update smartpredict.letter_decisions set decided_at = now() - interval '100 days'")
    assert empty_repairs(engine, timedelta(days=90)) == 1
    assert client.get(f"/dead-letters/{name}").json()["decisions"][0]["person"] == "Ada"


def test_a_part_keeps_the_numbers_of_its_rows(client: httpx.Client, gateway: RunningGateway, store: Any) -> None:
    taken(gateway, BULK)
    part = bulk_part(equipment_rows(3, seed=5), uuid4())
    name = store(part_letter(part))
    rows = client.get(f"/dead-letters/{name}/rows").json()["rows"]
    assert [row["machine_id"] for row in rows] == ["M-5-0", "M-5-1", "M-5-2"]
    problem(repair(client, name, *rows[:2]), 409, "letter-not-repairable")
    rows[1]["torque_nm"] = 77.5
    assert repair(client, name, *rows).status_code == 200
    [sent] = taken(gateway, BULK)
    schema = row_schema(EQUIPMENT)
    (before, numbers), (after, same) = decode_rows(part.body, schema), decode_rows(sent.body, schema)
    assert numbers.tolist() == same.tolist()
    assert after.column("torque_nm").to_pylist()[1] == 77.5
    assert after.column("machine_id").equals(before.column("machine_id"))
    assert (sent.content_type, sent.message_id) == (ARROW_STREAM, part.message_id)
    assert {key: sent.headers[key] for key in ("part_id", "segments")} == {
        key: part.headers[key] for key in ("part_id", "segments")
    }


def test_what_cannot_be_read_is_written_anew_also_for_another_use_case(
    client: httpx.Client, gateway: RunningGateway, store: Any
) -> None:
    taken(gateway, INBOX)
    name = store(letter(body=b'{"torque_nm": 41.5, ', routing_key="equipment", use_case="equipment"))
    problem(client.get(f"/dead-letters/{name}/rows"), 404, "unknown-use-case")
    found = client.get(f"/dead-letters/{name}/rows", params={"use_case": EQUIPMENT.name}).json()
    assert found["problem"].startswith("The body is not JSON")
    assert (found["rows"], found["is_repairable"]) == ([], True)
    assert repair(client, name, ROW, use_case=EQUIPMENT.name).status_code == 200
    [sent] = taken(gateway, INBOX)
    assert (sent.routing_key, json.loads(sent.body)[0]["torque_nm"]) == (EQUIPMENT.name, ROW["torque_nm"])


EVENT = {"specversion": "1.0", "id": "7", "source": "/press"}
TASK = {"task": "predict", "id": "0b6fb2a4"}


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "key"),
    [
        ({**EVENT, "data": ROW}, "application/cloudevents+json", {}, "/press 7"),
        ({"messageId": "n-7", "message": ROW}, "application/vnd.masstransit+json", {}, "n-7"),
        ([[ROW], {}, {}], "application/json", TASK, "0b6fb2a4"),
        ({"pattern": "predict", "data": [ROW]}, "application/json", {}, "m-7"),
    ],
)
def test_rows_are_taken_out_of_what_a_client_has_put_around_them(
    client: httpx.Client, gateway: RunningGateway, store: Any, body: Any, content_type: str, headers: Any, key: str
) -> None:
    taken(gateway, INBOX)
    fields = {"content_type": content_type, "headers": headers, "message_id": "m-7"}
    name = store(letter(body=json.dumps(body).encode(), routing_key="equipment", use_case="equipment", **fields))
    found = client.get(f"/dead-letters/{name}/rows", params={"use_case": EQUIPMENT.name}).json()
    assert (found["rows"], found["errors"], found["problem"]) == ([ROW], [], None)
    assert repair(client, name, ROW, use_case=EQUIPMENT.name).status_code == 200
    [sent] = taken(gateway, INBOX)
    assert (sent.message_id, sent.content_type) == (key, "application/json")
    read = read_as_ingestion(sent, EQUIPMENT.name)
    assert (read.message_id, len(read.rows)) == (key, 1), "nothing is around the rows any more"


def read_as_ingestion(sent: AbstractIncomingMessage, routing_key: str) -> ForeignRows:
    """Read a message as ingestion does."""
    return read_message(
        load_catalog(),
        ForeignMessage(
            body=sent.body,
            routing_key=routing_key,
            message_id=sent.message_id,
            content_type=sent.content_type,
            headers=sent.headers,
            reply_to=None,
            correlation_id=None,
        ),
    )


def test_an_envelope_that_is_broken_is_written_anew(client: httpx.Client, gateway: RunningGateway, store: Any) -> None:
    taken(gateway, INBOX)
    name = store(letter(body=json.dumps(ROW).encode(), headers=TASK))
    found = client.get(f"/dead-letters/{name}/rows").json()
    assert (found["is_repairable"], "task_protocol" in found["problem"]) == (True, True)
    assert repair(client, name, ROW).status_code == 200
    [sent] = taken(gateway, INBOX)
    assert len(read_as_ingestion(sent, EQUIPMENT.name).rows) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"body": b"[" + b"{}," * 1_001 + b"{}]"}, "--output body.json"),
        ({"body": b" " * 2_000_000}, "2,000,000 bytes"),
        ({"exchange": "elsewhere"}, "elsewhere"),
        ({"exchange": PREDICT, "content_type": ARROW_STREAM}, "headers"),
    ],
)
def test_what_cannot_be_repaired_here_says_what_to_do(
    client: httpx.Client, store: Any, fields: dict[str, Any], said: str
) -> None:
    name = store(letter(**fields))
    found = client.get(f"/dead-letters/{name}/rows").json()
    assert (found["is_repairable"], said in found["problem"]) == (False, True), found
    problem(repair(client, name, ROW), 409, "letter-not-repairable")
    assert client.get(f"/dead-letters/{name}").json()["replayed_at"] is None


def test_numbers_that_json_does_not_have_are_shown_as_texts(client: httpx.Client, store: Any) -> None:
    name = store(letter(body=json.dumps({**ROW, "torque_nm": float("nan")}).encode()))
    found = client.get(f"/dead-letters/{name}/rows").json()
    assert found["rows"][0]["torque_nm"] == "NaN"
    assert [one["column"] for one in found["errors"]] == ["torque_nm"]


def test_a_letter_is_repaired_once_however_many_try(client: httpx.Client, gateway: RunningGateway, store: Any) -> None:
    taken(gateway, INBOX)
    name = store(letter())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: repair(client, name, {**ROW, "tool_wear_min": number}), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(taken(gateway, INBOX)) == 1


def test_letters_are_discarded_for_a_reason(client: httpx.Client, engine: Engine, store: Any) -> None:
    names = [store(letter()) for _ in range(2)]
    unknown = uuid4()
    answer = client.post(
        "/dead-letters/discard", json={**WHO, "letter_ids": [str(one) for one in (*names, names[0], unknown)]}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["discarded"] == [str(name) for name in names]
    assert answer.json()["skipped"] == [{"letter_id": str(unknown), "message": "there is no such dead letter"}]
    shown = client.get(f"/dead-letters/{names[0]}").json()
    assert [(one["decision"], one["reason"], one["rows"]) for one in shown["decisions"]] == [
        ("discarded", WHO["reason"], 0)
    ]
    kept = find_letter(engine, names[0])
    assert kept is not None
    assert kept.body, "what it held stays for a while"
    assert kept.discarded_at is not None
    again = client.post("/dead-letters/discard", json={**WHO, "letter_ids": [str(names[0])]}).json()
    assert (again["discarded"], again["skipped"][0]["message"]) == ([], "it was discarded")
    problem(repair(client, names[0], ROW), 409, "letter-decided")


def test_who_and_why_are_asked(client: httpx.Client, gateway: RunningGateway, store: Any) -> None:
    name = store(letter())
    wrong: list[dict[str, Any]] = [{"person": ""}, {"reason": "  "}, {"reason": None}, {"rows": []}]
    for more in wrong:
        problem(
            client.post(f"/dead-letters/{name}/repair", json={**WHO, "rows": [ROW], **more}), 422, "invalid-parameters"
        )
    problem(client.post("/dead-letters/discard", json={"letter_ids": [str(name)]}), 422, "invalid-parameters")
    problem(repair(client, uuid4(), ROW), 404, "unknown-letter")
    problem(client.get(f"/dead-letters/{uuid4()}/rows"), 404, "unknown-letter")
    with gateway.client("api") as program:
        problem(repair(program, name, ROW), 403, "forbidden")
        problem(program.post("/dead-letters/discard", json={**WHO, "letter_ids": [str(name)]}), 403, "forbidden")
