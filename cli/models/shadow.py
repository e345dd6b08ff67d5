"""The command that compares a challenger with the champion."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

__all__ = ["shadow_report"]

_MOST_SEGMENTS = 15


def shadow_report(
    use_case: Annotated[str, typer.Argument(help="Name of the use case.")] = "equipment_failure",
    since: Annotated[str | None, typer.Option(help="Rows received then or later; a week back if not given.")] = None,
    until: Annotated[str | None, typer.Option(help="Rows received before; until now if not given.")] = None,
    challenger: Annotated[int | None, typer.Option(min=1, help="Version; the newest that scored if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show where the challenger would have answered otherwise than the champion, and which of the two was right."""
    from cli.gateway_client import open_gateway  # noqa: PLC0415 - see COMMAND_MODULES

    with open_gateway() as gateway:
        report = gateway.shadow(use_case, since=since, until=until, challenger=challenger)
    if as_json:
        typer.echo(json.dumps(report))
    elif report["compared"]:
        _print(report)
    else:
        typer.echo(
            f"Nothing to compare: no version scored rows of {use_case} in shadow in this time. "
            f"Let one: smartpredict models shadow {use_case} VERSION"
        )


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(highlight=False, markup=False)
    champions = ", ".join(map(str, report["champions"]))
    console.print(
        f"{report['use_case']}: challenger {report['challenger']} beside champion {champions}, "
        f"{report['compared']:,} of {report['predictions']:,} rows",
        soft_wrap=True,
    )
    if report["different"] is not None:
        share = report["different"]
        console.print(f"Different classes: {share['value']:.2%} ({share['low']:.2%} to {share['high']:.2%})")
        table = plain_table("champion \\ challenger", *report["confusion"])
        for name, row in report["confusion"].items():
            table.add_row(name, *(f"{rows:,}" for rows in row.values()))
        console.print(table)
    difference = report["difference"]
    percentiles = ", ".join(f"{share} % {value:+.4f}" for share, value in difference["percentiles"].items())
    console.print(
        f"Difference of the answers: mean {difference['mean']:+.4f}, mean distance {difference['mean_absolute']:.4f}, "
        f"largest {difference['largest']:.4f}; percentiles {percentiles}",
        soft_wrap=True,
    )
    if report["segments"]:
        console.print(_segments(report["segments"]))
    if not report["labelled"]:
        console.print("No labels of these rows yet, so which of the two was right is not known.")
        return
    table = plain_table(f"on {report['labelled']:,} labelled rows", "champion", "challenger")
    for name, one in report["champion_metrics"].items():
        other = report["challenger_metrics"].get(name)
        table.add_row(name.replace("_", " "), _metric(one), _metric(other))
    console.print(table)


def _segments(segments: list[dict[str, Any]]) -> Any:
    from cli.tables import plain_table  # noqa: PLC0415 - see COMMAND_MODULES

    table = plain_table("where", "rows", "different", title="Where they differ most")
    worst = sorted(segments, key=lambda one: -one["different"] / one["rows"])[:_MOST_SEGMENTS]
    for one in worst:
        value = "(missing)" if one["value"] is None else one["value"]
        table.add_row(f"{one['feature']} {value}", f"{one['rows']:,}", f"{one['different'] / one['rows']:.2%}")
    return table


def _metric(metric: dict[str, Any] | None) -> str:
    if metric is None:
        return ""
    interval = "" if metric["low"] is None else f" ({metric['low']:.4f} to {metric['high']:.4f})"
    return f"{metric['value']:.4f}{interval}"
