"""A message whose properties no client library expects harms nobody, and has its place like any other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from sqlalchemy import Engine, text

from broker.administration.provisioning import put_accounts
from broker.dead_letters import dead_letter
from broker.ids import batch_id_of_message
from broker.topology import BULK, DEAD_LETTERS, DIRECT_REPLY, INBOX
from broker.transport.decoding import LATIN_1
from broker.transport.publisher import Outgoing, Publisher
from ingestion.dead_letters.replay import replay_letter
from sql.dead_letters.storage import Letter, LetterFilter, find_letter, list_letters
from sql.ledger.batch_ledger import find_batch
from tests.support.ingestion.readings import READING
from tests.support.ingestion.recording_worker import record_waiting_parts
from tests.support.pipeline import Service, start_service
from tests.support.raw_properties import UNDECODABLE, RawProperties
from tests.support.servers import Broker
from tests.support.waiting import eventually

MACHINES = "equipment_failure"
BODY = json.dumps(READING).encode()
ACCOUNTS = {"upstream": "secret-of-upstream", "ingestion": "secret-of-ingestion"}


def as_account(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{name}:{ACCOUNTS[name]}@{parts.hostname}:{parts.port}"))


@pytest.fixture(scope="module")
def accounts(servers: tuple[str, str], rabbit_server: Broker) -> str:
    """Make the accounts of services and of upstream; gives the address without one."""
    put_accounts(
        rabbit_server.management_url, rabbit_server.credentials(), ACCOUNTS, urlsplit(servers[1]).path.removeprefix("/")
    )
    return servers[1]


@pytest.fixture(scope="module")
def service(servers: tuple[str, str], accounts: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("ingestion")
    environment = {
        "SMARTPREDICT_DATABASE_URL": servers[0],
        "SMARTPREDICT_BROKER_URL": as_account(accounts, "ingestion"),
        "SMARTPREDICT_DATA": str(folder / "data"),
    }
    with start_service("ingestion", folder, environment) as service:
        service.wait_ready()
        yield service
        log = service.log.read_text()
    assert "again" not in log, log
    assert service.process.returncode == 0, log[-2000:]


@pytest.fixture
def upstream(service: Service, accounts: str) -> Iterator[BlockingChannel]:
    with pika.BlockingConnection(pika.URLParameters(as_account(accounts, "upstream"))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


@pytest.fixture
def owner(service: Service, servers: tuple[str, str]) -> Iterator[BlockingChannel]:
    with pika.BlockingConnection(pika.URLParameters(servers[1])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def send(channel: BlockingChannel, body: bytes = BODY, **properties: bytes) -> str:
    """Publish a message with odd properties between two neighbours, which are taken in; gives its id as read."""
    odd = {"message_id": str(uuid4()).encode(), **properties}
    neighbours = [str(uuid4()) for _ in range(2)]
    channel.basic_publish(INBOX, MACHINES, BODY, pika.BasicProperties(message_id=neighbours[0]), mandatory=True)
    channel.basic_publish(INBOX, MACHINES, body, RawProperties(**odd), mandatory=True)
    channel.basic_publish(INBOX, MACHINES, BODY, pika.BasicProperties(message_id=neighbours[1]), mandatory=True)
    identity = odd["message_id"]
    try:
        return identity.decode()
    except UnicodeDecodeError:
        return LATIN_1 + identity.decode("latin-1")


def predict_all(engine: Engine, broker_url: str, *message_ids: str) -> None:
    """Wait until all rows of these messages are predicted."""

    def are_predicted() -> bool:
        asyncio.run(record_waiting_parts(engine, broker_url))
        found = [find_batch(engine, batch_id_of_message(MACHINES, message_id)) for message_id in message_ids]
        return all(batch is not None and batch.predicted == 1 for batch in found)

    eventually(are_predicted)


def letters_of(engine: Engine, message_id: str) -> list[Letter]:
    listed = list_letters(engine, LetterFilter(state=None), limit=1_000)
    return [letter for letter in listed if letter.message_id == message_id]


def consumers(owner: BlockingChannel) -> list[int]:
    found = [owner.queue_declare(queue, passive=True).method.consumer_count for queue in (INBOX, DEAD_LETTERS)]
    return [count or 0 for count in found]


def batches(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("select count(*) from smartpredict.batches")) or 0


@pytest.mark.parametrize("odd", UNDECODABLE.values(), ids=UNDECODABLE)
def test_a_good_row_is_predicted_whatever_its_properties(
    upstream: BlockingChannel, owner: BlockingChannel, engine: Engine, broker_url: str, odd: dict[str, bytes]
) -> None:
    before = batches(engine)
    message_id = send(upstream, **odd)
    eventually(lambda: batches(engine) == before + 3)
    predict_all(engine, broker_url, message_id)
    assert consumers(owner) == [1, 1]
    assert letters_of(engine, message_id) == []


@pytest.mark.parametrize("odd", UNDECODABLE.values(), ids=UNDECODABLE)
def test_a_refused_message_is_one_letter_with_its_cause(
    upstream: BlockingChannel, owner: BlockingChannel, engine: Engine, broker_url: str, odd: dict[str, bytes]
) -> None:
    before = batches(engine)
    odd = {name: value + str(uuid4()).encode() if name == "message_id" else value for name, value in odd.items()}
    message_id = send(upstream, b"not JSON", **odd)
    (letter,) = eventually(lambda: letters_of(engine, message_id))
    assert "not JSON" in letter.cause
    eventually(lambda: batches(engine) == before + 2)
    assert consumers(owner) == [1, 1]
    asyncio.run(replay(engine, broker_url, letter.id, BODY))
    predict_all(engine, broker_url, message_id)
    assert len(letters_of(engine, message_id)) == 1


@pytest.mark.parametrize("odd", UNDECODABLE.values(), ids=UNDECODABLE)
def test_a_dead_letter_is_kept_whatever_its_properties(
    owner: BlockingChannel, engine: Engine, odd: dict[str, bytes]
) -> None:
    body = uuid4().hex.encode()
    odd = {"message_id": uuid4().hex.encode(), **odd}
    owner.basic_publish(DEAD_LETTERS, "", body, RawProperties(**odd), mandatory=True)

    def kept() -> list[Letter]:
        read = (find_letter(engine, letter.id) for letter in list_letters(engine, LetterFilter(state=None)))
        return [letter for letter in read if letter is not None and letter.body == body]

    assert len(eventually(kept)) == 1
    assert consumers(owner) == [1, 1]


def test_a_latin_1_key_names_no_use_case(upstream: BlockingChannel, engine: Engine) -> None:
    message_id = str(uuid4())
    key: str = b"\xfcberall"  # type: ignore[assignment]  # pika sends bytes as they are
    upstream.basic_publish(INBOX, key, BODY, pika.BasicProperties(message_id=message_id), mandatory=True)
    (letter,) = eventually(lambda: letters_of(engine, message_id))
    assert letter.routing_key == f"{LATIN_1}überall"


def test_ids_that_look_alike_are_two_messages(upstream: BlockingChannel, engine: Engine, broker_url: str) -> None:
    name = f"Prüfstand {uuid4()}"
    before = batches(engine)
    first = send(upstream, message_id=name.encode())
    second = send(upstream, message_id=name.encode("latin-1"))
    assert (first, second) == (name, LATIN_1 + name)
    eventually(lambda: batches(engine) == before + 6)
    predict_all(engine, broker_url, first, second)


def test_who_sent_an_odd_correlation_id_gets_it_back(
    upstream: BlockingChannel, engine: Engine, broker_url: str
) -> None:
    reply_to = upstream.queue_declare(f"reply.upstream.{uuid4()}", exclusive=True).method.queue
    raw = b"\xfc" * 250
    properties = RawProperties(message_id=raw, reply_to=reply_to.encode(), type=b"\xff", correlation_id=b"c-1")
    upstream.basic_publish(INBOX, MACHINES, BODY, properties, mandatory=True)
    for _, told, answer in upstream.consume(reply_to, auto_ack=True, inactivity_timeout=15):
        assert answer is not None
        assert told.correlation_id == "c-1"
        assert json.loads(answer)["outcome"] == "accepted"
        assert json.loads(answer)["message_id"] == LATIN_1 + raw.decode("latin-1")
        break
    upstream.cancel()
    asyncio.run(record_waiting_parts(engine, broker_url))


@pytest.mark.parametrize("elsewhere", [BULK, DEAD_LETTERS, INBOX, "reply.gateway.1"])
def test_no_answer_goes_into_a_queue_that_is_not_for_replies(
    upstream: BlockingChannel, engine: Engine, broker_url: str, elsewhere: str
) -> None:
    message_id = str(uuid4())
    send(upstream, message_id=message_id.encode(), reply_to=elsewhere.encode())
    predict_all(engine, broker_url, message_id)
    assert letters_of(engine, f"answer to {message_id}") == []


def test_who_waits_on_its_own_channel_is_answered(upstream: BlockingChannel, engine: Engine, broker_url: str) -> None:
    answers: list[str] = []
    upstream.basic_consume(DIRECT_REPLY, lambda *came: answers.append(json.loads(came[3])["outcome"]), auto_ack=True)
    properties = pika.BasicProperties(message_id=str(uuid4()), reply_to=DIRECT_REPLY)
    upstream.basic_publish(INBOX, MACHINES, BODY, properties, mandatory=True)
    for _ in range(30):
        upstream.connection.process_data_events(time_limit=0.5)
        if answers:
            break
    assert answers == ["accepted"]
    asyncio.run(record_waiting_parts(engine, broker_url))


def test_a_message_refused_at_every_delivery_is_one_letter(service: Service, engine: Engine, broker_url: str) -> None:
    message_id = str(uuid4())

    def refused() -> Outgoing:
        return dead_letter(
            body=b"not JSON", content_type=None, headers={}, message_id=message_id, origin=INBOX, exchange=INBOX,
            routing_key=MACHINES, cause="the body is not JSON",
        )  # fmt: skip

    asyncio.run(publish(broker_url, *(refused() for _ in range(7))))
    (letter,) = eventually(lambda: letters_of(engine, message_id))
    last = str(uuid4())
    asyncio.run(publish(broker_url, Outgoing(INBOX, MACHINES, b"not JSON", last)))
    eventually(lambda: letters_of(engine, last))
    assert [found.id for found in letters_of(engine, message_id)] == [letter.id]


def test_a_replay_that_dies_again_is_a_letter_of_its_own(service: Service, engine: Engine, broker_url: str) -> None:
    message_id = str(uuid4())
    message = Outgoing(INBOX, MACHINES, b"not JSON", message_id)
    asyncio.run(publish(broker_url, message))
    (first,) = eventually(lambda: letters_of(engine, message_id))
    asyncio.run(replay(engine, broker_url, first.id))
    second, replayed = eventually(
        lambda: letters_of(engine, message_id) if len(letters_of(engine, message_id)) > 1 else []
    )
    assert (replayed.id, replayed.state.value, second.state.value) == (first.id, "replayed", "waiting")


def test_what_was_replayed_and_is_sent_and_refused_again_waits_again(
    service: Service, engine: Engine, broker_url: str
) -> None:
    message_id = str(uuid4())
    message = Outgoing(INBOX, MACHINES, b"not JSON", message_id)
    asyncio.run(publish(broker_url, message))
    (letter,) = eventually(lambda: letters_of(engine, message_id))
    asyncio.run(replay(engine, broker_url, letter.id, BODY))
    predict_all(engine, broker_url, message_id)
    assert [found.state.value for found in letters_of(engine, message_id)] == ["replayed"]
    asyncio.run(publish(broker_url, message))
    eventually(lambda: [found.state.value for found in letters_of(engine, message_id)] == ["waiting"])


async def publish(url: str, *messages: Outgoing) -> None:
    async with Publisher(url, "test") as publisher:
        for message in messages:
            await publisher.publish(message)


async def replay(engine: Engine, broker_url: str, number: int, body: bytes | None = None) -> None:
    async with Publisher(broker_url, "test") as publisher:
        await replay_letter(engine, publisher, number, body)
