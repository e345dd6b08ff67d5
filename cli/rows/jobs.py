"""Commands for jobs: score a data set of any size from files to files, and look after jobs."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer

from cli.connections import database, with_publisher
from cli.errors import UserError
from cli.models.versions import actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from sql.jobs.orders import Job, JobProgress
    from usecases.contract.spec import UseCase

__all__ = ["add_commands"]

LOOK_SECONDS = 0.3

T = TypeVar("T")

Id = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job, as listed.")]


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    app.command()(score)
    group = typer.Typer(help="Data sets that are scored from files to files: list them, pause, resume, cancel, retry.")
    group.command("list")(list_)
    for command in (show, pause, resume, cancel, retry):
        group.command()(command)
    app.add_typer(group, name="jobs", no_args_is_help=True)


def score(
    given: Annotated[str, typer.Argument(metavar="INPUT", help="A Parquet file, a folder of them, or s3://...")],
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="A folder that is empty or not there yet, or s3://...")
    ],
    use_case: Annotated[str, typer.Option("--use-case", help="What the rows are.")] = "equipment_failure",
    max_bad_share: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Share of bad rows past which it pauses; what the use case allows if not given."
        ),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Order nothing: show its rows and claims, and the time it should take.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Only order it, and print its id.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Score a data set of any size: workers read Parquet, and write one file of answers for each million of rows.

    Interrupted, it goes on without you; the same command follows it again. Exit status 1 if it does not come to its end.
    """
    with database() as engine:
        known = _known(engine, use_case)
        if plan:
            from cli.rows.job_plan import show_plan  # noqa: PLC0415 - see COMMAND_MODULES

            show_plan(engine, known, _url(given), _url(output), as_json=as_json)
            return
        job = _ordered(engine, _url(given), _url(output), known, max_bad_share)
        if detach:
            typer.echo(json.dumps({"job_id": str(job.id)}) if as_json else str(job.id))
            return
        progress = _follow(engine, job.id)
        _report(progress, as_json=as_json)
    if progress.job.state.value != "done":
        raise typer.Exit(1)


def list_(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show the newest jobs."""
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import plain_table  # noqa: PLC0415 - same
    from sql.jobs.orders import list_jobs  # noqa: PLC0415 - same

    with database() as engine:
        found = list_jobs(engine)
    if as_json:
        typer.echo(json.dumps([_as_dict(progress) for progress in found], default=str))
        return
    console = Console(highlight=False, markup=False)
    if not found:
        console.print("There are no jobs. Begin one: smartpredict score INPUT OUTPUT")
        return
    table = plain_table("job", "since", "use case", "state", "rows", "done", "failed", "input")
    table.columns[0].no_wrap = True
    for progress in found:
        job, ledger = progress.job, progress.ledger
        since = f"{job.created_at:%Y-%m-%d %H:%M}"
        counts = (f"{ledger.rows_in:,}", f"{ledger.predicted + ledger.quarantined:,}", f"{ledger.dead_lettered:,}")
        table.add_row(*(Text(str(cell)) for cell in (job.id, since, job.use_case, job.state, *counts, job.input)))
    console.print(table)


def show(job: Id, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show how far a job is."""
    from sql.jobs.orders import find_job  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        progress = _checked(lambda: find_job(engine, _id(job)))
    _report(progress, as_json=as_json)


def pause(job: Id) -> None:
    """Have no further rows of a job begun; what workers hold they finish."""
    from sql.jobs.orders import pause_job  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        _checked(lambda: pause_job(engine, _id(job)))
    typer.echo(f"paused; go on: smartpredict jobs resume {job}")


def resume(job: Id) -> None:
    """Have a job go on, also one that had paused because too many of its rows are bad."""
    from sql.jobs.orders import resume_job  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        _tell(_checked(lambda: resume_job(engine, _id(job))))
    typer.echo(f"goes on; see: smartpredict jobs show {job}")


def cancel(job: Id) -> None:
    """End a job; the files that it has written stay, without a manifest."""
    from sql.jobs.orders import cancel_job  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        _tell(_checked(lambda: cancel_job(engine, _id(job), actor())))
    typer.echo("cancelled; the files that are written stay")


def retry(job: Id) -> None:
    """Try the failed claims of a job again, after their cause was mended."""
    from sql.jobs.orders import find_job, retry_job  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        claims = _checked(lambda: retry_job(engine, _id(job)))
        _tell(find_job(engine, _id(job)).job)
    typer.echo(f"{claims} failed claims are tried again; see: smartpredict jobs show {job}")


def _known(engine: Engine, name: str) -> UseCase:
    """Return a use case as it is registered."""
    from sql.registry.live_catalog import registered_catalog  # noqa: PLC0415 - see COMMAND_MODULES
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    try:
        return registered_catalog(engine)[name]
    except UnknownUseCaseError as error:
        raise UserError(str(error)) from error


def _ordered(engine: Engine, given: str, output: str, use_case: UseCase, max_bad_share: float | None) -> Job:
    """Order a job, or find the one that was ordered with the same command and has not ended."""
    from uuid import uuid4  # noqa: PLC0415 - see COMMAND_MODULES

    from sql.jobs.orders import open_job, order_job  # noqa: PLC0415 - same

    job = open_job(engine, output)
    if job is None or (job.input, job.use_case) != (given, use_case.name):
        job = _checked(
            lambda: order_job(
                engine,
                job_id=uuid4(),
                use_case=use_case.name,
                schema_hash=use_case.schema_hash,
                input_url=given,
                output_url=output,
                ordered_by=actor(),
                max_bad_share=use_case.quality.max_bad_share if max_bad_share is None else max_bad_share,
            )
        )
    _tell(job)
    return job


def _tell(job: Job) -> None:
    """Notify the workers; one that is told twice sends again what is not done, which does no harm."""
    from broker.job_messages import job_changed  # noqa: PLC0415 - see COMMAND_MODULES

    with_publisher(lambda publisher: publisher.publish(job_changed(job.id)))


def _follow(engine: Engine, job_id: UUID) -> JobProgress:
    """Show how far a job is until it ends, pauses, or has failed claims left only."""
    from rich.progress import (  # noqa: PLC0415 - see COMMAND_MODULES
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from sql.jobs.orders import find_job  # noqa: PLC0415 - same

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), transient=True) as bar:
        task = bar.add_task("waiting for a worker", total=None, rate="")
        while True:
            progress = find_job(engine, job_id)
            ledger = progress.ledger
            if progress.job.is_planned:
                told = f"{ledger.quarantined:,} bad, {ledger.dead_lettered:,} failed"
                bar.update(task, description=told, total=ledger.rows_in, completed=ledger.settled)
                bar.update(task, rate=f"{bar.tasks[task].speed or 0:,.0f} rows/s")
            if progress.job.state.value != "running" or progress.is_stuck:
                return progress
            time.sleep(LOOK_SECONDS)


def _report(progress: JobProgress, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_as_dict(progress), default=str))
        return
    job, ledger = progress.job, progress.ledger
    version = "" if job.model_version is None else f" by version {job.model_version}"
    typer.echo(f"job {job.id}: {job.state}, {job.use_case}{version}, {job.input} to {job.output}")
    typer.echo(
        f"rows in {ledger.rows_in:,} = predicted {ledger.predicted:,} + quarantined {ledger.quarantined:,} "
        f"+ dead-lettered {ledger.dead_lettered:,} + pending {ledger.pending:,}"
    )
    ended = job.finished_at or ledger.last_recorded_at
    if ledger.predicted and ended is not None:
        seconds = (ended - job.created_at).total_seconds()
        typer.echo(
            f"{seconds:,.1f} s, {(ledger.predicted + ledger.quarantined) / seconds:,.0f} rows/s since it was ordered"
        )
    if job.problem is not None:
        typer.secho(job.problem, fg="yellow")
    if ledger.quarantined:
        typer.echo(f"Look at the bad rows: smartpredict quarantine list --batch {job.id}")
    if ledger.dead_lettered:
        typer.echo(
            f"Look at what failed: smartpredict dead-letters list; mend it, then: smartpredict jobs retry {job.id}"
        )


def _as_dict(progress: JobProgress) -> dict[str, Any]:
    counts = ("rows_in", "predicted", "quarantined", "dead_lettered", "pending")
    return {**asdict(progress.job), **{name: getattr(progress.ledger, name) for name in counts}}


def _checked(work: Callable[[], T]) -> T:
    from sql.jobs.orders import JobError  # noqa: PLC0415 - see COMMAND_MODULES

    try:
        return work()
    except JobError as error:
        raise UserError(str(error)) from error


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UserError(f"{text!r} is no id of a job; list them: smartpredict jobs list") from None


def _url(place: str) -> str:
    """Return a place as the workers find it: a path of this machine from its root."""
    return place.rstrip("/") if "://" in place else str(Path(place).absolute())
