"""How jobs end, or stop by themselves: done, refused, failed, cancelled; the batch of a job ends with it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, Engine, func, select, update

from sql.base.tables import jobs
from sql.jobs.orders import JobState
from sql.ledger.batches import BatchState


def finish_job(engine: Engine, job_id: UUID) -> None:
    """Note that the manifest of a job is written."""
    done = update(jobs).where(jobs.c.id == job_id, jobs.c.finished_at.is_(None))
    with engine.begin() as connection:
        connection.execute(done.values(state=JobState.DONE.value, problem=None, finished_at=func.now()))


def refuse_job(engine: Engine, job_id: UUID, problem: str) -> None:
    """Refuse a job that cannot be planned; says why, in words."""
    with engine.begin() as connection:
        _end(connection, job_id, JobState.REFUSED, problem)


def settle_cancelled(engine: Engine, job_id: UUID, problem: str) -> None:
    """Take what a cancelled job has not done out of the ledger: nobody waits for it any more."""
    with engine.begin() as connection:
        connection.execute(select(func.smartpredict.drop_open_claims(job_id)))
        _end(connection, job_id, JobState.CANCELLED, problem)


def give_up_job(engine: Engine, job_id: UUID, problem: str) -> bool:
    """Stop a job that a worker cannot go on with for a reason nobody foresaw; return whether it was running.

    One without a plan has failed. One that is planned pauses, for what is written of it is good: resumed, it goes on.
    """
    running = (jobs.c.id == job_id, jobs.c.state == JobState.RUNNING.value)
    with engine.begin() as connection:
        model_version = connection.execute(select(jobs.c.model_version).where(*running).with_for_update()).one_or_none()
        if model_version is None:
            return False
        if model_version[0] is None:
            _end(connection, job_id, JobState.FAILED, f"{problem}. Order it again once that is mended")
        else:
            told = f"{problem}. Mend that, then: smartpredict jobs resume {job_id}"
            connection.execute(update(jobs).where(*running).values(state=JobState.PAUSED.value, problem=told))
    return True


def change_batch(
    connection: Connection,
    job_id: UUID,
    *,
    state: BatchState | None = None,
    rows: int | None = None,
    bad: int = 0,
    not_kept: int = 0,
    why: str | None = None,
) -> None:
    """Enter something into the batch of a job; a worker may change no other."""
    changed = None if state is None else state.value
    connection.execute(select(func.smartpredict.change_job_batch(job_id, changed, rows, bad, not_kept, why)))


def _end(connection: Connection, job_id: UUID, state: JobState, problem: str) -> None:
    ended = update(jobs).where(jobs.c.id == job_id)
    connection.execute(ended.values(state=state.value, problem=problem, finished_at=func.now()))
    change_batch(connection, job_id, state=BatchState.REFUSED, why=problem)
