"""The command that forecasts the past, to see what forecasts are worth."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import catalog, stored_observations
from cli.errors import UserError

if TYPE_CHECKING:
    from training.forecasts.backtest import Backtest

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(backtest)


def backtest(
    use_case: Annotated[str, typer.Argument(help="Name of a use case with task: forecast.")],
    since: Annotated[
        str | None,
        typer.Option(help="First origin; the last part of the readings if not given, as training.holdout_share says."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="End of the origins, itself not one.")] = None,
    folds: Annotated[int, typer.Option(min=1, max=100, help="How often a model is fitted anew on the way.")] = 1,
    one_per_horizon: Annotated[
        bool, typer.Option("--one-per-horizon", help="Also measure models that each know one horizon.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Forecast from every origin of a stretch of the past, with models fitted before it, and measure what came true.

    The observations are those of the file that usecase.yaml names, or those that are stored where it names none.
    Nothing is registered or served. Only what was known at an origin is looked at, corrections that came later are not.
    """
    from training.data import load_observations  # noqa: PLC0415 - see COMMAND_MODULES
    from training.errors import TrainingError  # noqa: PLC0415 - same
    from training.forecasts.backtest import backtest as forecast_the_past  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    known = catalog()
    try:
        declared = known[use_case]
        if declared.forecast is None:
            raise UserError(f"{use_case} is a {declared.task}; a backtest is for use cases with task: forecast.")
        with stored_observations(declared) as engine:
            observations, told = load_observations(declared, known.folder(use_case), engine)
        found = forecast_the_past(
            declared,
            observations,
            since=_microseconds(since),
            until=_microseconds(until),
            folds=folds,
            one_per_horizon=one_per_horizon,
            on_fold=lambda done, all_: typer.echo(f"fold {done} of {all_}", err=True),
        )
    except (UnknownUseCaseError, TrainingError) as error:
        raise UserError(str(error)) from error
    if as_json:
        typer.echo(json.dumps(_as_dict(found)))
        return
    _print(use_case, found)
    for text in told:
        typer.echo(f"Left out: {text}")


def _microseconds(text: str | None) -> int | None:
    from usecases.columns.timestamps import parse_timestamp  # noqa: PLC0415 - see COMMAND_MODULES

    if text is None:
        return None
    try:
        moment = parse_timestamp(text)
    except ValueError as error:
        raise UserError(f"{error}; write it like 2026-03-01 or 2026-03-01T12:30:00Z.") from error
    since_1970 = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since_1970.days * 86_400 + since_1970.seconds) * 1_000_000


def _as_dict(found: Backtest) -> dict[str, object]:
    return {
        "since": _text(found.since),
        "until": _text(found.until),
        "fitted": [_text(moment) for moment in found.cutoffs],
        "rows": found.sums.rows,
        "mae": found.sums.errors(),
        "coverage": found.sums.coverage(),
        "by_horizon": found.sums.by_horizon(),
    }


def _text(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _print(use_case: str, found: Backtest) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    sums = found.sums
    errors, coverage = sums.errors(), sums.coverage()
    table = plain_table(
        "horizon", *errors, *coverage, title=f"{use_case}: mean absolute error, and what intervals hold"
    )
    columns = sums.by_horizon()
    for number in range(len(next(iter(columns.values())))):
        cells = [f"{columns[name][number]:.3f}" for name in errors] + [
            f"{columns[name][number]:.1%}" for name in coverage
        ]
        table.add_row(str(number + 1), *cells)
    table.add_row(
        "all", *(f"{value:.3f}" for value in errors.values()), *(f"{value:.1%}" for value in coverage.values())
    )
    console = Console(markup=False)
    console.print(table)
    fitted = ", ".join(_text(moment) for moment in found.cutoffs)
    console.print(
        f"{sums.rows:,} forecasts from {_text(found.since)} to {_text(found.until)}; fitted on what was known at {fitted}."
    )
