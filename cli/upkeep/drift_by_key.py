"""The command that tells which machines or regions moved."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from cli.errors import UserError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from monitoring.drift.key_report import KeyReport
    from sql.drift.windows import DriftWindow
    from usecases.contract.spec import UseCase

__all__ = ["judge_by_key", "say_keys"]


def judge_by_key(engine: Engine, use_case: UseCase, window: DriftWindow, *, as_json: bool) -> None:
    """Judge a window by key and print the worst hundred.

    Raises
    ------
    UserError
        If the use case names no keys.
    """
    from monitoring.drift.key_report import read_key_drift  # noqa: PLC0415 - see COMMAND_MODULES

    if not use_case.drift.keys:
        raise UserError(
            f"{use_case.name} names no columns that tell machines or regions apart. Name them in its usecase.yaml, "
            "as drift: {keys: [machine_id]}, and train again."
        )
    found = read_key_drift(engine, use_case, window)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str))
    else:
        _print(found)


def say_keys(found: KeyReport) -> str:
    """Describe in a sentence how many keys moved."""
    named = ", ".join(found.columns)
    if not found.has_reference:
        return f"By {named}: the training of this version was not counted by it, so there is nothing to compare with."
    moved = f"{found.moved_keys:,} of {found.keys:,} moved" if found.moved_keys else f"none of {found.keys:,} moved"
    new = f"; {found.new_keys:,} are new, and held against all" if found.new_keys else ""
    left = (
        f"; {found.rows_not_kept:,} rows name none, or are of new ones past those that are kept"
        if found.rows_not_kept
        else ""
    )
    return f"By {named}, {found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC: {moved}{new}{left}."


def _print(found: KeyReport) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(highlight=False, markup=False)
    console.print(say_keys(found), soft_wrap=True)
    if not found.worst:
        return
    table = plain_table(
        "key", "column", "verdict", "rows", "mean then", "mean now", "shift in sd", "limit", "beyond all"
    )
    colours = {"drifted": "red", "stable": "green"}
    for one in found.worst:
        figures = [one.mean_trained, one.mean_served, one.shift, one.limit, one.beyond_all]
        table.add_row(
            f"{one.key} (new)" if one.is_new else one.key, one.feature,
            Text(one.verdict, colours.get(one.verdict, "")), f"{one.rows:,}",
            *("" if figure is None else f"{figure:.4g}" for figure in figures),
        )  # fmt: skip
    console.print(table)
