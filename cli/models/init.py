"""The command that makes a use case of a file of data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import usecases_folder
from cli.errors import UserError
from cli.file_formats import FILE_FORMATS

if TYPE_CHECKING:
    from usecases.proposal.infer import Inferred

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add it to the command line."""
    app.command()(init)


def init(
    data: Annotated[
        Path,
        typer.Argument(
            help=f"File with one row per known case: {FILE_FORMATS}.",
            dir_okay=False,
        ),
    ],
    target: Annotated[str, typer.Option(help="Column to predict.")],
    name: Annotated[str, typer.Option(help="Name of the use case; made from the file's if not given.")] = "",
    key: Annotated[str | None, typer.Option(help="Column that names a row, for labels that come later.")] = None,
    task: Annotated[str | None, typer.Option(help="binary, multiclass or regression; told from the target.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Leave a column out. May be repeated.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Take values for names, however many.")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="Keep a column, suspicious as it is.")] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(help="Read a column in the notation that is found: 1.002 as 1002, 1 234,5 as 1234.5."),
    ] = None,
    missing: Annotated[
        list[str] | None,
        typer.Option(help="Take the values in question as missing ones, or a value of your own: COLUMN=VALUE."),
    ] = None,
    decide: Annotated[
        Path | None,
        typer.Option(
            help="File of decisions, YAML: read, and written with what is open where there is none yet.", dir_okay=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take every suggestion.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a use case of the same name.")] = False,
) -> None:
    """Make a use case of a file: types, ranges, categories and task, and what a person should look at.

    Writes usecase.yaml and a copy of the data into the folder of use cases. Exit status 1 and nothing written where
    something has to be decided: by the named flags, in the file of --decide, or with --yes as suggested.
    """
    from usecases.contract.catalog import UseCaseFileError  # noqa: PLC0415 - see COMMAND_MODULES
    from usecases.contract.folder import UseCaseExistsError, write_use_case  # noqa: PLC0415 - same
    from usecases.formats.chunks import FileBrokenError  # noqa: PLC0415 - same
    from usecases.formats.data_files import read_data  # noqa: PLC0415 - same
    from usecases.formats.reading import UnknownFormatError, ending_of  # noqa: PLC0415 - same
    from usecases.proposal.choices import Choices  # noqa: PLC0415 - same
    from usecases.proposal.decision_file import decisions_yaml, read_decisions  # noqa: PLC0415 - same
    from usecases.proposal.findings import CannotInferError  # noqa: PLC0415 - same
    from usecases.proposal.infer import infer  # noqa: PLC0415 - same
    from usecases.proposal.writing import inferred_yaml  # noqa: PLC0415 - same
    from usecases.tasks.task import Task  # noqa: PLC0415 - same

    if not data.exists():
        raise UserError(f"There is no file {data}")
    try:
        ending = ending_of(data.name)
    except UnknownFormatError as error:
        raise UserError(str(error)) from error
    tasks = {known.value: known for known in Task if known is not Task.FORECAST}  # no file says how rows follow from it
    if task is not None and task not in tasks:
        *others, last = tasks
        raise typer.BadParameter(f"{task} is no task; there are {', '.join(others)} and {last}")
    choices = Choices(
        target=target,
        name=name,
        key=key,
        task=None if task is None else tasks[task],
        drop=frozenset(drop or ()),
        category=frozenset(category or ()),
        keep=frozenset(keep or ()),
        read=frozenset(read or ()),
        missing=frozenset(missing or ()),
    )
    root = usecases_folder()
    try:
        if decide is not None and decide.exists():
            choices = replace(choices, decided=read_decisions(decide))
        left_out: list[str] = []
        table = read_data(data, left_out.append)
        inferred = infer(table, choices, file_name=data.name, data=f"training{ending}", left_out=left_out)
        _show(inferred, data)
        if decide is not None and (inferred.undecided or not decide.exists()):
            text = decisions_yaml(inferred.findings, choices.decided, data.name, all_decided=yes)
            decide.write_text(text, encoding="utf-8")
            typer.echo(f"Decisions: {decide}")
        if inferred.undecided and not yes:
            raise UserError(_undecided(inferred, decide))
        root.mkdir(parents=True, exist_ok=True)
        text = inferred_yaml(inferred, data.name)
        use_case = write_use_case(root, inferred.use_case.name, text, (data, f"training{ending}"), replace=force)
    except FileBrokenError as error:
        raise UserError(f"{data.name} cannot be read: {error}") from error
    except (CannotInferError, UseCaseFileError) as error:
        raise UserError(str(error)) from error
    except UseCaseExistsError as error:
        raise UserError(f"{error}; --force replaces it, --name gives this one another name") from error
    typer.echo(f"Written: {root / use_case.name / 'usecase.yaml'}")
    typer.echo(f"Look through it, then: smartpredict train {use_case.name}")


def _show(inferred: Inferred, data: Path) -> None:
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES

    from cli.tables import plain_table  # noqa: PLC0415 - same
    from usecases.proposal.writing import kind_words  # noqa: PLC0415 - same

    use_case = inferred.use_case
    console = Console(highlight=False, markup=False)
    classes = f" ({use_case.target_spelling.classes_in_words})" if use_case.classes else ""
    key = f"; key {use_case.key}" if use_case.key else ""
    console.print(
        f"{use_case.name}: {use_case.task} of {use_case.target}{classes} from {inferred.rows:,} rows of {data.name}; "
        f"{len(use_case.features)} features: {kind_words(use_case)}{key}",
        soft_wrap=True, markup=False,
    )  # fmt: skip
    score = use_case.task.definition.score_in_words(use_case.target_spelling)
    if score:
        console.print(f"{score}.", soft_wrap=True, markup=False)
    if inferred.findings:
        table = plain_table("", "column", "found", "done")
        for finding in inferred.findings:
            table.add_row(finding.severity.value, finding.column or "(all)", finding.text, finding.done)
        console.print(table, markup=False)


def _undecided(inferred: Inferred, decide: Path | None) -> str:
    columns = ", ".join(dict.fromkeys(finding.column or "(all)" for finding in inferred.undecided))
    how = (
        "--drop, --keep, --category, --read and --missing COLUMN say what shall be, or a file of decisions, --decide FILE"
        if decide is None
        else f"Fill in what is open in {decide} and run this again"
    )
    return f"Nothing is written: decide about {columns}. {how}; --yes takes what stands under done."
