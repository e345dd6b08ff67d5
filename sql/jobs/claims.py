"""Claims of jobs: planned once, recorded once each, and the job is done with the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from broker.messages import Lane
from sql.base.tables import batches, job_claims, jobs, parts
from sql.jobs.endings import change_batch
from sql.jobs.orders import Job, JobState
from sql.ledger.batches import BatchState, waits_in_a_letter
from sql.ledger.recording import INSERT_PROFILE, PartCounts, profile_parameters
from sql.profiles.keys import keep_keys
from sql.profiles.parts import PartProfile
from sql.quarantine.bad_rows import MOST_KEPT
from sql.quarantine.rows import QuarantinedRow, copy_into_quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Row groups of one file that a worker reads at once."""

    part_id: UUID
    number: int
    path: str
    """File below the input of the job; empty where the input is that file."""
    first_group: int
    groups: int
    rows_before: int
    """Rows of the job before these."""
    rows: int

    @property
    def file_name(self) -> str:
        """Name of the file that its answers are written to: the same whoever writes it, however often."""
        return f"part-{self.number:05d}.parquet"


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim that is to be worked on, with its job."""

    job: Job
    claim: Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredClaim:
    """What became of the rows of a claim, and the file that holds the answers."""

    model_version: int
    counts: PartCounts
    profile: PartProfile
    bad: Sequence[QuarantinedRow]
    """The first of the bad rows."""
    rows_bad: int
    rows_written: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file of answers, and the rows it was made from."""

    claim: Claim
    rows_written: int
    bytes: int
    sha256: str


def plan_job(engine: Engine, job: Job, claims: Sequence[Claim], *, model_version: int, model_digest: str) -> None:
    """Write the claims of a job down, and the version that scores all of them; a job that is planned stays as it is."""
    with engine.begin() as connection:
        planned = connection.execute(
            update(jobs)
            .where(jobs.c.id == job.id, jobs.c.model_version.is_(None), jobs.c.finished_at.is_(None))
            .values(model_version=model_version, model_digest=model_digest)
        )
        if not planned.rowcount:
            return
        connection.execute(
            insert(parts),
            [
                {
                    "part_id": claim.part_id,
                    "batch_id": job.id,
                    "part_number": claim.number,
                    "use_case": job.use_case,
                    "lane": Lane.JOBS.value,
                    "rows": claim.rows,
                }
                for claim in claims
            ],
        )
        connection.execute(
            insert(job_claims),
            [{**asdict(claim), "job_id": job.id} for claim in claims],
        )
        change_batch(connection, job.id, state=BatchState.INGESTED, rows=sum(claim.rows for claim in claims))


def claims_to_send(engine: Engine, job_id: UUID) -> list[Claim]:
    """Return the claims of a job that are neither recorded nor a dead letter."""
    query = (
        select(*_CLAIM)
        .join(parts, parts.c.part_id == job_claims.c.part_id)
        .where(job_claims.c.job_id == job_id, parts.c.recorded_at.is_(None), ~waits_in_a_letter(parts.c.part_id))
        .order_by(job_claims.c.number)
    )
    with engine.connect() as connection:
        return list(map(_claim, connection.execute(query)))


def find_open_claim(engine: Engine, part_id: UUID) -> OpenClaim | None:
    """Find a claim that is to be worked on; none where its job does not run, or it is recorded."""
    open_claim = select(*_CLAIM).where(job_claims.c.part_id == part_id, job_claims.c.sha256.is_(None))
    running = (
        select(jobs)
        .join(job_claims, job_claims.c.job_id == jobs.c.id)
        .where(job_claims.c.part_id == part_id, jobs.c.state == JobState.RUNNING.value)
    )
    with engine.connect() as connection:
        found = connection.execute(open_claim).one_or_none()
        job = connection.execute(running).one_or_none()
    return None if found is None or job is None else OpenClaim(Job.from_row(job), _claim(found))


def record_claim(engine: Engine, job: Job, claim: Claim, scored: ScoredClaim) -> bool:
    """Record a claim exactly once, with its bad rows and its profile; return whether this call did.

    The file is there by then. A second worker that scored the same rows has written the same bytes, waits here for the
    commit of the first, and stores nothing.
    """
    with engine.begin() as connection:
        recorded = connection.execute(
            update(parts)
            .where(parts.c.part_id == claim.part_id, parts.c.recorded_at.is_(None))
            .values(
                recorded_at=func.now(),
                rows=scored.rows_written,
                model_version=scored.model_version,
                counts=scored.counts.rows,
                sums=scored.counts.sums,
            )
        )
        if not recorded.rowcount:
            return False
        about = {"use_case": job.use_case, "model_version": scored.model_version, "batch_id": job.id}
        connection.execute(INSERT_PROFILE, {**about, **profile_parameters("job", scored.profile)})
        keep_keys(connection, job.use_case, scored.model_version, {"job": scored.profile})
        connection.execute(
            update(job_claims)
            .where(job_claims.c.part_id == claim.part_id)
            .values(rows_written=scored.rows_written, bytes=scored.bytes, sha256=scored.sha256)
        )
        if scored.rows_bad:
            _keep_bad_rows(connection, job, scored)
    return True


def _keep_bad_rows(connection: Connection, job: Job, scored: ScoredClaim) -> None:
    """Keep as many bad rows as there is room for, and pause the job where too many of its rows are bad."""
    # Claims that are recorded at the same moment take turns here.
    connection.execute(select(jobs.c.id).where(jobs.c.id == job.id).with_for_update())
    before = connection.execute(
        select(batches.c.rows_quarantined, batches.c.rows_not_kept).where(batches.c.id == job.id)
    ).one()
    room = max(0, MOST_KEPT - (before.rows_quarantined - before.rows_not_kept))
    kept = scored.bad[:room]
    if kept:
        copy_into_quarantine(connection, job.id, job.use_case, kept)
    bad = before.rows_quarantined + scored.rows_bad
    change_batch(connection, job.id, bad=scored.rows_bad, not_kept=scored.rows_bad - len(kept))
    good = connection.scalar(
        select(func.sum(parts.c.rows)).where(parts.c.batch_id == job.id, parts.c.recorded_at.is_not(None))
    )
    limits = jobs.c.max_bad_share * (bad + (good or 0)) < bad
    problem = (
        f"{bad} of the first {bad + (good or 0)} rows are bad, more than allowed. See the reasons of the first {MOST_KEPT:,}: "
        f"smartpredict quarantine list; go on all the same: smartpredict jobs resume {job.id}"
    )
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job.id, jobs.c.state == JobState.RUNNING.value, limits)
        .values(state=JobState.PAUSED.value, problem=problem)
    )


def written_files(engine: Engine, job_id: UUID) -> list[WrittenFile] | None:
    """Return the files of a job that is complete, but for its manifest; nothing of any other."""
    is_open = select(parts.c.part_id).where(parts.c.batch_id == job_id, parts.c.recorded_at.is_(None)).exists()
    complete = select(jobs.c.id).where(
        jobs.c.id == job_id, jobs.c.finished_at.is_(None), jobs.c.model_version.is_not(None), ~is_open
    )
    written = (job_claims.c.rows_written, job_claims.c.bytes, job_claims.c.sha256)
    query = select(*_CLAIM, *written).where(job_claims.c.job_id == job_id).order_by(job_claims.c.number)
    with engine.connect() as connection:
        if connection.scalar(complete) is None:
            return None
        return [WrittenFile(_claim(row), row.rows_written, row.bytes, row.sha256) for row in connection.execute(query)]


_CLAIM = tuple(job_claims.c[name] for name in Claim.__dataclass_fields__)


def _claim(row: Any) -> Claim:
    return Claim(**{name: getattr(row, name) for name in Claim.__dataclass_fields__})
