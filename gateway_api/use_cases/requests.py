"""What callers send to have a use case made of a file, and to add it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import Query
from usecases.contract.wording import Wording
from usecases.proposal.findings import Choice
from usecases.tasks.task import Task

STORED_DATA = r"^[0-9a-f]{64}(\.[a-z0-9]{1,20}){1,3}$"
"""Name of a file that was handed in: its digest, and the ending of its name."""

ColumnNames = list[str]
Decided = Annotated[str, Field(max_length=1_100, pattern=rf"=({'|'.join(Choice)})$")]
"""A finding and what was chosen."""


class InferQuery(Query):
    """What a person decided about the data."""

    target: str = Field(max_length=1_000, description="Column to predict, by its name in the file.")
    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
    use_case: str = Field(
        default="", max_length=60, description="Name of the use case; made from the file's if not given."
    )
    key: str | None = Field(default=None, max_length=1_000, description="Column that names a row.")
    task: Task | None = Field(default=None, description="Kind of answer; told from the target if not given.")
    drop: ColumnNames = Field(default=[], max_length=1_000, description="Columns to leave out.")
    category: ColumnNames = Field(
        default=[], max_length=1_000, description="Columns whose values are names, however many."
    )
    keep: ColumnNames = Field(default=[], max_length=1_000, description="Columns to keep, suspicious as they are.")
    read: ColumnNames = Field(
        default=[],
        max_length=1_000,
        description="Columns that are read in the notation that is found, such as 1.002 for 1002.",
    )
    missing: ColumnNames = Field(
        default=[],
        max_length=1_000,
        description="Columns whose values in question stand for missing ones; `COLUMN=VALUE` for a value of your own.",
    )
    decide: list[Decided] = Field(
        default=[],
        max_length=1_000,
        description="What was decided: the `id` of a finding, `=`, and one of its `choices`, as in `code: leak=keep`.",
    )


class ProfileQuery(Query):
    """What a person wants to see of a file."""

    target: str | None = Field(
        default=None, max_length=1_000, description="Column to predict: how all others go together with it."
    )
    name: str = Field(default="", max_length=500, description="Name of the file, for the title.")


StoredData = Annotated[str, Path(pattern=STORED_DATA, description="`data` of the answer of `POST /use-cases/infer`.")]


class AddUseCase(Command):
    """A use case to add."""

    use_case: dict[str, Any]
    data: str = Field(pattern=STORED_DATA)


class ChangeWording(Wording, Command):
    """What people read about a use case, from now on."""
