"""Foreign messages and dead letters, through a running service and plain pika."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from sqlalchemy import Engine, text

from broker.dead_letters import without_death
from broker.ids import batch_id_of_message
from broker.messages import ID_REUSED, MAX_INBOX_BYTES
from broker.topology import DEAD_LETTERS, INBOX
from broker.transport.publisher import Publisher
from ingestion.dead_letters.replay import NoSuchLetterError, replay_letter
from sql.base.decided import Decided
from sql.dead_letters.decisions import purge_letters
from sql.dead_letters.storage import Letter, LetterFilter, LetterState, find_letter, list_letters
from sql.ledger.batch_ledger import find_batch
from tests.support.ingestion.readings import READING, numbered_csv, reading
from tests.support.ingestion.recording_worker import record_waiting_parts
from tests.support.pipeline import Service, bulk_part, equipment_rows, start_service
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def service(servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("ingestion")
    edited = folder / "usecases/iris/usecase.yaml"
    edited.parent.mkdir(parents=True)
    edited.write_text("name: [half an edit, of what is in force")
    environment = {
        "SMARTPREDICT_USECASES": str(folder / "usecases"),
        "SMARTPREDICT_DATABASE_URL": servers[0],
        "SMARTPREDICT_BROKER_URL": servers[1],
        "SMARTPREDICT_DATA": str(folder / "data"),
    }
    with start_service("ingestion", folder, environment) as service:
        service.wait_ready()
        yield service
        assert service.process.poll() is None, service.log.read_text()[-2000:]
    assert service.process.returncode == 0, service.log.read_text()[-2000:]


@pytest.fixture
def channel(service: Service, servers: tuple[str, str]) -> Iterator[BlockingChannel]:
    with pika.BlockingConnection(pika.URLParameters(servers[1])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def ask(channel: BlockingChannel, body: Any, use_case: str = "equipment_failure", **properties: Any) -> dict[str, Any]:
    """Publish a message as a foreign program does and wait for its answer."""
    reply_to = channel.queue_declare(f"reply.upstream.{uuid4()}", exclusive=True).method.queue
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"message_id": str(uuid4()), "correlation_id": "c-1", "reply_to": reply_to, **properties}
    channel.basic_publish(INBOX, use_case, content, pika.BasicProperties(**told), mandatory=True)
    for _, answered, answer in channel.consume(reply_to, auto_ack=True, inactivity_timeout=15):
        assert answer is not None, "no answer"
        assert answered.correlation_id == told["correlation_id"]
        channel.cancel()
        found: dict[str, Any] = json.loads(answer)
        return found
    raise AssertionError


def letter_of(engine: Engine, message_id: str) -> Letter:
    def look() -> Letter | None:
        listed = list_letters(engine, LetterFilter(state=None))
        return next((letter for letter in listed if letter.message_id == message_id), None)

    found = eventually(look)
    assert found is not None
    return found


def test_a_row_is_accepted_and_predicted(channel: BlockingChannel, engine: Engine, broker_url: str) -> None:
    message_id = str(uuid4())
    answer = ask(channel, READING, message_id=message_id)
    assert (answer["outcome"], answer["rows_in"], answer["rows_accepted"]) == ("accepted", 1, 1)
    assert answer["batch_id"] == str(batch_id_of_message("equipment_failure", message_id))
    asyncio.run(record_waiting_parts(engine, broker_url))
    ledger = find_batch(engine, batch_id_of_message("equipment_failure", message_id))
    assert ledger is not None
    assert (ledger.predicted, ledger.is_done, ledger.source, ledger.name) == (1, True, "message", message_id)


def test_bad_rows_of_a_list_are_told_with_their_reasons(channel: BlockingChannel) -> None:
    rows = json.dumps([READING, reading(torque_nm=455), None, reading(torque_nm=float("nan")), reading(unknown=1)])
    answer = ask(channel, rows.replace('"unknown"', '"torque_nm"').encode())
    assert (answer["outcome"], answer["rows_in"], answer["rows_accepted"]) == ("accepted", 5, 1)
    told = [(row["row_number"], row["reasons"][0]["rule"]) for row in answer["refused"]]
    assert told == [(2, "maximum"), (3, "not_a_row"), (4, "missing"), (5, "repeated_column")]


def test_a_long_list_is_checked_in_columns_with_the_same_outcome(
    channel: BlockingChannel, engine: Engine, broker_url: str
) -> None:
    rows = [reading(machine_id=f"M-{row}", torque_nm=455 if row % 100 == 0 else 40) for row in range(1, 5_001)]
    answer = ask(channel, rows)
    assert (answer["rows_in"], answer["rows_accepted"], len(answer["refused"])) == (5_000, 4_950, 50)
    asyncio.run(record_waiting_parts(engine, broker_url))


def test_the_same_message_again_is_the_same_batch_answered_alike(
    channel: BlockingChannel, engine: Engine, broker_url: str
) -> None:
    message_id = str(uuid4())
    rows = [READING, reading(torque_nm=455)]
    first = ask(channel, rows, message_id=message_id)
    asyncio.run(record_waiting_parts(engine, broker_url))
    assert ask(channel, rows, message_id=message_id) == first
    assert asyncio.run(record_waiting_parts(engine, broker_url)) == []


def test_another_body_under_the_same_id_is_refused_and_kept(
    channel: BlockingChannel, engine: Engine, broker_url: str
) -> None:
    message_id = str(uuid4())
    ask(channel, READING, message_id=message_id)
    other = reading(machine_id="M-2", torque_nm=61.5)
    answer = ask(channel, other, message_id=message_id)
    assert (answer["outcome"], answer["code"], answer["batch_id"]) == ("refused", ID_REUSED, None)
    assert "stands for another body" in answer["detail"]
    letter = find_letter(engine, letter_of(engine, message_id).id)
    first = find_batch(engine, batch_id_of_message("equipment_failure", message_id))
    assert letter is not None and first is not None  # noqa: PT018
    assert (json.loads(letter.body), first.rows_in) == (other, 1)
    asyncio.run(record_waiting_parts(engine, broker_url))


def test_a_replayed_letter_whose_id_was_used_is_predicted_once(
    channel: BlockingChannel, engine: Engine, broker_url: str
) -> None:
    message_id = str(uuid4())
    ask(channel, [READING], message_id=message_id)
    ask(channel, [reading(machine_id="M-2"), reading(machine_id="M-3")], message_id=message_id)
    letter = letter_of(engine, message_id)
    for _ in range(2):
        asyncio.run(replay(engine, broker_url, letter.id))
    query = text("select rows_in from smartpredict.batches where name = :name order by rows_in")

    def rows_in() -> list[int]:
        with engine.connect() as connection:
            return list(connection.scalars(query, {"name": message_id}))

    eventually(lambda: rows_in() == [1, 2])
    assert ask(channel, READING)["outcome"] == "accepted", "the second replay was handled"
    asyncio.run(record_waiting_parts(engine, broker_url))
    assert rows_in() == [1, 2]


def test_messages_that_meet_under_one_id_are_one_batch(
    channel: BlockingChannel, engine: Engine, broker_url: str
) -> None:
    message_id, bodies = str(uuid4()), [reading(machine_id=f"M-{number}") for number in range(8)]
    reply_to = channel.queue_declare(f"reply.upstream.{uuid4()}", exclusive=True).method.queue
    for body in bodies:
        properties = pika.BasicProperties(message_id=message_id, reply_to=reply_to)
        channel.basic_publish(INBOX, "equipment_failure", json.dumps(body).encode(), properties, mandatory=True)
    answers = []
    for _, _, answer in channel.consume(reply_to, auto_ack=True, inactivity_timeout=15):
        assert answer is not None, "no answer"
        answers.append(json.loads(answer)["outcome"])
        if len(answers) == len(bodies):
            break
    channel.cancel()
    assert sorted(answers) == ["accepted", *["refused"] * 7]

    def letters() -> int:
        return sum(letter.message_id == message_id for letter in list_letters(engine, LetterFilter(state=None)))

    eventually(lambda: letters() == 7)
    asyncio.run(record_waiting_parts(engine, broker_url))


REFUSED = {
    "not JSON": (b'{"torque_nm": ', {}, "not JSON"),
    "not UTF-8": (b'{"torque_nm": "\xff"}', {}, "not JSON"),
    "a number": (5, {}, "has to be a row"),
    "a text": ("row", {}, "has to be a row"),
    "null": (None, {}, "has to be a row"),
    "an empty list": ([], {}, "at least one"),
    "nothing": (b"", {}, "not JSON"),
    "nested too deep": (b"[" * 10_000, {}, "not JSON"),
    "lists without an end": (b"[" * 100_000, {}, "100,000 lists"),
    "too many rows": (b"[" + b"{}," * 60_000 + b"{}]", {}, "60,001 objects"),
    "too many rows that are none": (b"[" + b"1," * 60_000 + b"1]", {}, "60,001 rows"),
    "too many members": ({f"column {number}": number for number in range(10_000)}, {}, "10,000 members"),
    "too large": (b"[" + b" " * MAX_INBOX_BYTES + b"]", {}, "drop a file"),
    "unknown use case": (READING, {"use_case": "nobody-knows"}, "known are equipment_failure, iris, pm25"),
    "no use case": (READING, {"use_case": ""}, "known are equipment_failure, iris, pm25"),
}


@pytest.mark.parametrize(("body", "how", "says"), REFUSED.values(), ids=REFUSED)
def test_a_message_nobody_can_read_becomes_a_dead_letter(
    channel: BlockingChannel, engine: Engine, body: Any, how: dict[str, str], says: str
) -> None:
    message_id = str(uuid4())
    answer = ask(channel, body, message_id=message_id, **how)
    assert answer["outcome"] == "refused"
    assert says in answer["detail"]
    letter = letter_of(engine, message_id)
    assert (letter.queue, letter.exchange, letter.routing_key) == (
        INBOX,
        INBOX,
        how.get("use_case", "equipment_failure"),
    )
    assert says in letter.cause


def test_a_message_without_an_id_is_told_to_have_one(channel: BlockingChannel) -> None:
    answer = ask(channel, READING, message_id=None)
    assert "set message_id" in answer["detail"]


def test_who_asked_and_has_gone_does_no_harm(channel: BlockingChannel, engine: Engine, broker_url: str) -> None:
    message_id = str(uuid4())
    properties = pika.BasicProperties(message_id=message_id, reply_to="reply.upstream.gone")
    channel.basic_publish(INBOX, "equipment_failure", json.dumps(READING).encode(), properties, mandatory=True)
    batch = batch_id_of_message("equipment_failure", message_id)
    eventually(lambda: find_batch(engine, batch))
    assert ask(channel, READING)["outcome"] == "accepted"
    asyncio.run(record_waiting_parts(engine, broker_url))


def test_a_repaired_letter_is_predicted(channel: BlockingChannel, engine: Engine, broker_url: str) -> None:
    message_id = str(uuid4())
    ask(channel, b'{"torque_nm": ', message_id=message_id)
    letter = letter_of(engine, message_id)
    asyncio.run(replay(engine, broker_url, letter.id, json.dumps(READING).encode()))
    batch = batch_id_of_message("equipment_failure", message_id)
    eventually(lambda: find_batch(engine, batch))
    eventually(lambda: asyncio.run(record_waiting_parts(engine, broker_url)))
    found = find_letter(engine, letter.id)
    assert found is not None
    assert found.state is LetterState.REPLAYED


def test_a_part_the_broker_gave_up_is_replayed_as_it_was(
    channel: BlockingChannel, engine: Engine, broker_url: str
) -> None:
    part = bulk_part(equipment_rows(4), uuid4())
    properties = pika.BasicProperties(
        message_id=part.message_id, headers=part.headers, content_type=part.content_type, delivery_mode=2
    )
    channel.basic_publish(part.exchange, part.routing_key, part.body, properties, mandatory=True)
    method, _, _ = channel.basic_get(part.routing_key)
    assert method is not None
    channel.basic_reject(method.delivery_tag, requeue=False)
    letter = letter_of(engine, part.message_id)
    assert letter.cause.startswith("rejected")
    assert (letter.rows, str(letter.part_id), letter.use_case) == (4, part.message_id, "equipment_failure")
    asyncio.run(replay(engine, broker_url, letter.id))
    method, told, body = channel.basic_get(part.routing_key, auto_ack=True)
    assert (body, without_death(told.headers), told.message_id) == (part.body, part.headers, part.message_id)


def test_a_message_to_the_dead_letters_of_any_kind_is_kept(channel: BlockingChannel, engine: Engine) -> None:
    message_id = str(uuid4())
    properties = pika.BasicProperties(message_id=message_id, headers={"odd": b"\xff\x00", "x-death": "none"})
    channel.basic_publish(DEAD_LETTERS, "", b"\x00\xff", properties, mandatory=True)
    assert "without saying why" in letter_of(engine, message_id).cause


def test_a_letter_that_was_given_up_has_no_body_to_replay(
    channel: BlockingChannel, engine: Engine, broker_url: str
) -> None:
    message_id = str(uuid4())
    ask(channel, b"rubbish", message_id=message_id)
    letter = letter_of(engine, message_id)
    assert purge_letters(engine, [letter.id], Decided(person="Ada", account="line", reason="No rows.")) == 1
    with pytest.raises(NoSuchLetterError, match="--body"):
        asyncio.run(replay(engine, broker_url, letter.id))


def test_a_file_goes_through_the_running_service(service: Service, engine: Engine, broker_url: str) -> None:
    incoming = service.log.parent / "data" / "incoming"
    (incoming / "served.csv").write_bytes(numbered_csv(25))
    query = text("select count(*) from smartpredict.batches where name = 'served.csv' and state = 'ingested'")

    def ingested() -> bool:
        with engine.connect() as connection:
            return bool(connection.scalar(query))

    eventually(ingested)
    asyncio.run(record_waiting_parts(engine, broker_url))


async def replay(engine: Engine, broker_url: str, number: int, body: bytes | None = None) -> None:
    async with Publisher(broker_url, "test") as publisher:
        await replay_letter(engine, publisher, number, body)
