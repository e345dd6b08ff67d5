"""Messages of an upstream system, made and published by the thousand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from random import Random
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel

from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog

PUBLISHED_AT_ONCE = 500
"""Messages that wait for their confirms together."""


@dataclass(frozen=True)
class RowMessages:
    """Messages with rows of the default use case, each under an id of its own.

    Attributes
    ----------
    name
        Begins every id.
    count, rows
        Messages, and rows of each.
    """

    name: str
    count: int
    rows: int = 1

    @cached_property
    def example(self) -> dict[str, Any]:
        """A row that is valid."""
        return example_row(load_catalog()["equipment_failure"])

    @property
    def total(self) -> int:
        """Rows of all messages."""
        return self.count * self.rows

    async def publish(self, channel: AbstractChannel, exchange: str, routing_key: str) -> None:
        """Publish all of them, and wait until the broker has confirmed every one."""
        to = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        messages = self.each()
        while some := list(islice(messages, PUBLISHED_AT_ONCE)):
            await asyncio.gather(*(to.publish(message, routing_key) for message in some))

    def each(self) -> Iterator[aio_pika.Message]:
        """Make them, one after another."""
        random = Random(self.name)  # noqa: S311  # rows, no secrets
        return (self._message(number, random) for number in range(self.count))

    def _message(self, number: int, random: Random) -> aio_pika.Message:
        rows = [{**self.example, "torque_nm": round(random.uniform(30, 50), 1)} for _ in range(self.rows)]
        return aio_pika.Message(
            orjson.dumps(rows[0] if self.rows == 1 else rows),
            message_id=f"{self.name}-{number}",
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
