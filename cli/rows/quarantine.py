"""Commands for bad rows: look, take out, send again, give up."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connections import batch_id, database, with_publisher
from cli.errors import UserError
from cli.rows.deciding import ReasonOption, YesOption, decided_here

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Engine

    from ingestion.quarantine.replay import Replayed
    from sql.quarantine.rows import QuarantineEntry, QuarantineFilter
    from usecases.contract.spec import UseCase

__all__ = ["add_commands"]

UseCaseOption = Annotated[str | None, typer.Option("--use-case", help="Only rows of this use case.")]
BatchOption = Annotated[str | None, typer.Option("--batch", help="Only rows of this batch.")]
ColumnOption = Annotated[str | None, typer.Option("--column", help="Only rows with a reason in this column.")]
RuleOption = Annotated[str | None, typer.Option("--rule", help="Only rows that break this rule.")]


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    group = typer.Typer(help="Bad rows with their reasons: look at them, take them out, send them again, give up.")
    group.command("list")(list_)
    group.command()(export)
    group.command()(replay)
    group.command()(discard)
    group.command()(report)
    app.add_typer(group, name="quarantine", no_args_is_help=True)


def list_(
    use_case: UseCaseOption = None,
    batch: BatchOption = None,
    column: ColumnOption = None,
    rule: RuleOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also rows that were replayed or discarded.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows of a page.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show how often each rule was broken, and the rows, those of the newest batch first."""
    from sql.quarantine.rows import count_reasons, list_quarantined  # noqa: PLC0415 - see COMMAND_MODULES

    which = _filter(use_case, batch, column, rule, waiting=not everything)
    with database() as engine:
        entries = list_quarantined(engine, which, limit=limit, offset=(page - 1) * limit)
        if as_json:
            typer.echo(json.dumps([dataclasses.asdict(entry) for entry in entries], default=str))
            return
        counts = count_reasons(engine, which)
    _show(entries, counts)


def export(
    use_case: UseCaseOption = None,
    batch: BatchOption = None,
    column: ColumnOption = None,
    rule: RuleOption = None,
    output: Annotated[Path | None, typer.Option("--output", help="File to write; the terminal if not given.")] = None,
) -> None:
    """Write rows as CSV with their numbers and reasons, to be repaired.

    Send the repaired file again with `quarantine replay --batch ID --file FILE`; or remove the last three columns and
    drop it.
    """
    from sql.quarantine.rows import write_csv  # noqa: PLC0415 - see COMMAND_MODULES

    which = _filter(use_case, batch, column, rule)
    if which.use_case is None and which.batch_id is None:
        raise UserError("Say which rows: --batch ID or --use-case NAME; each use case has other columns.")
    with database() as engine:
        if output is None:
            write_csv(engine, which, sys.stdout)
            return
        with output.open("w", encoding="utf-8", newline="") as file:
            count = write_csv(engine, which, file)
    typer.echo(f"{count} rows written to {output}")


def replay(
    batch: BatchOption = None,
    use_case: UseCaseOption = None,
    column: ColumnOption = None,
    rule: RuleOption = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Repaired rows: the exported CSV, or any other format with a row_number each."),
    ] = None,
) -> None:
    """Send rows again: repaired ones from a file, or the chosen ones as they are, after the contract was mended."""
    which = _filter(use_case, batch, column, rule, waiting=True)
    if which.batch_id is None and which.use_case is None:
        raise UserError("Say which rows: --batch ID or --use-case NAME.")
    with database() as engine:
        if file is not None:
            if which.batch_id is None:
                raise UserError("Repaired rows need the batch they are from: --batch ID.")
            from cli.rows.repaired_rows import read_repaired  # noqa: PLC0415 - see COMMAND_MODULES

            came = _as_they_are(engine, _filter(None, str(which.batch_id), None, None))[0].get(which.batch_id, {})
            repaired = read_repaired(_use_case_of(engine, which.batch_id), which.batch_id, file, came)
            chosen, left = {which.batch_id: repaired}, 0
        else:
            chosen, left = _as_they_are(engine, which)
        for found in _send(engine, chosen):
            ledger = found.batch
            typer.echo(
                f"{found.rows} rows sent again as batch {ledger.batch_id}: "
                f"{ledger.planned + ledger.observed} good, {ledger.quarantined} still bad"
            )
    if left:
        typer.echo(f"{left} rows fit no columns and stay; repair them: smartpredict quarantine export")


def discard(
    reason: ReasonOption,
    batch: BatchOption = None,
    use_case: UseCaseOption = None,
    column: ColumnOption = None,
    rule: RuleOption = None,
    rows: Annotated[
        list[int] | None, typer.Option("--row", help="Only the row with this number in the batch; may be given often.")
    ] = None,
    yes: YesOption = False,
) -> None:
    """Discard rows that nobody will repair, such as a line of sums, for a reason.

    They stay quarantined in the ledger, as they came, and are never sent again; who discarded them, when and why stays with each.
    """
    from sql.quarantine.discarding import discard_all, discard_rows  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.quarantine.pages import RowKey  # noqa: PLC0415 - same
    from sql.quarantine.rows import count_quarantined  # noqa: PLC0415 - same

    which = _filter(use_case, batch, column, rule, waiting=True)
    decided = decided_here(reason)
    if which.batch_id is None and (which.use_case is None or rows):
        raise UserError("Say which rows: --batch ID, with --row NUMBER for single ones, or --use-case NAME.")
    with database() as engine:
        count = len(rows) if rows else count_quarantined(engine, which)
        if count and not yes:
            typer.confirm(f"Discard {count:,} rows for good?", abort=True)
        if rows and which.batch_id is not None:
            done = len(discard_rows(engine, [RowKey(which.batch_id, number) for number in rows], decided))
        else:
            done = discard_all(engine, which, decided)
    typer.echo(f"{done:,} rows discarded")


def report(
    batch: BatchOption = None,
    use_case: UseCaseOption = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day on which batches were received, in UTC.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="File for the report as one page.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Report on the quality of a batch or of a day: every expectation, rows looked at, rows that broke it, examples.

    Exit status 1 where a row breaks one of them, or something was refused as a whole.
    """
    from cli.rows.quality import show_report  # noqa: PLC0415 - see COMMAND_MODULES

    if (batch is None) == (day is None):
        raise UserError("Say what the report is about: --batch ID, or --day 2026-03-01 with --use-case NAME.")
    with database() as engine:
        holds = show_report(
            engine,
            batch=batch_id(batch),
            use_case=use_case,
            day=None if day is None else day.date(),
            html=html,
            as_json=as_json,
        )
    if not holds:
        raise typer.Exit(1)


def _send(engine: Engine, chosen: dict[UUID, dict[int, dict[str, Any]]]) -> list[Replayed]:
    from broker.transport.publisher import Publisher  # noqa: PLC0415 - see COMMAND_MODULES
    from ingestion.quarantine.replay import NothingToReplayError, replay_rows  # noqa: PLC0415 - same
    from sql.registry.live_catalog import registered_catalog  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    use_cases = registered_catalog(engine)

    async def work(publisher: Publisher) -> list[Replayed]:
        return [await replay_rows(engine, publisher, use_cases, batch, rows) for batch, rows in chosen.items()]

    if not any(chosen.values()):
        raise UserError("There is no such row that was not sent again or discarded already.")
    try:
        return with_publisher(work)
    except (NothingToReplayError, UnknownUseCaseError) as error:
        raise UserError(str(error)) from error


def _use_case_of(engine: Engine, batch: UUID) -> UseCase:
    from sql.ledger.batch_ledger import find_batch  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.registry.live_catalog import registered_catalog  # noqa: PLC0415 - same
    from usecases.contract.catalog import UnknownUseCaseError  # noqa: PLC0415 - same

    found = find_batch(engine, batch)
    if found is None:
        raise UserError(f"There is no batch {batch}; list them: smartpredict quarantine list")
    try:
        return registered_catalog(engine)[found.use_case]
    except UnknownUseCaseError as error:
        raise UserError(str(error)) from error


def _as_they_are(engine: Engine, which: QuarantineFilter) -> tuple[dict[UUID, dict[int, dict[str, Any]]], int]:
    """Read the chosen rows; those that fit no columns cannot be sent again as they are."""
    from sql.quarantine.rows import columns_of, stream_quarantined  # noqa: PLC0415 - see COMMAND_MODULES
    from usecases.checking.raw_rows import plain_row  # noqa: PLC0415 - see COMMAND_MODULES

    chosen: dict[UUID, dict[int, dict[str, Any]]] = defaultdict(dict)
    columns: dict[str, list[str]] = {}
    left = 0
    for entry in stream_quarantined(engine, which):
        if entry.use_case not in columns:
            columns[entry.use_case] = columns_of(engine, entry.use_case)
        values = plain_row(entry.raw, columns[entry.use_case])
        if values is None:
            left += 1
        else:
            chosen[entry.batch_id][entry.row_number] = values
    return chosen, left


def _filter(
    use_case: str | None, batch: str | None, column: str | None, rule: str | None, *, waiting: bool = False
) -> QuarantineFilter:
    from sql.quarantine.rows import QuarantineFilter  # noqa: PLC0415 - see COMMAND_MODULES

    return QuarantineFilter(use_case=use_case, batch_id=batch_id(batch), column=column, rule=rule, waiting=waiting)


def _show(entries: list[QuarantineEntry], counts: list[Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.table import Table  # noqa: PLC0415 - same
    from rich.text import Text  # noqa: PLC0415 - same

    from cli.tables import reasons_table  # noqa: PLC0415 - same

    console = Console(markup=False)
    if not counts:
        console.print("No bad rows.")
        return
    console.print(reasons_table(counts))
    table = Table("batch", "row", "reasons", "row as it came", "replayed as, or discarded")
    table.columns[0].min_width = 36  # an id that can be copied
    for entry in entries:
        reasons = "\n".join(str(reason["message"]) for reason in entry.reasons)
        # Text, because a row from outside may hold what looks like markup.
        row = (str(entry.batch_id), str(entry.row_number), reasons, entry.raw, _decision(entry))
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _decision(entry: QuarantineEntry) -> str:
    """Write what became of a row; nothing while it waits."""
    if entry.discarded_at is None:
        return str(entry.replayed_as or "")
    at = entry.discarded_at.astimezone(UTC)
    return f"by {entry.discarded_by}, {at:%Y-%m-%d %H:%M:%S} UTC: {entry.discarded_reason}"
