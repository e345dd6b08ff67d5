"""Queues and dead letters over HTTP: looked at without harm, and sent again with no more rights than needed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import typer
from sqlalchemy import Engine
from typer.testing import CliRunner

from broker.administration.limits import QueueLimits
from broker.administration.queue_status import queue_status
from broker.messages import ARROW_STREAM
from broker.topology import BULK, DEAD_LETTERS, INBOX, MAX_BULK_PARTS, PREDICT, QUEUES
from broker.transport.connection import connect
from broker.transport.publisher import Outgoing
from cli.rows import holds as hold_commands
from sql.base.decided import Decided
from sql.base.engine import connect_engine
from sql.base.tables import dead_letters
from sql.dead_letters.decisions import discard_for_reason
from sql.dead_letters.holds import (
    NewHeld,
    Sender,
    forget_held,
    hold_messages,
    open_hold,
    open_holds,
    released_messages,
)
from sql.dead_letters.storage import NewLetter, store_letter
from tests.integration.gateway.conftest import ROW, problem
from tests.integration.page_api.conftest import RunningGateway, login
from tests.support.pipeline import EQUIPMENT, bulk_part, equipment_rows

NOW = datetime.now(UTC)


def letter(**fields: Any) -> NewLetter:
    """Make a letter of a foreign message."""
    values: dict[str, Any] = {
        "letter_id": uuid4(),
        "queue": INBOX,
        "exchange": INBOX,
        "routing_key": EQUIPMENT.name,
        "message_id": f"m-{uuid4()}",
        "part_id": None,
        "batch_id": None,
        "use_case": EQUIPMENT.name,
        "rows": 0,
        "cause": "the body is not JSON",
        "content_type": "application/json",
        "headers": {"cause": "the body is not JSON", "origin": INBOX, "sender": "plc-4"},
        "body": json.dumps([ROW]).encode(),
        "died_at": NOW,
    }
    return NewLetter(**{**values, **fields})


def part_letter(message: Outgoing, **fields: Any) -> NewLetter:
    return letter(
        queue=BULK,
        exchange=PREDICT,
        routing_key=BULK,
        message_id=message.message_id,
        part_id=UUID(message.message_id),
        batch_id=uuid4(),
        rows=30,
        content_type=ARROW_STREAM,
        headers=message.headers,
        body=message.body,
        **fields,
    )


def waiting(gateway: RunningGateway, queue: str) -> int:
    async def look() -> int:
        connection = await connect(gateway.broker_url, "test")
        async with connection:
            found = await queue_status(connection, queue)
        assert found is not None
        return found.ready

    return asyncio.run(look())


def replay(client: httpx.Client, *names: UUID) -> dict[str, Any]:
    answer = client.post("/dead-letters/replay", json={"letter_ids": [str(name) for name in names]})
    assert answer.status_code == 202, answer.text
    content: dict[str, Any] = answer.json()
    return content


@pytest.fixture
def stored(engine: Engine) -> Iterator[list[NewLetter]]:
    """Seven letters: of each kind one that waits, and five more of the inbox."""
    letters = [letter(), part_letter(bulk_part(equipment_rows(30), uuid4())), *(letter() for _ in range(5))]
    for one in letters:
        store_letter(engine, one)
    yield letters
    with engine.begin() as connection:
        connection.execute(dead_letters.delete())


def test_every_queue_is_listed_with_what_waits_in_it(client: httpx.Client, gateway: RunningGateway) -> None:
    found = {one["name"]: one for one in client.get("/queues").json()["queues"]}
    assert {name: one["purpose"] for name, one in found.items()} == {queue.name: queue.purpose for queue in QUEUES}
    assert all(one["exists"] and one["consumers"] == 0 for one in found.values())
    assert found[BULK]["messages"] == waiting(gateway, BULK)
    assert found[BULK]["most_messages"] == MAX_BULK_PARTS
    assert found[INBOX]["most_messages"] == QueueLimits().inbox_max_messages


def test_letters_are_listed_once_the_newest_first(client: httpx.Client, stored: list[NewLetter]) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/dead-letters", params={"limit": 3, **cursor}).json()
        found += [one["letter_id"] for one in page["dead_letters"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == [str(one.letter_id) for one in reversed(stored)]


def test_filters_narrow_down(client: httpx.Client, engine: Engine, stored: list[NewLetter]) -> None:
    def count(**query: str) -> int:
        return len(client.get("/dead-letters", params=query).json()["dead_letters"])

    assert (count(queue=BULK), count(queue=INBOX), count(use_case="iris")) == (1, 6, 0)
    discard_for_reason(engine, [stored[0].letter_id], Decided(person="Ada", account="page", reason="No rows."))
    replay(client, stored[2].letter_id)
    states = [count(state=state) for state in ("open", "discarded", "replayed", "all")]
    assert states == [5, 1, 1, 7]


def test_a_part_is_shown_by_its_first_rows(client: httpx.Client, stored: list[NewLetter]) -> None:
    found = client.get(f"/dead-letters/{stored[1].letter_id}").json()
    rows = [json.loads(line) for line in found["body"].splitlines()]
    assert len(rows) == 20
    assert rows[0].keys() == {*EQUIPMENT.columns, "row_number"}
    assert (found["body_truncated"], found["size"], found["rows"]) == (True, len(stored[1].body), 30)
    assert found["headers"]["use_case"] == EQUIPMENT.name


def test_a_foreign_message_is_shown_as_text(client: httpx.Client, stored: list[NewLetter]) -> None:
    found = client.get(f"/dead-letters/{stored[0].letter_id}").json()
    assert json.loads(found["body"]) == [ROW]
    assert (found["body_truncated"], found["content_type"]) == (False, "application/json")
    problem(client.get(f"/dead-letters/{uuid4()}"), 404, "unknown-letter")


def test_letters_go_back_to_where_they_came_from(
    client: httpx.Client, gateway: RunningGateway, stored: list[NewLetter]
) -> None:
    before = waiting(gateway, INBOX), waiting(gateway, BULK)
    names = [one.letter_id for one in stored[:2]]
    assert replay(client, *names, names[0]) == {"replayed": [str(name) for name in names], "skipped": []}
    assert (waiting(gateway, INBOX), waiting(gateway, BULK)) == (before[0] + 1, before[1] + 1)
    again = replay(client, *names)
    assert again["replayed"] == []
    assert all("already" in one["message"] for one in again["skipped"])
    assert (waiting(gateway, INBOX), waiting(gateway, BULK)) == (before[0] + 1, before[1] + 1)


def test_what_is_sent_is_what_died_without_its_death(
    client: httpx.Client, gateway: RunningGateway, engine: Engine
) -> None:
    async def last_message() -> tuple[bytes, dict[str, Any], str | None]:
        connection = await connect(gateway.broker_url, "test")
        async with connection:
            queue = await (await connection.channel()).get_queue(INBOX)
            messages = []
            while (message := await queue.get(no_ack=True, fail=False)) is not None:
                # Quorum queues count deliveries in a header of their own.
                headers = {name: value for name, value in message.headers.items() if not name.startswith("x-")}
                messages.append((message.body, headers, message.message_id))
            return messages[-1]

    dead = letter(body=b"{}", headers={"cause": "c", "origin": INBOX, "x-death": [], "sender": "plc-4"})
    store_letter(engine, dead)
    replay(client, dead.letter_id)
    assert asyncio.run(last_message()) == (b"{}", {"sender": "plc-4"}, dead.message_id)


def test_what_cannot_be_sent_is_skipped_and_keeps_none_of_the_others(
    client: httpx.Client, engine: Engine, stored: list[NewLetter]
) -> None:
    elsewhere = letter(exchange=DEAD_LETTERS)
    nowhere = letter(exchange=PREDICT, routing_key="no queue of ours")
    for one in (elsewhere, nowhere):
        store_letter(engine, one)
    unknown = uuid4()
    found = replay(client, unknown, elsewhere.letter_id, nowhere.letter_id, stored[0].letter_id)
    assert found["replayed"] == [str(stored[0].letter_id)]
    reasons = {one["letter_id"]: one["message"] for one in found["skipped"]}
    assert "no such" in reasons[str(unknown)]
    assert "smartpredict dead-letters replay" in reasons[str(elsewhere.letter_id)]
    assert "no queue takes" in reasons[str(nowhere.letter_id)]


def test_only_people_replay(client: httpx.Client, gateway: RunningGateway, stored: list[NewLetter]) -> None:
    body = {"letter_ids": [str(stored[0].letter_id)]}
    with gateway.client("api") as program:
        problem(program.post("/dead-letters/replay", json=body), 403, "forbidden")
        assert program.get("/dead-letters").status_code == 200
    with gateway.client("admin") as admin:
        assert admin.post("/dead-letters/replay", json=body).status_code == 202
    for names in ([], ["x"], [str(uuid4())] * 101):
        problem(client.post("/dead-letters/replay", json={"letter_ids": names}), 422, "invalid-parameters")
    problem(client.post("/dead-letters/replay", json={"numbers": [1]}), 422, "invalid-parameters")


@pytest.fixture
def ingestion(gateway: RunningGateway) -> Iterator[Engine]:
    engine = connect_engine(login(gateway.database_url, "ingestion"), "test")
    yield engine
    engine.dispose()


def held(engine: Engine, account: str) -> int:
    """Hold three messages of an account, as ingestion does, and return the number of the hold."""
    sender = Sender(account, "iris")
    open_hold(engine, sender, "the body is not JSON")
    number = open_holds(engine)[sender]
    messages = [
        NewHeld(
            key=uuid4(), content=uuid4(), is_redelivered=False, routing_key="iris", message_id=None, content_type=None,
            message_type=None, headers={}, body=b"no row", cause="the body is not JSON",
        )
        for _ in range(3)
    ]  # fmt: skip
    for _ in range(2):  # once more where the answer to the first was lost
        assert hold_messages(engine, number, messages, most_messages=3, most_bytes=100) == [True] * 3
    return number


def test_administrators_decide_about_held_messages(
    client: httpx.Client, gateway: RunningGateway, ingestion: Engine
) -> None:
    numbers = [held(ingestion, "press"), held(ingestion, "oven")]
    listed = {hold["number"]: hold for hold in client.get("/dead-letters/holds").json()["holds"]}
    assert {listed[number]["account"] for number in numbers} == {"press", "oven"}
    assert (listed[numbers[0]]["left"], listed[numbers[0]]["bytes"]) == (3, 18)
    ways = [f"/dead-letters/holds/{number}/{way}" for number, way in zip(numbers, ("release", "discard"), strict=True)]
    problem(client.post(ways[0]), 403, "forbidden")
    with gateway.client("admin") as admin:
        answers = [admin.post(way).json() for way in ways]
        assert [(answer["decision"], answer["left"]) for answer in answers] == [("released", 3), ("discarded", 0)]
        assert {answer["decided_by"] for answer in answers} == {"admin"}
        told = problem(admin.post(ways[0]), 404, "unknown-hold")
        assert "released by admin already" in told["detail"]
        problem(admin.post("/dead-letters/holds/123456/release"), 404, "unknown-hold")
    assert client.get("/dead-letters/holds").json()["holds"] == []
    assert len(client.get("/dead-letters/holds", params={"state": "all"}).json()["holds"]) == 2
    released = released_messages(ingestion)
    forget_held(ingestion, [message.id for message in released])
    assert ([message.account for message in released], released_messages(ingestion)) == (["press"] * 3, [])


def test_people_at_the_terminal_decide_about_held_messages(
    gateway: RunningGateway, ingestion: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTPREDICT_DATABASE_URL", gateway.database_url)
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    hold_commands.add_commands(app)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["holds", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    # Without a second group the tester would take the only one for the command itself.
    app.command("other")(lambda: None)
    numbers = [str(held(ingestion, account)) for account in ("press", "")]
    listed = json.loads(run("list", "--json"))
    assert [(hold["account"], hold["messages"]) for hold in listed] == [("", 3), ("press", 3)]
    assert "senders without user_id, iris" in " ".join(run("list").split())
    assert run("show", numbers[0]).count("no row") == 3
    assert "3 messages of account press, iris are taken up again" in run("release", numbers[0])
    assert "3 messages of senders without user_id, iris are discarded" in run("discard", numbers[1], "--yes")
    assert "No messages are held" in run("list")
    forget_held(ingestion, [message.id for message in released_messages(ingestion)])
