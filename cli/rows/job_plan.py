"""What a job would be, before it is ordered: its rows and claims, and the time that such jobs took so far."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from cli.errors import UserError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from usecases.contract.spec import UseCase

__all__ = ["show_plan"]


def show_plan(engine: Engine, use_case: UseCase, given: str, output: str, *, as_json: bool) -> None:
    """Plan a job as a worker would, with this account, and print what it comes to; nothing is ordered.

    Raises
    ------
    UserError
        If a worker would refuse it.
    """
    from sql.jobs.forecasts import forecast_job  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.jobs.rates import LEAST_ROWS  # noqa: PLC0415 - same
    from usecases.stores.splitting import WrongJobError  # noqa: PLC0415 - same
    from usecases.stores.target import StoreError  # noqa: PLC0415 - same

    try:
        found = forecast_job(engine, use_case, given, output)
    except (WrongJobError, StoreError) as error:
        raise UserError(str(error)) from error
    rate, seconds = found.rate, found.seconds
    if as_json:
        measured = None if rate is None else round(rate.rows_per_second)
        plan = {"rows": found.rows, "files": found.files, "claims": found.claims, "rows_per_second": measured}
        typer.echo(json.dumps({**plan, "seconds": None if seconds is None else round(seconds, 1)}))
        return
    typer.echo(
        f"{found.rows:,} rows in {found.files:,} files: {found.claims:,} claims, as many files of answers; "
        "nothing is ordered"
    )
    if rate is None or seconds is None:
        typer.echo(f"time: unknown, for no job of {use_case.name} with {LEAST_ROWS:,} rows or more is done yet")
    else:
        typer.echo(
            f"time: about {seconds:,.0f} s at {rate.rows_per_second:,.0f} rows/s, as {_measured_on(rate.jobs)} had"
        )


def _measured_on(jobs: int) -> str:
    return "the last job" if jobs == 1 else f"the last {jobs} jobs, by their median,"
