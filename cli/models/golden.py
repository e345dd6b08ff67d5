"""The command that makes a golden batch of what a notebook predicted, so that a promotion can prove its scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.connections import catalog
from cli.errors import UserError
from cli.file_formats import FILE_FORMATS
from cli.models.versions import lifecycle

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(golden)


def golden(
    use_case: Annotated[str, typer.Argument(metavar="USE_CASE", help="Name of the use case.")],
    file: Annotated[
        Path,
        typer.Argument(
            help="Rows as they will arrive, with what the model gave them where it was trained: a column for each class, called "
            f"as the class, or the column prediction of a number. {FILE_FORMATS}.",
            dir_okay=False,
        ),
    ],
    version: Annotated[
        int | None, typer.Option(min=1, help="Store it beside this version, which is registered already.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Where it is written if no version is named.", dir_okay=False)] = Path(
        "golden.json"
    ),
) -> None:
    """Make the golden batch of a model from a notebook: rows with its own predictions, which prove the served scores.

    Without --version it is written to golden.json, which is logged with the model:
    mlflow.xgboost.log_model(..., extra_files=["golden.json"])
    """
    from registry.golden import GoldenBatchError, read_batch, shortfall  # noqa: PLC0415 - see COMMAND_MODULES
    from registry.golden_files import golden_of_table  # noqa: PLC0415 - same
    from registry.names import GOLDEN_FILE  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same
    from usecases.formats.chunks import FileBrokenError  # noqa: PLC0415 - same
    from usecases.formats.data_files import read_data  # noqa: PLC0415 - same
    from usecases.models.runtime import NotTold  # noqa: PLC0415 - same

    if output.name != GOLDEN_FILE:
        raise UserError(f"Beside a model it is looked for as {GOLDEN_FILE}: call it so, in a folder of its own")
    if not file.exists():
        raise UserError(f"There is no file {file}")
    try:
        known = catalog()[use_case]
        made = golden_of_table(known, read_data(file))
        batch = read_batch(known, made)
    except UnknownUseCaseError as error:
        raise UserError(str(error)) from error
    except FileBrokenError as error:
        raise UserError(f"{file.name} cannot be read: {error}") from error
    except GoldenBatchError as error:
        raise UserError(f"{file.name} makes no golden batch: {error}") from error
    if missing := shortfall(known, batch, NotTold()):
        raise UserError(f"{file.name} proves too little: {missing}")
    content = json.dumps(made, indent=1)
    rows = f"{batch.rows.num_rows:,} rows"
    if version is None:
        output.write_text(content, encoding="utf-8")
        typer.echo(f'{rows} in {output}. Log it with the model: log_model(..., extra_files=["{output}"])')
        return
    with lifecycle(use_case) as life:
        life.lifecycle.store_golden_batch(life.use_case, version, content.encode())
    typer.echo(f"{rows} stored beside version {version}. See: smartpredict models show {use_case} {version}")
