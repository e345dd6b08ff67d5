"""The quality report of a batch or of a day, on the terminal, as JSON or as a page."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from uuid import UUID

import typer
from rich.console import Console
from rich.text import Text
from sqlalchemy import Engine

from cli.errors import UserError
from cli.tables import plain_table
from monitoring.quality.page import quality_page, title_of
from monitoring.quality.report import QualityReport, report_as_json, report_of_batch, report_of_day
from sql.ledger.batch_ledger import find_batch
from sql.registry.live_catalog import registered_catalog
from usecases.contract.catalog import UnknownUseCaseError

__all__ = ["show_report"]


def show_report(
    engine: Engine, *, batch: UUID | None, use_case: str | None, day: date | None, html: Path | None, as_json: bool
) -> bool:
    """Show the report of a batch or of a day, and return whether every row keeps every expectation.

    Raises
    ------
    UserError
        If there is no such batch or use case, or the page cannot be written.
    """
    report = _report(engine, batch, use_case, day)
    if html is not None:
        try:
            html.write_text(quality_page(report), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{html} cannot be written: {error}") from error
    if as_json:
        typer.echo(json.dumps(report_as_json(report), default=str))
    else:
        _print(report)
    return report.holds


def _report(engine: Engine, batch: UUID | None, use_case: str | None, day: date | None) -> QualityReport:
    catalog = registered_catalog(engine)
    try:
        if batch is not None:
            found = find_batch(engine, batch)
            if found is None:
                raise UserError(f"There is no batch {batch}; list them: smartpredict quarantine list")
            return report_of_batch(engine, catalog[found.use_case], found)
        if use_case is None or day is None:
            raise UserError("A day is reported of one use case: --use-case NAME.")
        return report_of_day(engine, catalog[use_case], day)
    except UnknownUseCaseError as error:
        raise UserError(str(error)) from error


def _print(report: QualityReport) -> None:
    console = Console(markup=False)
    totals = report.totals
    console.print(Text(title_of(report), style="bold"))
    if report.problem is not None:
        console.print(Text(f"The whole was refused: {report.problem}"))
    console.print(
        f"{totals.rows_in:,} rows, {totals.quarantined:,} refused, {totals.refused:,} batches refused as a whole"
    )
    table = plain_table("column", "expectation", "rows", "broken", "share", "for example")
    for one in sorted(report.results, key=lambda one: -one.broken):
        # Text, because an example may quote from outside what looks like markup.
        cells = (
            *(one.column or "(the whole row)", one.expected, f"{one.rows:,}", f"{one.broken:,}"),
            *(f"{one.share:.2%}" if one.broken else "", "; ".join(example.message for example in one.examples)),
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
