"""Listening to what workers stored, over a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from broker.administration.provisioning import declare_topology
from broker.administration.queue_status import queue_status
from broker.messages import JSON, PartCommitted
from broker.topology import PREDICTIONS
from broker.transport.connection import connect
from broker.transport.publisher import Outgoing, Publisher
from orchestration.stored_rows import stored_rows, summary

PATIENCE_SECONDS = 60


@pytest.fixture
async def url(broker_url: str) -> str:
    await declare_topology(broker_url)
    return broker_url


def part(use_case: str, number: int, rows: int) -> PartCommitted:
    """Describe a part that was stored; ids count up."""
    return PartCommitted(
        part_id=UUID(int=number),
        batch_id=None,
        use_case=use_case,
        model_version=1,
        rows=rows,
        first_id=UUID(int=number * 100),
        last_id=UUID(int=number * 100 + rows),
        committed_at=datetime.now(UTC),
    )


async def store(url: str, use_case: str, *rows: int) -> None:
    """Publish events of parts that were stored, as workers do."""
    async with Publisher(url, "test") as publisher:
        for number, count in enumerate(rows, 1):
            event = part(use_case, number, count)
            body, key = event.model_dump_json().encode(), f"{PREDICTIONS}.{use_case}"
            await publisher.publish(Outgoing(PREDICTIONS, key, body, str(event.part_id), JSON, mandatory=False))


async def wait_listening(url: str, listener: str) -> None:
    """Wait until somebody listens under this name."""
    connection = await connect(url, "test")
    async with connection, asyncio.timeout(PATIENCE_SECONDS):
        while (found := await queue_status(connection, f"downstream.{listener}")) is None or not found.consumers:  # noqa: ASYNC110  # a queue tells nobody
            await asyncio.sleep(0.05)


async def told(stored: AsyncGenerator[dict[str, Any]], *use_cases: str) -> list[dict[str, Any]]:
    """Listen until rows of all these use cases were told."""
    events: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not {*use_cases} <= {name for event in events for name in event}:
            events.append(await anext(stored))
    return events


async def test_parts_that_were_stored_together_are_one_event(url: str) -> None:
    async with aclosing(stored_rows(url, "together")) as stored:
        hearing = asyncio.create_task(told(stored, "iris"))
        await wait_listening(url, "together")
        await store(url, "iris", 3, 4)
        events = await hearing
    assert sum(event["iris"]["rows"] for event in events) == 7
    assert (events[0]["iris"]["first_id"], events[-1]["iris"]["last_id"]) == (str(UUID(int=100)), str(UUID(int=204)))


async def test_events_wait_for_a_listener_and_none_is_told_again_once_the_next_is_asked_for(url: str) -> None:
    async with aclosing(stored_rows(url, "waiting")) as stored:
        hearing = asyncio.create_task(told(stored, "first"))
        await wait_listening(url, "waiting")
        await store(url, "first", 1)
        await hearing
        await store(url, "second", 1)
        assert [list(event) for event in await told(stored, "second")] == [["second"]]
    await store(url, "third", 1)  # nobody listens
    async with aclosing(stored_rows(url, "waiting")) as stored:
        events = await told(stored, "third")
    assert {name for event in events for name in event} == {"second", "third"}


async def test_a_listener_of_one_use_case_hears_of_no_other(url: str) -> None:
    async with aclosing(stored_rows(url, "one", "iris")) as stored:
        hearing = asyncio.create_task(told(stored, "iris"))
        await wait_listening(url, "one")
        await store(url, "equipment_failure", 5)
        await store(url, "iris", 2)
        assert [list(event) for event in await hearing] == [["iris"]]


def test_a_summary_counts_rows_and_tells_between_which_ids_they_are() -> None:
    assert summary([]) == {}
    found = summary([part("iris", 2, 3), part("iris", 1, 4), part("other", 3, 5)])
    assert found == {
        "iris": {"rows": 7, "first_id": str(UUID(int=100)), "last_id": str(UUID(int=203))},
        "other": {"rows": 5, "first_id": str(UUID(int=300)), "last_id": str(UUID(int=305))},
    }
