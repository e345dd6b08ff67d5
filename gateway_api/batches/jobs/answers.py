"""Jobs as answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from gateway_api.wire.answers import Answer
from sql.jobs.forecasts import JobForecast
from sql.jobs.orders import JobProgress, JobState


class JobRows(Answer):
    """Where the rows of a job are: in = predicted + quarantined + dead_lettered + pending."""

    rows_in: int = Field(description="Rows of the data set; 0 until it is planned.")
    predicted: int = Field(description="Rows whose answers are written.")
    quarantined: int = Field(description="Bad rows; the first 1,000 are kept with their reasons.")
    dead_lettered: int = Field(description="Rows of claims that failed.")
    pending: int = Field(description="Rows that wait for a worker.")


class JobAnswer(Answer):
    """A job, and how far it is."""

    job_id: UUID = Field(description="Id of the job, and of its batch.")
    use_case: str = Field(description="Use case that predicts.")
    input: str = Field(description="File or folder that is read.")
    output: str = Field(description="Folder that answers are written to.")
    state: JobState = Field(description="What is wanted of it, or how it ended.")
    problem: str | None = Field(description="Why it was refused, failed, was cancelled, or paused by itself.")
    planned: bool = Field(description="Whether its rows are counted and split into claims.")
    model_version: int | None = Field(description="Version that scores all of it; none until it is planned.")
    rows: JobRows = Field(description="Its ledger.")
    progress: float | None = Field(description="Share of the rows that are settled; none until it is planned.")
    ordered_by: str = Field(description="Who ordered it.")
    ordered_at: datetime = Field(description="When.")
    finished_at: datetime | None = Field(description="When it ended.")


class JobPage(Answer):
    """Jobs, the newest first."""

    jobs: list[JobAnswer] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


class JobPlanAnswer(Answer):
    """What a job would come to; nothing is ordered."""

    use_case: str = Field(description="Use case that would predict.")
    input: str = Field(description="File or folder that would be read.")
    output: str = Field(description="Folder that answers would be written to.")
    rows: int = Field(description="Rows of the data set.")
    files: int = Field(description="Files with rows.")
    claims: int = Field(description="Claims, which workers take one by one; as many files of answers.")
    rows_per_second: int | None = Field(
        description="Median of the last jobs of the use case, with the workers that ran then; none where none is done."
    )
    measured_on: int = Field(description="Jobs that it was measured on, five at most.")
    seconds: float | None = Field(description="Time that the job should take, at that rate.")


def plan_answer(use_case: str, given: str, output: str, found: JobForecast) -> JobPlanAnswer:
    """Build the answer about a job that is not ordered."""
    return JobPlanAnswer(
        use_case=use_case,
        input=given,
        output=output,
        rows=found.rows,
        files=found.files,
        claims=found.claims,
        rows_per_second=None if found.rate is None else round(found.rate.rows_per_second),
        measured_on=0 if found.rate is None else found.rate.jobs,
        seconds=None if found.seconds is None else round(found.seconds, 1),
    )


def job_answer(found: JobProgress) -> JobAnswer:
    """Build the answer about one job."""
    job, ledger = found.job, found.ledger
    return JobAnswer(
        job_id=job.id,
        use_case=job.use_case,
        input=job.input,
        output=job.output,
        state=job.state,
        problem=job.problem,
        planned=job.is_planned,
        model_version=job.model_version,
        rows=JobRows(
            rows_in=ledger.rows_in,
            predicted=ledger.predicted,
            quarantined=ledger.quarantined,
            dead_lettered=ledger.dead_lettered,
            pending=ledger.pending,
        ),
        progress=ledger.settled / ledger.rows_in if ledger.rows_in else None,
        ordered_by=job.ordered_by,
        ordered_at=job.created_at,
        finished_at=job.finished_at,
    )
