"""Commands for drift: judge a window of time, accept one as normal, withdraw it again."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connections import database
from cli.errors import UserError
from cli.models.versions import actor

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from monitoring.drift.false_alarms import FalseAlarms
    from monitoring.drift.report import DriftReport
    from sql.drift.accepted import AcceptedWindow
    from sql.drift.windows import DriftWindow
    from usecases.contract.spec import UseCase

__all__ = ["add_commands"]

Window = Annotated[
    str,
    typer.Argument(metavar="WINDOW", help="START/END in ISO 8601, or how far back: PT1H is the last hour, P7D a week."),
]
UseCaseName = Annotated[str, typer.Option("--use-case", help="Name of the use case.")]
SourceName = Annotated[str | None, typer.Option("--source", help="Only rows that came through this door.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the window, as listed.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

LEAST_SHOWN = 0.01
"""False alarms a month below which a figure says nothing more."""

_COLOURS = {"drifted": "red", "stable": "green"}


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    group = typer.Typer(help="Does what is scored still look like training: judge a window, accept one as normal.")
    for command in (show, keys, accept, withdraw, accepted):
        group.command()(command)
    app.add_typer(group, name="drift", no_args_is_help=True)


def show(
    window: Window = "P1D",
    use_case: UseCaseName = "equipment_failure",
    source: SourceName = None,
    as_json: AsJson = False,
) -> None:
    """Judge every column of the rows committed in a window; nothing is kept."""
    from cli.upkeep.drift_by_key import say_keys  # noqa: PLC0415 - see COMMAND_MODULES
    from monitoring.drift.key_report import read_key_drift  # noqa: PLC0415 - same
    from monitoring.drift.report import read_drift  # noqa: PLC0415 - same

    with database() as engine:
        known = _registered(engine, use_case)
        asked = _window(window, known, source)
        report = read_drift(engine, known, asked, asked.until - asked.since)
        by_key = read_key_drift(engine, known, asked) if known.drift.keys and report.features else None
    if as_json:
        typer.echo(json.dumps(_as_dict(report), default=str))
        return
    _print(report)
    if by_key is not None:
        typer.echo(f"{say_keys(by_key)} All of them: smartpredict drift keys {window} --use-case {use_case}")


def keys(
    window: Window = "P1D",
    use_case: UseCaseName = "equipment_failure",
    source: SourceName = None,
    as_json: AsJson = False,
) -> None:
    """Judge which machines or regions moved, the worst hundred; nothing is kept."""
    from cli.upkeep.drift_by_key import judge_by_key  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        known = _registered(engine, use_case)
        judge_by_key(engine, known, _window(window, known, source), as_json=as_json)


def accept(
    window: Window,
    reason: Annotated[str, typer.Option("--reason", help="Why it is normal, for those who come after.")],
    use_case: UseCaseName = "equipment_failure",
    source: SourceName = None,
) -> None:
    """Accept a window as normal: from then on rows like those in it have not drifted."""
    from monitoring.drift.acceptance import NothingToAcceptError, accept_window  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.drift.accepted import TooManyAcceptedError  # noqa: PLC0415 - same

    if not reason.strip():
        raise UserError("Say why it is normal: --reason TEXT")
    with database() as engine:
        known = _registered(engine, use_case)
        try:
            found = accept_window(engine, known, _window(window, known, source), actor(), reason.strip())
        except (NothingToAcceptError, TooManyAcceptedError) as error:
            raise UserError(str(error)) from error
    typer.echo(
        f"Window {found.id} of {use_case} is normal from now on: {found.rows:,} rows scored by version "
        f"{found.model_version}. Take it back: smartpredict drift withdraw {found.id}"
    )


def withdraw(number: Number) -> None:
    """Withdraw an accepted window; it stays listed."""
    from sql.drift.accepted import NoSuchWindowError, withdraw_accepted  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        try:
            found = withdraw_accepted(engine, number, actor())
        except NoSuchWindowError as error:
            raise UserError(f"{error} List them: smartpredict drift accepted") from error
    typer.echo(f"Window {found.id} of {found.use_case} counts no more.")


def accepted(use_case: UseCaseName = "equipment_failure", as_json: AsJson = False) -> None:
    """List the windows that were accepted as normal: who, when and why."""
    from sql.drift.accepted import list_accepted  # noqa: PLC0415 - see COMMAND_MODULES

    with database() as engine:
        found = list_accepted(engine, use_case)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str))
    else:
        _print_accepted(use_case, found)


def _registered(engine: Engine, name: str) -> UseCase:
    from sql.registry.live_catalog import registered_use_cases  # noqa: PLC0415 - see COMMAND_MODULES

    with engine.connect() as connection:
        known = {use_case.name: use_case for use_case in registered_use_cases(connection)}
    if name not in known:
        raise UserError(f"No use case {name!r} is registered; there are {', '.join(sorted(known)) or 'none'}.")
    return known[name]


def _window(text: str, use_case: UseCase, source: str | None) -> DriftWindow:
    from broker.messages import Source  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.drift.windows import DriftWindow  # noqa: PLC0415 - same

    if source is not None and source not in set(Source):
        raise UserError(f"{source!r} is no door; there are {', '.join(Source)}.")
    since, until = _since_until(text)
    return DriftWindow(use_case=use_case.name, since=since, until=until, source=source)


def _since_until(text: str) -> tuple[datetime, datetime]:
    """Read a window, as ISO 8601 writes an interval or a duration; UTC where no offset is given."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - see COMMAND_MODULES

    wrong = UserError(
        f"{text!r} is no window. Write START/END, as 2026-05-04T12:00Z/2026-05-04T13:00Z, or PT1H for the last hour."
    )
    first, slash, last = text.partition("/")
    try:
        if not slash:
            until = datetime.now(UTC)
            since = until - TypeAdapter(timedelta).validate_python(first)
        else:
            since, until = (TypeAdapter(datetime).validate_python(end) for end in (first, last))
    except (ValidationError, OverflowError):
        raise wrong from None
    since, until = (end.replace(tzinfo=UTC) if end.tzinfo is None else end.astimezone(UTC) for end in (since, until))
    if since >= until:
        raise wrong
    return since, until


def _as_dict(report: DriftReport) -> dict[str, Any]:
    names = ("feature", "verdict", "excess_psi", "p_value", "mean_trained", "mean_served", "mean_shift", "accepted")
    return {
        "verdict": report.verdict,
        "rows": report.rows,
        "model_version": report.model_version,
        "false_alarms": None if report.alarms is None else asdict(report.alarms),
        "features": [{name: getattr(one, name) for name in names} for one in report.features],
        "changes": {name: asdict(change) for name, change in report.changes.items()},
    }


def _print(report: DriftReport) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(highlight=False, markup=False)
    window = f"{report.window.since:%Y-%m-%d %H:%M} to {report.window.until:%Y-%m-%d %H:%M} UTC"
    if not report.features:
        console.print(f"Nothing to judge from {window}: {report.rows:,} rows of a version with a profile.")
        return
    console.print(f"{report.rows:,} rows scored by version {report.model_version}, {window}:", soft_wrap=True)
    table = plain_table("column", "verdict", "PSI", "limit", "mean then", "mean now", "shift in sd")
    for one in report.features:
        limit = "" if one.limits is None else f"{one.limits.psi:.3f}"
        like = "" if one.accepted is None else f", like window {one.accepted}"
        table.add_row(
            one.feature, Text(f"{one.verdict}{like}", _COLOURS.get(one.verdict, "")), _number(one.excess_psi, ".3f"), limit,
            *(_number(number, ".4g") for number in (one.mean_trained, one.mean_served, one.mean_shift)),
        )  # fmt: skip
    console.print(table)
    for name, change in report.changes.items():
        console.print(f"{name}: {change.detail}.", soft_wrap=True)
    if report.alarms is not None:
        console.print(_say_alarms(report.alarms), soft_wrap=True)


def _say_alarms(alarms: FalseAlarms) -> str:
    expected = f"about {alarms.per_month:.2g}" if alarms.per_month >= LEAST_SHOWN else f"fewer than {LEAST_SHOWN}"
    hours = round(alarms.window.total_seconds() / 3_600)
    words = (
        f"Where nothing drifts, expect {expected} false alarms a month of these limits: the monitor judges "
        f"windows of {hours} h, here of about {alarms.rows:,} rows."
    )
    if alarms.not_known:
        words += f" Not counted, for training is too short to tell: {', '.join(alarms.not_known)}."
    return words


def _print_accepted(use_case: str, found: list[AcceptedWindow]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(highlight=False, markup=False)
    if not found:
        console.print(f"No window of {use_case} was accepted as normal.")
        return
    table = plain_table("number", "from", "to", "rows", "version", "why", "accepted by", "withdrawn by")
    for one in found:
        row = (
            one.id, f"{one.since:%Y-%m-%d %H:%M}", f"{one.until:%Y-%m-%d %H:%M}", f"{one.rows:,}", one.model_version,
            one.reason, f"{one.accepted_by}, {one.accepted_at:%Y-%m-%d %H:%M}",
            "" if one.withdrawn_at is None else f"{one.withdrawn_by}, {one.withdrawn_at:%Y-%m-%d %H:%M}",
        )  # fmt: skip
        table.add_row(*(Text(str(cell)) for cell in row))
    console.print(table)


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
