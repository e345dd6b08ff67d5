"""Adding a use case over HTTP: what is sent and what is answered, as types."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from gateway_api.wire.answers import Answer
from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import Query
from usecases.inference.findings import Severity
from usecases.tasks.task import Task

ColumnNames = list[str]


class InferQuery(Query):
    """What a person decided about the data."""

    target: str = Field(max_length=200, description="Column to predict, by its name in the file.")
    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
    use_case: str = Field(
        default="", max_length=60, description="Name of the use case; made from the file's if not given."
    )
    key: str | None = Field(default=None, max_length=200, description="Column that names a row.")
    task: Task | None = Field(default=None, description="Kind of answer; told from the target if not given.")
    drop: ColumnNames = Field(default=[], max_length=1_000, description="Columns to leave out.")
    category: ColumnNames = Field(
        default=[], max_length=1_000, description="Columns whose values are names, however many."
    )
    keep: ColumnNames = Field(default=[], max_length=1_000, description="Columns to keep, suspicious as they are.")


class FindingAnswer(Answer):
    """One thing that was found in the data."""

    column: str | None = Field(description="Column as the file names it; none where it is about all of them.")
    severity: Severity = Field(description="`decide`: a person has to; `look`: probably right; `info`: good to know.")
    text: str = Field(description="What was found.")
    done: str = Field(description="What was done about it.")


class InferAnswer(Answer):
    """A use case as it would be, and what a person should look at first."""

    use_case: dict[str, Any] = Field(description="As in `usecase.yaml`; may be edited and sent to `POST /use-cases`.")
    data: str = Field(description="Name of the stored file, for `POST /use-cases`; kept for a day.")
    rows: int = Field(description="Rows of the file.")
    findings: list[FindingAnswer] = Field(description="What was found, what has to be decided first.")
    undecided: int = Field(description="Findings that have to be decided; without a decision `done` stands.")
    reasons: dict[str, str] = Field(description="Why each column is what it is, by its name in the use case.")


class AddUseCase(Command):
    """A use case to add."""

    use_case: dict[str, Any]
    data: str = Field(pattern=r"^[0-9a-f]{64}(\.[a-z0-9]+)+$")


class AddedUseCase(Answer):
    """A use case that was added; services know it within a second."""

    name: str = Field(description="Its name.")
    schema_hash: str = Field(description="Digest of its row contract.")
    next: str = Field(description="The command that gives it a model.")
