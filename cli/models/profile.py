"""The command that shows what is in a file of data, before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import UserError
from cli.file_formats import FILE_FORMATS

if TYPE_CHECKING:
    from usecases.analysis.analysis import Analysis

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(profile)


def profile(
    data: Annotated[
        Path,
        typer.Argument(help=f"File of data: {FILE_FORMATS}.", dir_okay=False),
    ],
    target: Annotated[str | None, typer.Option(help="Column to predict: how all others go together with it.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Where the page is written; FILE.profile.html if not given.", dir_okay=False)
    ] = None,
) -> None:
    """Show what is in a file: types, distributions, missing values, outliers, relations, and what is worth a look.

    Prints a table and writes a page with plots that needs nothing else. Nothing is trained and no use case made.
    """
    from usecases.analysis.analysis import analyze, infer_and_analyze  # noqa: PLC0415 - see COMMAND_MODULES
    from usecases.analysis.page import analysis_page  # noqa: PLC0415 - same
    from usecases.formats.chunks import FileBrokenError  # noqa: PLC0415 - same
    from usecases.formats.data_files import read_data  # noqa: PLC0415 - same
    from usecases.proposal.choices import Choices  # noqa: PLC0415 - same
    from usecases.proposal.findings import CannotInferError, not_read  # noqa: PLC0415 - same

    if not data.exists():
        raise UserError(f"There is no file {data}")
    choices = None if target is None else Choices(target=target)
    try:
        left_out: list[str] = []
        table = read_data(data, left_out.append)
        with _shown_progress() as progress:
            if choices is None:
                found = analyze(table, data.name, findings=not_read(left_out), progress=progress)
            else:
                found = infer_and_analyze(table, data.name, choices, left_out, progress)
    except FileBrokenError as error:
        raise UserError(f"{data.name} cannot be read: {error}") from error
    except CannotInferError as error:
        raise UserError(str(error)) from error
    _show(found)
    page = output or Path(f"{data.name}.profile.html")
    page.write_text(analysis_page(found), encoding="utf-8")
    typer.echo(f"With plots: {page}")
    if target is None:
        typer.echo(f"How columns go together with one of them: smartpredict profile {data} --target COLUMN")


@contextmanager
def _shown_progress() -> Iterator[Callable[[float], None]]:
    from rich.progress import Progress  # noqa: PLC0415 - see COMMAND_MODULES

    with Progress(transient=True) as bars:
        task = bars.add_task("Looking at every column", total=1.0)
        yield lambda share: bars.update(task, completed=share)


def _show(found: Analysis) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same

    console = Console(highlight=False, markup=False)
    repeated = f"; {found.repeated:,} are the same as an earlier row" if found.repeated else ""
    console.print(f"{found.name}: {found.rows:,} rows, {len(found.columns):,} columns{repeated}", markup=False)
    table = plain_table("column", "holds", "missing", "different", "from", "to", "far out")
    if found.target:
        table.add_column(f"with {found.target}")
    for column in found.columns:
        numbers = column.numbers
        span = (f"{numbers.minimum:g}", f"{numbers.maximum:g}") if numbers else (column.first, column.last)
        cells = [column.name, column.kind, f"{column.missing:,}", f"{column.different:,}", *span]
        cells.append("" if numbers is None else f"{numbers.outliers:,}")
        if found.target:
            related = found.related.get(column.name)
            cells.append("" if related is None else f"{related.value:.2f} ({related.measure})")
        table.add_row(*cells)
    console.print(table, markup=False)
    for pair in found.alike[:10]:
        console.print(
            f"{pair.first} and {pair.second} tell the same ({pair.spearman:.3f})", markup=False, soft_wrap=True
        )
    if found.findings:
        findings = plain_table("", "column", "found", "suggested")
        for finding in found.findings:
            findings.add_row(finding.severity.value, finding.column or "(all)", finding.text, finding.done)
        console.print(findings, markup=False)
