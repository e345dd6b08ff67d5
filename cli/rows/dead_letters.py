"""Commands for messages nobody could handle: look, send again, give up."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broker.topology import DEAD_LETTERS
from cli.connections import batch_id, database, with_publisher
from cli.errors import UserError
from cli.rows.deciding import ReasonOption, YesOption, decided_here

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from sql.dead_letters.storage import Letter, LetterFilter

__all__ = ["add_commands"]

SHOWN_BYTES = 2_000
MOST = 10_000

QueueOption = Annotated[str | None, typer.Option("--queue", help="Only letters that died in this queue.")]
UseCaseOption = Annotated[str | None, typer.Option("--use-case", help="Only letters of this use case.")]
BatchOption = Annotated[str | None, typer.Option("--batch", help="Only parts of this batch.")]
Numbers = Annotated[list[int] | None, typer.Argument(help="Numbers of the letters, as listed.")]
AllOption = Annotated[bool, typer.Option("--all", help="All that wait (with the filters, all of those).")]


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    group = typer.Typer(help="Messages nobody could handle, with their cause: look at them, send them again, give up.")
    group.command("list")(list_)
    group.command()(show)
    group.command()(replay)
    group.command()(purge)
    app.add_typer(group, name=DEAD_LETTERS, no_args_is_help=True)  # named after the queue they come from


def list_(
    queue: QueueOption = None,
    use_case: UseCaseOption = None,
    batch: BatchOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were replayed or given up.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="Letters of a page.")] = 50,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the letters that wait for a decision, the newest first."""
    from sql.dead_letters.storage import list_letters  # noqa: PLC0415 - see COMMAND_MODULES

    which = _filter(queue, use_case, batch, everything=everything)
    with database() as engine:
        letters = list_letters(engine, which, limit=limit, offset=(page - 1) * limit)
    if as_json:
        typer.echo(json.dumps([_as_dict(letter) for letter in letters], default=str))
    else:
        _print_list(letters)


def show(
    number: Annotated[int, typer.Argument(help="Number of the letter, as listed.")],
    output: Annotated[Path | None, typer.Option("--output", help="File to write its whole body to.")] = None,
) -> None:
    """Show a letter with its headers and body; or write its body to a file, to be repaired there and replayed."""
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from sql.dead_letters.decisions import decisions_of  # noqa: PLC0415 - same
    from sql.dead_letters.storage import find_letter  # noqa: PLC0415 - same

    with database() as engine:
        letter = find_letter(engine, number)
        decisions = [] if letter is None else decisions_of(engine, letter.letter_id)
    if letter is None:
        raise UserError(f"There is no dead letter {number}. List them: smartpredict dead-letters list")
    if output is not None:
        output.write_bytes(letter.body)
        replay_it = f"smartpredict {DEAD_LETTERS} replay {number} --body {shlex.quote(str(output))}"
        typer.echo(f"{len(letter.body):,} bytes written; once repaired: {replay_it}")
        return
    console = Console(highlight=False, markup=False)
    for name, value in _as_dict(letter).items():
        console.print(f"{name:>14}: {json.dumps(value, indent=2) if name == 'headers' else value}")
    for one in decisions:
        console.print(f"{one.decision:>14}: by {one.person}, {one.decided_at:%Y-%m-%d %H:%M:%S} UTC: {one.reason}")
    console.print(f"{'body':>14}: {_body(letter)}")


def replay(
    numbers: Numbers = None,
    everything: AllOption = False,
    queue: QueueOption = None,
    use_case: UseCaseOption = None,
    batch: BatchOption = None,
    body: Annotated[Path | None, typer.Option("--body", help="File with a repaired body, for one letter.")] = None,
) -> None:
    """Send letters again to where they came from, after the cause was mended."""
    from broker.transport.publisher import Publisher  # noqa: PLC0415 - see COMMAND_MODULES
    from ingestion.dead_letters.replay import NoSuchLetterError, replay_letter  # noqa: PLC0415 - same

    with database() as engine:
        chosen = _chosen(engine, numbers, _filter(queue, use_case, batch), everything=everything)
        if body is not None and len(chosen) != 1:
            raise UserError("A repaired body is for one letter; give its number.")
        content = None if body is None else _read(body)

        async def work(publisher: Publisher) -> None:
            for number in chosen:
                letter = await replay_letter(engine, publisher, number, content)
                typer.echo(f"dead letter {number} sent again to {letter.exchange or letter.queue}")

        try:
            with_publisher(work)
        except NoSuchLetterError as error:
            raise UserError(str(error)) from error


def purge(
    reason: ReasonOption,
    numbers: Numbers = None,
    everything: AllOption = False,
    queue: QueueOption = None,
    use_case: UseCaseOption = None,
    batch: BatchOption = None,
    yes: YesOption = False,
) -> None:
    """Discard letters for a reason: their bodies are deleted, their rows stay dead-lettered in the ledger.

    Who did so, when and why stays with each: smartpredict dead-letters show NUMBER.
    """
    from sql.dead_letters.decisions import purge_letters  # noqa: PLC0415 - see COMMAND_MODULES

    decided = decided_here(reason)
    with database() as engine:
        chosen = _chosen(engine, numbers, _filter(queue, use_case, batch), everything=everything)
        if not yes:
            typer.confirm(f"Delete the bodies of {len(chosen)} letters for good?", abort=True)
        typer.echo(f"{purge_letters(engine, chosen, decided)} letters given up")


def _chosen(engine: Engine, numbers: list[int] | None, which: LetterFilter, *, everything: bool) -> list[int]:
    from sql.dead_letters.storage import list_letters  # noqa: PLC0415 - see COMMAND_MODULES

    if numbers:
        return numbers
    if not everything:
        raise UserError("Say which letters: their numbers, or --all. List them: smartpredict dead-letters list")
    found = sorted(letter.id for letter in list_letters(engine, which, limit=MOST))
    if not found:
        raise UserError("No such letter waits.")
    return found


def _filter(queue: str | None, use_case: str | None, batch: str | None, *, everything: bool = False) -> LetterFilter:
    from sql.dead_letters.storage import LetterFilter, LetterState  # noqa: PLC0415 - see COMMAND_MODULES

    state = None if everything else LetterState.WAITING
    return LetterFilter(queue=queue, use_case=use_case, batch_id=batch_id(batch), state=state)


def _as_dict(letter: Letter) -> dict[str, Any]:
    names = (
        *("id", "state", "queue", "cause", "died_at", "use_case", "rows", "message_id", "part_id", "batch_id"),
        *("exchange", "routing_key", "content_type", "replayed_at", "discarded_at", "headers"),
    )
    return {name: getattr(letter, name) for name in names}


def _print_list(letters: list[Letter]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(markup=False)
    if not letters:
        console.print("No dead letters.")
        return
    table = plain_table("number", "died at", "queue", "use case", "rows", "cause", "state")
    for letter in letters:
        died_at = f"{letter.died_at:%Y-%m-%d %H:%M:%S}"
        row = (letter.id, died_at, letter.queue, letter.use_case or "", letter.rows or "", letter.cause, letter.state)
        # Text, because a cause may quote from outside what looks like markup.
        table.add_row(*(Text(str(cell)) for cell in row))
    console.print(table)
    console.print("Mend the cause, then: smartpredict dead-letters replay NUMBER", highlight=False)


def _body(letter: Letter) -> str:
    from broker.messages import ARROW_STREAM  # noqa: PLC0415 - see COMMAND_MODULES

    if letter.content_type == ARROW_STREAM:
        return f"{len(letter.body):,} bytes of Arrow, {letter.rows:,} rows"
    text = letter.body[:SHOWN_BYTES].decode("utf-8", "replace")
    return f"{text} ... ({len(letter.body):,} bytes)" if len(letter.body) > SHOWN_BYTES else text


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error}") from error
