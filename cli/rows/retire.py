"""The command that retires a use case."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import catalog, database
from cli.errors import UserError
from cli.settings import setting

if TYPE_CHECKING:
    from sql.exports.retirement import Kept

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(retire)


def retire(
    use_case: Annotated[str, typer.Argument(help="Name of the use case.")],
    target: Annotated[
        str | None,
        typer.Option(
            "--target", help="A whole path, s3://bucket/prefix or gs://...; SMARTPREDICT_EXPORT_URL if not given."
        ),
    ] = None,
    confirm: Annotated[
        str | None, typer.Option("--confirm", help="The name once more, for programs; a person is asked for it.")
    ] = None,
) -> None:
    """Export a use case as Parquet, then remove it from the database with its table and all that is stored of it.

    Refused while rows of it wait for something. Predictions, labels and observations are exported and counted before
    anything is removed; bad rows, verdicts and the history of promotions are not kept.
    """
    from broker.service.logs import configure_logging  # noqa: PLC0415 - see COMMAND_MODULES
    from orchestration.exports.retiring import RetirementError  # noqa: PLC0415 - same
    from orchestration.exports.retiring import retire as retire_use_case  # noqa: PLC0415 - same
    from orchestration.exports.run import ExportSettings  # noqa: PLC0415 - same
    from usecases.stores.target import StoreError  # noqa: PLC0415 - same

    configure_logging("command line", "ERROR")  # a person reads the outcome, not the log
    chosen = target or os.environ.get("SMARTPREDICT_EXPORT_URL") or None
    settings = ExportSettings.model_validate(
        {"database_url": setting("SMARTPREDICT_DATABASE_URL"), "export_url": chosen}
    )

    def agreed(kept: Kept) -> bool:
        typer.echo(
            f"{use_case}: {kept.predictions:,} predictions, {kept.labels:,} labels and {kept.observations:,} observations "
            f"are exported to {chosen}/{use_case}. They are going to be removed from the database."
        )
        given = typer.prompt("Its name once more") if confirm is None else confirm
        return bool(given == use_case)

    try:
        with database():  # says what to do where it does not answer
            done = retire_use_case(use_case, settings, agreed)
    except (RetirementError, StoreError) as error:
        raise UserError(str(error)) from error
    if not done:
        raise UserError("That is another name: nothing was removed.")
    typer.echo(f"{use_case} is retired. Removed beside its table: {_in_words(done['removed'])}.")
    if use_case in catalog():
        typer.echo(
            f"Its folder is still there: smartpredict migrate and smartpredict up would register {use_case} again, empty. "
            "Remove the folder, unless it comes with the product."
        )


def _in_words(removed: dict[str, int]) -> str:
    return ", ".join(f"{count:,} of {table}" for table, count in sorted(removed.items())) or "nothing"
