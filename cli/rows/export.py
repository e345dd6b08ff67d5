"""The command that exports predictions as Parquet files."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import typer

from cli.connections import database
from cli.errors import UserError
from cli.rows.days import read_day
from cli.settings import setting

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(export)


def export(
    use_case: Annotated[str | None, typer.Argument(help="Name of a use case; all if not given.")] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target", help="A whole path, s3://bucket/prefix or gs://...; SMARTPREDICT_EXPORT_URL if not given."
        ),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-03-01, in UTC.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last day; today if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Export predictions and forecasts as Parquet, a folder for each day: what is new, or some days.

    What is exported already is left alone, so an export that was cut off goes on where it stopped.
    """
    from broker.service.logs import configure_logging  # noqa: PLC0415 - see COMMAND_MODULES
    from orchestration.exports.run import ExportSettings  # noqa: PLC0415 - same
    from orchestration.exports.run import export as export_predictions  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same
    from usecases.stores.target import StoreError  # noqa: PLC0415 - same

    configure_logging("command line", "ERROR")  # a person reads the outcome, not the log
    chosen = target or os.environ.get("SMARTPREDICT_EXPORT_URL") or None
    settings = ExportSettings.model_validate(
        {"database_url": setting("SMARTPREDICT_DATABASE_URL"), "export_url": chosen}
    )
    try:
        with database():  # says what to do where it does not answer
            done = export_predictions(settings, use_case, read_day(start), read_day(end))
    except (StoreError, UnknownUseCaseError) as error:
        raise UserError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(done))
        return
    for report in done.values():
        typer.echo(_in_words(report))


def _in_words(report: dict[str, Any]) -> str:
    told = f"{report['use_case']}: {report['rows']:,} rows of {len(report['days'])} days exported"
    if not report["waiting"]:
        return told
    return f"{told}; {', '.join(report['waiting'])} wait for rows that are on their way (smartpredict audit)"
