"""The command that trains a model and puts it to work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connections import catalog, database, stored_observations
from cli.errors import UserError
from cli.models.ranks import fit_as_rank, is_first_rank, is_rank, start_ranks
from cli.models.registration import put_in_force, replaces_contract, require_fitting_table
from cli.models.versions import actor, champion_of, gates_table, lifecycle, told
from cli.settings import setting

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from training.train import Progress, TrainingResult
    from usecases.contract.spec import UseCase

__all__ = ["add_commands", "train", "train_if_needed"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(train)


def train(
    use_case: Annotated[str, typer.Argument(help="Name of the use case.")] = "equipment_failure",
    promote: Annotated[bool, typer.Option(help="Serve the new version if every gate lets it pass.")] = True,
    since: Annotated[
        str | None, typer.Option(help="Learn from stored predictions with labels, received then or later.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="The same, received before; until now if not given.")] = None,
    trials: Annotated[int, typer.Option(min=1, max=500, help="Configurations to try; the best is kept.")] = 1,
    library: Annotated[str, typer.Option(help="What fits it: xgboost, lightgbm or sklearn.")] = "xgboost",
    hosts: Annotated[
        str | None,
        typer.Option(
            help="Learn in several processes: how many here, or machines, on each of which the same command runs."
        ),
    ] = None,
    this_host: Annotated[
        str | None, typer.Option(help="Which of these machines this one is, where that is unclear.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where they meet, on the first of them.")] = 9400,
) -> None:
    """Fit a model, evaluate it on rows it has not seen, register it, and let the workers serve it if it is good enough.

    A forecast whose usecase.yaml names no file learns from the observations that are stored.
    With --since or --until it learns from history: stored predictions with the labels that arrived for them. Then a version
    that falls behind the champion on the same rows is registered, but not served.
    Parquet that does not fit into memory is read block by block, and what that takes is told before it begins.
    With --hosts each process learns from a share of it, and they come to one model; the first one registers it.
    SMARTPREDICT_MLFLOW_URL names the registry, SMARTPREDICT_USECASES a folder of further use cases.
    """
    if hosts is not None and not is_rank():
        if since or until:
            raise UserError("Several processes learn from files alone; leave out --hosts, or --since and --until.")
        serving = "--promote" if promote else "--no-promote"
        options = [use_case, serving, "--trials", str(trials), "--library", library, "--hosts", hosts]
        start_ranks(hosts, this_host, port, options)
        return
    result = _fitted(use_case, since, until, trials, library, as_rank=hosts is not None)
    if result is not None:
        _show_and_serve(catalog()[use_case], result, promote=promote, from_history=bool(since or until))


def _fitted(
    use_case: str, since: str | None, until: str | None, trials: int, library: str, *, as_rank: bool
) -> TrainingResult | None:
    """Fit and register, or take part in that: of several ranks the first alone has a result."""
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from training.errors import TrainingError  # noqa: PLC0415 - same
    from training.out_of_core.distributed.ranks import leave  # noqa: PLC0415 - same
    from training.train import train as fit_and_register  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same
    from usecases.models.runtime import ModelError  # noqa: PLC0415 - same
    from usecases.models.runtimes import UnknownLibraryError, runtime_named  # noqa: PLC0415 - same

    known, tracking_uri = catalog(), setting("SMARTPREDICT_MLFLOW_URL")
    console = Console(highlight=False, markup=False)

    def told(text: str) -> None:
        console.print(text, soft_wrap=True, markup=False)

    try:
        wanted, folder, runtime = known[use_case], known.folder(use_case), runtime_named(library)
        if not as_rank or is_first_rank():
            require_fitting_table(wanted)
        with stored_observations(wanted) as engine, _shown_progress() as progress:
            if as_rank:
                return fit_as_rank(wanted, folder, tracking_uri, progress, trials=trials, runtime=runtime, told=told)
            learned = _history(wanted, since, until) if since or until else {}
            return fit_and_register(
                wanted,
                folder,
                tracking_uri,
                progress,
                trials=trials,
                engine=engine,
                runtime=runtime,
                told=told,
                **learned,
            )
    except (UnknownUseCaseError, TrainingError, ModelError, UnknownLibraryError) as error:
        if as_rank:
            leave(error)
        raise UserError(str(error)) from error


def _show_and_serve(use_case: UseCase, result: TrainingResult, *, promote: bool, from_history: bool) -> None:
    """Print what came out, put the contract in force, and serve the version if it may be."""
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    console = Console(highlight=False, markup=False)
    console.print(_table(result))
    if result.holdout.split.reason:
        console.print(f"Holdout: {result.holdout.split.explained}", soft_wrap=True, markup=False)
    for text in result.left_out:
        console.print(f"Left out: {text}", soft_wrap=True, markup=False)
    if result.run_url:
        console.print(f"Run in MLflow: {result.run_url}", soft_wrap=True)
        console.print(f"Report: {result.report_url}", soft_wrap=True)
    replaces = replaces_contract(use_case)
    lines = [] if replaces else put_in_force(use_case)
    if from_history and not result.is_better:
        lines.append(_behind(result))
    elif not promote:
        lines.append(f"Not promoted. To serve it: smartpredict models promote {use_case.name} {result.version}")
    elif _promote(console, result) and replaces:
        lines += put_in_force(use_case)
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    if replaces and replaces_contract(use_case):
        console.print("The edited use case comes in force with the first version for it that is promoted.")


def _history(use_case: UseCase, since: str | None, until: str | None) -> dict[str, Any]:
    """Read what was served and labelled in a stretch of time."""
    from training.history import load_history  # noqa: PLC0415 - see COMMAND_MODULES
    from usecases.columns.timestamps import LOWEST, parse_timestamp  # noqa: PLC0415 - same

    try:
        start = parse_timestamp(since) if since else LOWEST
        end = parse_timestamp(until) if until else datetime.now(UTC)
    except ValueError as error:
        raise UserError(f"{error}; write it like 2026-03-01 or 2026-03-01T12:30:00Z.") from error
    if start >= end:
        raise UserError("--since has to lie before --until.")
    # Ids count from there; no prediction is older.
    start = max(start, datetime(1970, 1, 1, tzinfo=UTC))
    with database() as engine:
        data = load_history(engine, use_case, start, end)
    return {"data": data, "origin": f"with labels, received from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"}


def _behind(result: TrainingResult) -> str:
    version = result.version if result.baseline is None else result.baseline.version
    return (
        f"Registered, but not served: on the same rows version {version}, the champion, is better. To serve it anyway: "
        f"smartpredict models promote {result.use_case} {result.version}"
    )


def train_if_needed(use_case: str) -> None:
    """Train where no version of the use case is served yet, or only one for rows of another shape."""
    if champion_of(use_case) is None:
        typer.echo(f"Training a model of {use_case}, since none is served yet; this takes about half a minute.")
        train(use_case)


def _promote(console: Console, result: TrainingResult) -> bool:
    """Serve the new version if it may be, and tell; that it may not is an outcome of the training, no fault of it."""
    from registry.changes import PromotionRefusedError  # noqa: PLC0415 - see COMMAND_MODULES

    with lifecycle(result.use_case) as life:
        try:
            changed = life.lifecycle.promote(life.use_case, result.version, actor())
        except PromotionRefusedError as refused:
            console.print(gates_table(refused.results))
            console.print(f"Registered, but not served: {refused}", style="yellow", markup=False, soft_wrap=True)
            return False
    console.print(f"Version {result.version} is champion. {told(changed)}", soft_wrap=True, markup=False)
    return True


@contextmanager
def _shown_progress() -> Iterator[Progress]:
    """Show a bar for each step of a training, on the error stream: the result alone goes to the output."""
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    from training.train import Step  # noqa: PLC0415 - same

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[Step, TaskID] = {}

        def progress(step: Step, share: float) -> None:
            if step not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, total=1.0, completed=1.0)  # fitting may stop early
                # Without a total the bar pulses, until a step tells how far it is.
                tasks[step] = bars.add_task(step.value, total=1.0 if step is Step.FITTING else None)
            bars.update(tasks[step], completed=share, total=1.0 if share > 0 or step is Step.FITTING else None)

        yield progress


def _table(result: TrainingResult) -> Table:
    from rich.table import Table  # noqa: PLC0415 - see COMMAND_MODULES

    table = Table(title=f"{result.use_case}, version {result.version}", show_header=False)
    left_out = f", {result.bad_rows:,} left out" if result.bad_rows else ""
    table.add_row("rows", f"{result.rows:,}{left_out}")
    table.add_row("boosting rounds", f"{result.rounds}")
    if result.trials:
        table.add_row("configurations tried", f"{len(result.trials)}")
    table.add_row("holdout", result.holdout.split.words)
    if result.holdout.duplicates:
        table.add_row("learned in another row", f"{result.holdout.duplicates:,} of them have the same features")
    before = {} if result.baseline is None else result.baseline.evaluation.metrics
    at_random = result.holdout.metrics_at_random
    for name, value in result.evaluation.metrics.items():
        beside = _beside("champion", before.get(name)) + _beside("a random split", at_random.get(name))
        table.add_row(f"{name.replace('_', ' ')} on the holdout", f"{value:.4f}{beside}")
    table.add_row("digest", result.digest[:12])
    table.add_row("time", f"{result.seconds:.1f} s")
    return table


def _beside(what: str, value: float | None) -> str:
    return "" if value is None else f" ({what}: {value:.4f})"
