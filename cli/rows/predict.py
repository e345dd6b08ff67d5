"""The command that asks for predictions, the way any program would: over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import UserError

if TYPE_CHECKING:
    from cli.gateway_client import GatewayClient

__all__ = ["add_commands", "row_of", "rows_in"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(predict)


def predict(
    values: Annotated[
        list[str] | None, typer.Argument(metavar="FEATURE=VALUE...", help="The values of one row.")
    ] = None,
    use_case: Annotated[str, typer.Option(help="What to predict.")] = "equipment_failure",
    json_file: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="A row, or an array of rows, as JSON; - reads standard input."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also show what each feature contributed.")] = False,
) -> None:
    """Predict one row, or the rows of a JSON file, and show what was stored."""
    from cli.gateway_client import open_gateway  # noqa: PLC0415 - see COMMAND_MODULES

    with open_gateway() as gateway:
        rows = rows_in(json_file) if json_file else [_row(gateway, use_case, values or [])]
        answer = gateway.predict(use_case, rows, explain=explain)
    _print(answer)
    if explain:
        _print_explanations(answer)


def _row(gateway: GatewayClient, use_case: str, values: list[str]) -> dict[str, Any]:
    about = gateway.use_case(use_case)
    if not values:
        example = " ".join(f"{name}={value}" for name, value in about["example"].items() if value is not None)
        raise UserError(
            f"Give the values of a row, or --json FILE. An example:\n  smartpredict predict --use-case {use_case} {example}"
        )
    return row_of(about, values)


def row_of(about: dict[str, Any], values: list[str]) -> dict[str, Any]:
    """Read FEATURE=VALUE by the types of the features; what cannot be read is sent as it is, and the gateway explains.

    A feature may be called by its title, with its unit or without brackets around that, as files may call it.

    Raises
    ------
    UserError
        If a word is no FEATURE=VALUE, or a feature is given twice.
    """
    from usecases.contract.file_columns import spelling  # noqa: PLC0415 - see COMMAND_MODULES

    kinds = {feature["name"]: feature["type"] for feature in about["features"]}
    meant: dict[str, set[str]] = {}
    for feature in about["features"]:
        for name in (feature["name"], feature["title"]):
            meant.setdefault(spelling(name), set()).add(feature["name"])
    row: dict[str, Any] = {}
    for word in values:
        name, separator, text = word.partition("=")
        if not separator:
            raise UserError(f"{word!r} is no FEATURE=VALUE; write for example {next(iter(kinds))}=...")
        if name not in kinds and len(found := meant.get(spelling(name), set())) == 1:
            [name] = found
        if name in row:
            raise UserError(f"{name} is given twice.")
        row[name] = _value(kinds.get(name, "category"), text)
    return row


def _value(kind: str, text: str) -> Any:
    if text == "":
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind in {"integer", "float"}:
        from usecases.columns.number_texts import number_of  # noqa: PLC0415 - see COMMAND_MODULES

        number = number_of(text)
        return text if number is None else number
    return text


def rows_in(file: str) -> Any:
    """Read the rows of a JSON file.

    Raises
    ------
    UserError
        If it cannot be read, or is no JSON.
    """
    import sys  # noqa: PLC0415 - see COMMAND_MODULES

    from usecases.formats.json_text import parse  # noqa: PLC0415 - same

    try:
        return parse(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UserError(f"{file} holds no JSON: {error}.") from error


def _print(answer: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.table import Table  # noqa: PLC0415 - same

    predictions = answer["predictions"]
    has_keys = "key" in predictions[0]
    table = Table(*(["key"] if has_keys else []), "prediction", "score", *predictions[0]["features"])
    for one in predictions:
        score = "" if one["score"] is None else f"{one['score']:.4f}"
        cells = ([one["key"]] if has_keys else []) + [one["prediction"], score, *one["features"].values()]
        table.add_row(*("" if cell is None else str(cell) for cell in cells))
    console = Console(markup=False)
    console.print(table)
    console.print(f"{answer['use_case']}, model version {answer['model_version']}, request {answer['request_id']}")


def _print_explanations(answer: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(markup=False)
    if answer["explanations"] is None:
        console.print("Another version than the loaded one scored these rows, so they cannot be explained.")
        return
    for number, (one, explanation) in enumerate(zip(answer["predictions"], answer["explanations"], strict=True), 1):
        # Of several classes, the one that was predicted is what people ask about.
        chosen = explanation[one["prediction"]] if "scores" in one else explanation
        shares = sorted(chosen["contributions"].items(), key=lambda item: -abs(item[1]))
        table = plain_table("feature", "value", "contribution", title=f"Row {number}: {one['prediction']}")
        table.columns[-1].justify = "right"
        for name, share in shares:
            value = one["features"][name]
            table.add_row(name, "" if value is None else str(value), f"{share:+.4f}")
        table.add_row("(base value)", "", f"{chosen['base_value']:+.4f}")
        margin = chosen["base_value"] + sum(share for _, share in shares)
        table.add_row("(margin, their sum)", "", f"{margin:+.4f}")
        console.print(table)
