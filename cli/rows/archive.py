"""The commands that move old months of predictions out of the database, and back."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import database
from cli.errors import UserError
from cli.settings import setting

if TYPE_CHECKING:
    from orchestration.exports.run import ExportSettings

__all__ = ["add_commands"]

_Target = Annotated[
    str | None,
    typer.Option(
        "--target", help="A whole path, s3://bucket/prefix or gs://...; SMARTPREDICT_EXPORT_URL if not given."
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    app.command()(archive)
    app.command()(restore)


def archive(
    use_case: Annotated[str, typer.Argument(help="Name of the use case.")],
    before: Annotated[str, typer.Argument(help="Months before this one are archived, such as 2026-01.")],
    target: _Target = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing, for programs.")] = False,
) -> None:
    """Export old months of predictions as Parquet, then take them out of the database; counts, ledger and drift stay.

    Each month is exported and counted before its rows go. `smartpredict restore` brings them back.
    """
    from orchestration.exports.archiving import ArchiveError  # noqa: PLC0415 - see COMMAND_MODULES
    from orchestration.exports.archiving import archive as archive_months  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same
    from usecases.stores.target import StoreError  # noqa: PLC0415 - same

    settings = _settings(target)

    def agreed(months: list[date]) -> bool:
        typer.echo(
            f"{use_case}: {', '.join(f'{month:%Y-%m}' for month in months)} are exported to {settings.export_url}/{use_case}. "
            "Their rows are going to be taken out of the database."
        )
        return yes or typer.confirm("Go on?")

    try:
        with database():  # says what to do where it does not answer
            done = archive_months(use_case, _month(before), settings, agreed)
    except (ArchiveError, StoreError, UnknownUseCaseError) as error:
        raise UserError(str(error)) from error
    for month, rows in done.items():
        typer.echo(f"{month}: {rows:,} rows are archived")
    if not done:
        typer.echo("Nothing was archived.")


def restore(
    use_case: Annotated[str, typer.Argument(help="Name of the use case.")],
    month: Annotated[str, typer.Argument(help="Such as 2025-11.")],
    target: Annotated[
        str | None, typer.Option("--target", help="Where the files are, if no longer where they were archived to.")
    ] = None,
) -> None:
    """Bring an archived month of predictions back into the database."""
    from orchestration.exports.archiving import ArchiveError  # noqa: PLC0415 - see COMMAND_MODULES
    from orchestration.exports.archiving import restore as restore_month  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same
    from usecases.stores.target import StoreError  # noqa: PLC0415 - same

    try:
        with database():
            rows = restore_month(use_case, _month(month), _settings(target, from_environment=False))
    except (ArchiveError, StoreError, UnknownUseCaseError) as error:
        raise UserError(str(error)) from error
    typer.echo(f"{rows:,} rows of {month} are back")


def _settings(target: str | None, *, from_environment: bool = True) -> ExportSettings:
    from broker.service.logs import configure_logging  # noqa: PLC0415 - see COMMAND_MODULES
    from orchestration.exports.run import ExportSettings  # noqa: PLC0415 - same

    configure_logging("command line", "ERROR")  # a person reads the outcome, not the log
    url = target or (os.environ.get("SMARTPREDICT_EXPORT_URL") if from_environment else None)
    return ExportSettings.model_validate(
        {"database_url": setting("SMARTPREDICT_DATABASE_URL"), "export_url": url or None}
    )


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise UserError(f"{text!r} is no month. Write it as 2025-11") from None
