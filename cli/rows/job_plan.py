"""What a job would be, before it is ordered: its rows and claims, and the time that such jobs took so far."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

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
    from inference_worker.jobs.planning import WrongJobError, plan_claims, require_plannable  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.jobs.orders import CLAIM_ROWS  # noqa: PLC0415 - same
    from sql.jobs.rates import LEAST_ROWS, measured_rate  # noqa: PLC0415 - same
    from usecases.stores.target import StoreError, Target  # noqa: PLC0415 - same

    try:
        source = Target.at(given)
        require_plannable(use_case, source, Target.at(output))
        claims = plan_claims(use_case, uuid4(), source, CLAIM_ROWS)
    except (WrongJobError, StoreError) as error:
        raise UserError(str(error)) from error
    rows, files = sum(claim.rows for claim in claims), len({claim.path for claim in claims})
    rate = measured_rate(engine, use_case.name)
    seconds = None if rate is None else rows / rate.rows_per_second
    if as_json:
        measured = None if rate is None else round(rate.rows_per_second)
        found = {"rows": rows, "files": files, "claims": len(claims), "rows_per_second": measured}
        typer.echo(json.dumps({**found, "seconds": None if seconds is None else round(seconds, 1)}))
        return
    typer.echo(
        f"{rows:,} rows in {files:,} files: {len(claims):,} claims, as many files of answers; nothing is ordered"
    )
    if rate is None or seconds is None:
        typer.echo(f"time: unknown, for no job of {use_case.name} with {LEAST_ROWS:,} rows or more is done yet")
    else:
        typer.echo(
            f"time: about {seconds:,.0f} s at {rate.rows_per_second:,.0f} rows/s, as {_measured_on(rate.jobs)} had"
        )


def _measured_on(jobs: int) -> str:
    return "the last job" if jobs == 1 else f"the last {jobs} jobs, by their median,"
