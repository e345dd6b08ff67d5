"""Parts of the pipeline are killed while messages flow, good ones and all kinds of others: each ends in one place."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pika
import pytest
from pika.exceptions import AMQPError
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from broker.topology import INBOX
from sql.base.tables import batches, dead_letters
from tests.support.pipeline import EQUIPMENT
from tests.support.raw_properties import UNDECODABLE, RawProperties
from tests.support.running_stack import TABLE, RunningStack, audit
from tests.support.waiting import eventually
from usecases.checking.row_model import example_row

MESSAGES = int(os.environ.get("FAULT_MESSAGES", "0"))
"""How many messages flow in each test, if not as few as show what each is about."""

SLOWEST = 100
"""Messages a second that are published and predicted at least, each confirmed before the next, while parts are killed."""

names = (f"flow-{number}" for number in itertools.count())
ROW = example_row(EQUIPMENT)


@dataclass
class Sent:
    """Messages as an upstream system sends them: a hundredth poison, repeated, under a used id, with odd properties."""

    name: str
    count: int
    predicted: list[str] = field(default_factory=list)
    """Ids of the messages whose row is predicted, once."""
    refused: list[str] = field(default_factory=list)
    """Ids of those that are dead letters."""

    def messages(self) -> list[tuple[pika.BasicProperties, bytes]]:
        """Make all of them, the second under an id always after the first."""
        found: list[tuple[pika.BasicProperties, bytes]] = []
        odd = [kind for kind in UNDECODABLE.values() if "message_id" not in kind]
        for number in range(self.count):
            message_id, body = f"{self.name}-{number}", self._row(number)
            properties = pika.BasicProperties(message_id=message_id, delivery_mode=2)
            self.predicted.append(message_id)
            match number % 100:
                case 10:
                    self.predicted.pop()
                    self.refused.append(message_id)
                    body = b'{"torque_nm": '
                case 20:
                    found.append((properties, body))
                case 30:
                    self.refused.append(message_id)
                    found.append((properties, body))
                    body = self._row(number + 1)
                case 40:
                    properties = RawProperties(message_id=message_id.encode(), **odd[number // 100 % len(odd)])
                case _:
                    pass
            found.append((properties, body))
        return found

    @staticmethod
    def _row(number: int) -> bytes:
        return json.dumps({**ROW, "torque_nm": 30 + number % 200 / 10}).encode()


def publish(url: str, messages: list[tuple[pika.BasicProperties, bytes]]) -> None:
    """Publish messages until each is confirmed: what a careful sender does that is cut off again and again."""
    waiting = deque(messages)
    while waiting:
        try:
            with pika.BlockingConnection(pika.URLParameters(url)) as connection:
                channel = connection.channel()
                channel.confirm_delivery()
                while waiting:
                    properties, body = waiting[0]
                    channel.basic_publish(INBOX, EQUIPMENT.name, body, properties, mandatory=True)
                    waiting.popleft()
        except (AMQPError, OSError):
            time.sleep(0.3)


def flow_through(stack: RunningStack, messages: int, do_harm: Callable[[], None]) -> None:
    """Publish, do harm meanwhile, and prove that every message ended in exactly one place."""
    sent = Sent(next(names), MESSAGES or messages)
    seconds = max(300, sent.count / SLOWEST)
    # A daemon: one that still publishes when a test has failed would keep the whole run from its end.
    sender = threading.Thread(target=publish, args=(stack.stack.broker_url("upstream"), sent.messages()), daemon=True)
    sender.start()
    eventually(lambda: stored(stack, sent)[0] > 0, 60)
    do_harm()
    sender.join(seconds)
    assert not sender.is_alive()
    stack.wait_whole(30)
    count = len(sent.predicted)
    eventually(lambda: stored(stack, sent)[0] >= count, seconds)
    eventually(lambda: letters(stack, sent) >= set(sent.refused), seconds)
    assert stored(stack, sent) == (count, count), "each row is there, and none is there twice"
    assert letters(stack, sent) == set(sent.refused)
    assert audit(stack)["balanced"] is True


def stored(stack: RunningStack, sent: Sent) -> tuple[int, int]:
    """Count the predictions of what was sent, and the messages that have one."""
    both = TABLE.join(batches, batches.c.id == TABLE.c.batch_id)
    query = select(func.count(), func.count(batches.c.id.distinct())).select_from(both)
    with contextlib.suppress(DBAPIError), stack.engine.connect() as connection:
        rows, messages = connection.execute(query.where(batches.c.name.startswith(f"{sent.name}-"))).one()
        return rows, messages
    return 0, 0


def letters(stack: RunningStack, sent: Sent) -> set[str]:
    """List the ids of those that are dead letters."""
    query = select(dead_letters.c.message_id).where(dead_letters.c.message_id.startswith(f"{sent.name}-"))
    with stack.engine.connect() as connection:
        return set(connection.scalars(query))


@pytest.mark.parametrize("victim", ["ingestion", "worker-1", "rabbitmq", "postgres"])
def test_a_killed_process_costs_no_message(stack: RunningStack, victim: str) -> None:
    flow_through(stack, 3_000, lambda: stack.kill(victim))


def test_everything_killed_one_after_another_costs_no_message(stack: RunningStack) -> None:
    def harm() -> None:
        for victim in ("ingestion", "worker-1", "ingestion", "rabbitmq", "postgres", "ingestion"):
            stack.kill(victim)
            time.sleep(0.3)

    flow_through(stack, 10_000, harm)
