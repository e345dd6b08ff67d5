"""Ordering jobs of the default use case, and waiting for their end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import Engine

from broker.job_messages import job_changed
from broker.transport.publisher import Publisher
from sql.jobs.orders import Job, JobProgress, JobState, find_job, order_job
from tests.support.pipeline import EQUIPMENT
from tests.support.waiting import eventually


class Order(Protocol):
    """Orders a job."""

    def __call__(self, given: Path | str, output: Path | str | None = None, **more: Any) -> Job:
        """Order it; its answers go to a folder of the test where no other place is given."""


def order_and_tell(engine: Engine, broker_url: str, given: Path | str, output: Path | str, **more: Any) -> Job:
    """Write a job down and have the workers look at it."""
    job = order_job(
        engine,
        job_id=uuid4(),
        use_case=EQUIPMENT.name,
        schema_hash=EQUIPMENT.schema_hash,
        input_url=str(given),
        output_url=str(output),
        ordered_by="test",
        **{"max_bad_share": 0.5, **more},
    )
    tell(broker_url, job)
    return job


def tell(broker_url: str, job: Job) -> None:
    """Have the workers look at a job."""

    async def publish() -> None:
        async with Publisher(broker_url, "test") as publisher:
            await publisher.publish(job_changed(job.id))

    asyncio.run(publish())


def ended(engine: Engine, job_id: UUID) -> JobProgress:
    """Wait until nothing more happens to a job."""

    def look() -> JobProgress | None:
        found = find_job(engine, job_id)
        return found if found.job.state is not JobState.RUNNING or found.is_stuck else None

    found = eventually(look, 60, lambda: str(find_job(engine, job_id)))
    assert found is not None
    return found
