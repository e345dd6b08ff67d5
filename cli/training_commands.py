"""The command that trains a model and puts it to work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.errors import UserError
from cli.services import catalog
from cli.settings import setting

if TYPE_CHECKING:
    from rich.table import Table

    from training.train import Progress, TrainingResult

__all__ = ["add_commands", "train", "train_if_needed"]

#: A confirm takes milliseconds; a broker that needs longer is away, and workers look for themselves anyway.
_ANNOUNCE_SECONDS: Final = 3.0


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(train)


def train(use_case: Annotated[str, typer.Argument(help="Name of the use case.")] = "equipment_failure") -> None:
    """Fit a model, evaluate it on rows it has not seen, register it, and let the workers serve it.

    SMARTPREDICT_MLFLOW_URL names the registry, SMARTPREDICT_USECASES a folder of further use cases.
    """
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from training.errors import TrainingError  # noqa: PLC0415 - same
    from training.train import train as fit_and_register  # noqa: PLC0415 - same
    from usecases.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    known = catalog()
    tracking_uri = setting("SMARTPREDICT_MLFLOW_URL")
    console = Console(highlight=False)
    try:
        with _shown_progress() as progress:
            result = fit_and_register(known[use_case], known.folder(use_case), tracking_uri, progress)
    except (UnknownUseCaseError, TrainingError) as error:
        raise UserError(str(error)) from error
    console.print(_table(result))
    if result.run_url:
        console.print(f"Run in MLflow: {result.run_url}", soft_wrap=True)
    console.print(_announced(result))


def train_if_needed(use_case: str) -> None:
    """Train where no version of the use case is served yet, or only one for rows of another shape."""
    from training.errors import TrainingError  # noqa: PLC0415 - see COMMAND_MODULES
    from training.registry import champion_version  # noqa: PLC0415 - same

    try:
        version = champion_version(catalog()[use_case], setting("SMARTPREDICT_MLFLOW_URL"))
    except TrainingError as error:
        raise UserError(str(error)) from error
    if version is None:
        train(use_case)


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
                # Without a total the bar pulses: only fitting knows how far it is.
                tasks[step] = bars.add_task(step.value, total=1.0 if step is Step.FITTING else None)
            bars.update(tasks[step], completed=share, total=1.0 if share >= 1.0 or step is Step.FITTING else None)

        yield progress


def _table(result: TrainingResult) -> Table:
    from rich.table import Table  # noqa: PLC0415 - see COMMAND_MODULES

    table = Table(title=f"{result.use_case}, version {result.version}", show_header=False)
    left_out = f", {result.bad_rows:,} bad ones left out" if result.bad_rows else ""
    table.add_row("rows", f"{result.rows:,}{left_out}")
    table.add_row("boosting rounds", f"{result.rounds}")
    for name, value in result.evaluation.metrics.items():
        table.add_row(f"{name.replace('_', ' ')} on the holdout", f"{value:.4f}")
    table.add_row("digest", result.digest[:12])
    table.add_row("time", f"{result.seconds:.1f} s")
    return table


def _announced(result: TrainingResult) -> str:
    """Tell the workers; that nobody can be told is no fault of the training."""
    import asyncio  # noqa: PLC0415 - see COMMAND_MODULES

    from broker.publisher import PublishingError, announce_model  # noqa: PLC0415 - same

    async def announce(url: str) -> None:
        async with asyncio.timeout(_ANNOUNCE_SECONDS):
            await announce_model(url, result.use_case, result.version)

    try:
        asyncio.run(announce(setting("SMARTPREDICT_BROKER_URL")))
    except (UserError, PublishingError, TimeoutError) as error:
        why = str(error) or "The broker does not answer."
        return f"[yellow]Registered, but not announced: running workers find it at their next look.[/yellow] {why}"
    return "Announced: running workers serve it from now on."
