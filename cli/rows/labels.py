"""The command that tells what came true."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import database
from cli.errors import UserError
from cli.file_formats import FILE_FORMATS

if TYPE_CHECKING:
    from sql.labels.taking import LabelsStored, Unplaced

__all__ = ["add_commands"]

SHOWN = 20
"""Labels that were not stored and are shown one by one; all of them go to the file of --rejected."""


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(labels)


def labels(
    file: Annotated[
        Path,
        typer.Argument(help=f"{FILE_FORMATS}.", exists=True, dir_okay=False),
    ],
    use_case: Annotated[str, typer.Option("--use-case", help="What was predicted.")] = "equipment_failure",
    look_back: Annotated[
        int, typer.Option(min=1, max=3650, help="Days before its time in which a label by key finds its prediction.")
    ] = 30,
    rejected: Annotated[
        Path | None, typer.Option(help="CSV file for the labels that are not stored, with the reason of each.")
    ] = None,
) -> None:
    """Store what came true for predictions, from a file with a label a row.

    A row names its prediction by the column prediction_id, or by the key of the use case: then the latest prediction of
    that key up to labelled_at is meant. Exit status 1 if not a single label could be stored.
    """
    import csv  # noqa: PLC0415 - see COMMAND_MODULES

    from rich.console import Console  # noqa: PLC0415 - same
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - same

    from monitoring.labels.files import LabelFileError, store_label_file  # noqa: PLC0415 - same
    from sql.registry.live_catalog import registered_catalog  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    shown: list[Unplaced] = []
    with ExitStack() as stack:
        write = None
        if rejected is not None:
            target = stack.enter_context(rejected.open("w", encoding="utf-8", newline=""))
            write = csv.writer(target).writerow
            write(("row", "code", "message"))

        def hear(label: Unplaced) -> None:
            if len(shown) < SHOWN:
                shown.append(label)
            if write is not None:
                write((label.item, label.code, label.message))

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        bars = stack.enter_context(Progress(*columns, console=Console(stderr=True)))
        reading = bars.add_task(f"reading {file.name}", total=1.0)

        def progress(share: float) -> None:
            bars.update(reading, completed=share)
            if share >= 1.0 and len(bars.tasks) == 1:
                bars.add_task("placing the labels", total=None)

        engine = stack.enter_context(database())
        try:
            stored = store_label_file(
                engine,
                registered_catalog(engine)[use_case],
                file,
                look_back=timedelta(days=look_back),
                progress=progress,
                on_unplaced=hear,
            )
        except (LabelFileError, UnknownUseCaseError) as error:
            raise UserError(str(error)) from error
    _report(stored, shown)
    if stored.added + stored.replaced + stored.superseded == 0:
        raise typer.Exit(1)


def _report(stored: LabelsStored, shown: list[Unplaced]) -> None:
    alike = f" ({stored.unchanged:,} of them as they were)" if stored.unchanged else ""
    typer.echo(
        f"{stored.received:,} labels: {stored.added:,} added, {stored.replaced:,} replaced{alike}, {stored.superseded:,} superseded, "
        f"{stored.unknown:,} of unknown predictions, {stored.refused:,} refused"
    )
    for label in shown:
        typer.echo(f"  row {label.item}: {label.message}")
    left = stored.unknown + stored.refused - len(shown)
    if left > 0:
        typer.echo(f"  and {left:,} more; --rejected FILE writes them all")
