"""Jobs as people order and change them; the workers carry out what the table says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from broker.messages import Source
from sql.base.tables import dead_letters, job_claims, jobs
from sql.ledger.batch_ledger import BatchLedger, find_batch, find_batches
from sql.ledger.batches import announce_batch

CLAIM_ROWS = 1_000_000
"""Rows of a claim, if row groups are no larger: a few seconds of work, and a file of a good size."""


class JobState(StrEnum):
    """What is wanted of a job; how far it is, is for its ledger to say."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    FAILED = "failed"
    DONE = "done"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {JobState.RUNNING, JobState.PAUSED}


class JobError(Exception):
    """A job cannot be ordered, or changed in this way; the message says why and what to do."""


class UnknownJobError(JobError):
    """There is no such job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it was ordered, and as it is wanted now."""

    id: UUID
    use_case: str
    schema_hash: str
    input: str
    output: str
    state: JobState
    problem: str | None
    max_bad_share: float | None
    ordered_by: str
    model_version: int | None
    """Version that scores all of it; none before it is planned."""
    model_digest: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_planned(self) -> bool:
        """Whether its rows are counted and split into claims."""
        return self.model_version is not None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Read from a row of the table."""
        return cls(**{**row._asdict(), "state": JobState(row.state)})


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job and where its rows are."""

    job: Job
    ledger: BatchLedger

    @property
    def is_stuck(self) -> bool:
        """Whether all that is left of it are claims that failed."""
        return self.job.is_planned and self.ledger.pending == 0 and self.ledger.dead_lettered > 0


def order_job(
    engine: Engine,
    *,
    job_id: UUID,
    use_case: str,
    schema_hash: str,
    input_url: str,
    output_url: str,
    ordered_by: str,
    max_bad_share: float | None,
) -> Job:
    """Write a job down; one of this id that is known already stays as it is.

    Raises
    ------
    JobError
        If another job that has not ended writes to the same place.
    """
    statement = insert(jobs).values(
        id=job_id,
        use_case=use_case,
        schema_hash=schema_hash,
        input=input_url,
        output=output_url,
        state=JobState.RUNNING.value,
        max_bad_share=max_bad_share,
        ordered_by=ordered_by,
    )
    try:
        with engine.begin() as connection:
            connection.execute(statement.on_conflict_do_nothing(index_elements=[jobs.c.id]))
            announce_batch(
                connection,
                batch_id=job_id,
                use_case=use_case,
                source=Source.JOB,
                name=input_url,
                schema_hash=schema_hash,
                part_rows=CLAIM_ROWS,
            )
            return _find(connection, job_id)
    except IntegrityError as error:
        other = open_job(engine, output_url)
        if other is None:
            raise
        raise JobError(
            f"job {other.id} writes to {output_url} and has not ended; give another folder, or end it: "
            f"smartpredict jobs cancel {other.id}"
        ) from error


def find_job(engine: Engine, job_id: UUID) -> JobProgress:
    """Find a job with its ledger.

    Raises
    ------
    UnknownJobError
        If there is none of this id.
    """
    with engine.connect() as connection:
        job = _find(connection, job_id)
    ledger = find_batch(engine, job_id)
    if ledger is None:
        raise UnknownJobError(f"job {job_id} has no batch: its rows of the ledger were deleted by hand")
    return JobProgress(job, ledger)


def list_jobs(
    engine: Engine, *, state: JobState | None = None, after: UUID | None = None, limit: int = 50
) -> list[JobProgress]:
    """List jobs with their ledgers, the newest first; the list goes on after the job that a page ended with."""
    query = select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(jobs.c.state == state.value)
    if after is not None:
        last = select(jobs.c.created_at, jobs.c.id).where(jobs.c.id == after).scalar_subquery()
        query = query.where(tuple_(jobs.c.created_at, jobs.c.id) < last)
    with engine.connect() as connection:
        found = [Job.from_row(row) for row in connection.execute(query)]
    ledgers = find_batches(engine, [job.id for job in found])
    return [JobProgress(job, ledgers[job.id]) for job in found if job.id in ledgers]


def open_job(engine: Engine, output_url: str) -> Job | None:
    """Return the job that writes to a place and has not ended, if there is one."""
    query = select(jobs).where(jobs.c.output == output_url, jobs.c.finished_at.is_(None))
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Job.from_row(row)


def pause_job(engine: Engine, job_id: UUID) -> Job:
    """Have no further claim of a job begun; those that are being worked on are finished."""
    return _change(engine, job_id, JobState.PAUSED, {JobState.RUNNING, JobState.PAUSED})


def resume_job(engine: Engine, job_id: UUID) -> Job:
    """Have a job go on; one that had paused for its share of bad rows is not asked about them again.

    Whoever calls this then publishes :class:`broker.job_messages.JobChanged`, or nobody hears of it.
    """
    return _change(
        engine, job_id, JobState.RUNNING, {JobState.RUNNING, JobState.PAUSED}, problem=None, max_bad_share=None
    )


def cancel_job(engine: Engine, job_id: UUID, who: str) -> Job:
    """End a job; the files that it has written stay. Whoever calls this then publishes the change."""
    return _change(
        engine,
        job_id,
        JobState.CANCELLED,
        {JobState.RUNNING, JobState.PAUSED, JobState.CANCELLED},
        problem=f"cancelled by {who}",
        finished_at=func.coalesce(jobs.c.finished_at, func.now()),
    )


def retry_job(engine: Engine, job_id: UUID) -> int:
    """Have the failed claims of a job tried again; return how many they are. Whoever calls this then publishes the change."""
    letters = (
        update(dead_letters)
        .where(dead_letters.c.batch_id == job_id, dead_letters.c.replayed_at.is_(None))
        .where(dead_letters.c.part_id.in_(select(job_claims.c.part_id).where(job_claims.c.job_id == job_id)))
        .values(replayed_at=func.now())
    )
    with engine.begin() as connection:
        job = _find(connection, job_id)
        if job.state.is_final:
            raise JobError(f"job {job_id} is {job.state}; order it again: smartpredict score {job.input} OUTPUT")
        return connection.execute(letters).rowcount


def _change(engine: Engine, job_id: UUID, state: JobState, before: set[JobState], **values: Any) -> Job:
    wanted = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_([one.value for one in before]))
    with engine.begin() as connection:
        connection.execute(wanted.values(state=state.value, **values))
        job = _find(connection, job_id)
    if job.state is not state:
        raise JobError(f"job {job_id} is {job.state} already; order it again: smartpredict score {job.input} OUTPUT")
    return job


def _find(connection: Connection, job_id: UUID) -> Job:
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).one_or_none()
    if row is None:
        raise UnknownJobError(f"there is no job {job_id}; list them: smartpredict jobs list")
    return Job.from_row(row)
