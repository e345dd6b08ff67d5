"""The worker's subscriber for jobs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog
from faststream.rabbit import RabbitBroker, RabbitMessage

from broker.dead_letters import dead_letter
from broker.job_messages import JobChanged, claim_message
from broker.messages import Lane, PartHeader, Segment, Source
from broker.topology import DELIVERY_LIMIT, JOBS, MAX_ATTEMPTS, PREDICT
from broker.transport.consumer import existing_queue, subscribe
from broker.transport.publisher import ConfirmWindow, Outgoing, Publisher
from inference_worker.jobs.claims import ClaimError, ClaimScorer, ScoredJobClaim
from inference_worker.metrics import WorkerMetrics
from sql.base.engine import is_database_away, is_disk_full
from sql.jobs.claims import Claim
from sql.jobs.orders import JobProgress, UnknownJobError

PAUSE_SECONDS = 2.0
"""Pause before a claim, or a job, is tried again: a registry or a store that restarts is back after a few of them."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class JobHandler:
    """Works on messages of the jobs lane, in threads of its own: a claim takes seconds, and nobody waits for it.

    A message is acknowledged only after what it is about is recorded, so a worker that is killed costs the work on what
    it held, and nothing else.

    Parameters
    ----------
    claims
        Plans, scores and records.
    publisher
        Sends claims and dead letters.
    metrics
        Count what becomes of claims.
    at_once
        Messages worked on at once.
    """

    def __init__(self, claims: ClaimScorer, publisher: Publisher, metrics: WorkerMetrics, at_once: int) -> None:
        self._claims = claims
        self._publisher = publisher
        self._metrics = metrics
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(at_once, "job")

    def subscribe(self, broker: RabbitBroker) -> None:
        """Attach the handler to its queue."""
        subscribe(broker, existing_queue(JOBS), self.take, prefetch=self._at_once)

    def close(self) -> None:
        """Shut the threads down."""
        self._threads.shutdown(cancel_futures=True)

    async def take(self, message: RabbitMessage) -> None:
        """Work on a claim, or send those of a job; what cannot be done becomes a dead letter with its cause."""
        try:
            if "part_id" in message.headers:
                await self._work_on(PartHeader.from_headers(message.headers))
            else:
                await self._look_at(JobChanged.model_validate_json(message.body).job_id, _deliveries(message))
        except (ClaimError, UnknownJobError) as error:
            await self._bury(message, str(error))
        except Exception as error:
            log.exception("Message of a job cannot be worked on")
            await self._bury(message, _cause(error))

    async def _work_on(self, header: PartHeader) -> None:
        started = time.perf_counter()
        done = await self._until_done(lambda: self._claims.score(header.part_id))
        if done is not None and await self._until_done(lambda: self._claims.record(done)):
            self._count(done, time.perf_counter() - started)
        # Also where it was recorded before: whoever recorded the last claim may have been killed before the manifest.
        await self._finish(header.segments[0].batch_id)

    async def _look_at(self, job_id: UUID, deliveries: int) -> None:
        """Plan a job and send its claims, or have it stop with a reason: nobody else looks at it again."""
        if deliveries >= DELIVERY_LIMIT:
            await self._give_up(job_id, f"{deliveries} workers ended while they looked at it; their logs say why")
            return
        try:
            found = await self._until_done(lambda: self._claims.claims_of(job_id))
        except UnknownJobError:
            raise
        except ClaimError as error:
            await self._until_done(partial(self._claims.refuse, job_id, str(error)))
            return
        except Exception as error:
            log.exception("Job cannot be planned", job_id=str(job_id))
            if not await self._give_up(job_id, f"it cannot be planned: {_cause(error)}"):
                raise
            return
        if found is None:
            return
        async with ConfirmWindow(self._publisher) as window:
            for claim in found.claims:
                await window.publish(_claim_message(found.progress, claim))
        await self._finish(job_id)

    async def _finish(self, job_id: UUID) -> None:
        """Write the manifest where all is recorded; a job that lacks nothing else stops with a reason."""
        try:
            await self._until_done(lambda: self._claims.finish(job_id))
        except Exception as error:
            log.exception("Manifest cannot be written", job_id=str(job_id))
            await self._give_up(job_id, f"all is scored, but the manifest cannot be written: {_cause(error)}")

    async def _give_up(self, job_id: UUID, problem: str) -> bool:
        return await self._until_done(partial(self._claims.give_up, job_id, problem))

    async def _until_done(self, work: Callable[[], T]) -> T:
        """Do something in a thread: again and again while the database is away, a few times where another fault may pass."""
        loop = asyncio.get_running_loop()
        attempt = 1
        while True:
            try:
                return await loop.run_in_executor(self._threads, work)
            except ClaimError as error:
                if not error.may_pass or attempt == MAX_ATTEMPTS:
                    raise
                attempt += 1
                log.warning("Claim is tried again", error=str(error))
            except Exception as error:
                if not (is_database_away(error) or is_disk_full(error)):
                    raise
                log.warning("Database is away, or a disk full; claim is held", error=str(error).partition("\n")[0])
            await asyncio.sleep(PAUSE_SECONDS)

    async def _bury(self, message: RabbitMessage, cause: str) -> None:
        letter = dead_letter(
            body=message.body,
            content_type=message.content_type,
            headers=message.headers,
            message_id=message.message_id,
            origin=JOBS,
            exchange=PREDICT,
            routing_key=JOBS,
            cause=cause,
        )
        await self._publisher.publish_until_confirmed(letter)
        self._metrics.parts(Lane.JOBS.value, "dead").inc()

    def _count(self, done: ScoredJobClaim, seconds: float) -> None:
        job, lane = done.open.job, Lane.JOBS.value
        self._metrics.parts(lane, "committed").inc()
        self._metrics.predictions(lane, job.use_case).inc(done.scored.rows_written)
        self._metrics.seconds(lane).observe(seconds)
        self._metrics.rows(lane).observe(done.scored.rows_written)
        for predicted, count in done.scored.counts.classes().items():
            self._metrics.classes(job.use_case, predicted).inc(count)


def _deliveries(message: RabbitMessage) -> int:
    """Return how often a message was delivered before, each time to a worker that ended."""
    counted = message.headers.get("x-delivery-count")
    return counted if isinstance(counted, int) else 0


def _cause(error: Exception) -> str:
    if isinstance(error, ClaimError | UnknownJobError):
        return str(error)
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def _claim_message(progress: JobProgress, claim: Claim) -> Outgoing:
    job, received_at = progress.job, progress.ledger.received_at
    return claim_message(
        PartHeader(
            part_id=claim.part_id,
            use_case=job.use_case,
            schema_hash=job.schema_hash,
            lane=Lane.JOBS,
            part_number=claim.number,
            segments=(Segment(batch_id=job.id, received_at=received_at, source=Source.JOB, rows=claim.rows),),
        )
    )
