"""Which bad rows callers may ask for, and the rows they send again."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.wire.commands import Command, Person, Why
from gateway_api.wire.parameters import Cursor, PageQuery, RangeQuery, UseCaseName, UseCaseQuery
from sql.quarantine.rows import QuarantineFilter
from usecases.checking.reasons import RuleName
from usecases.columns.patterns import NO_NUL


class QualityQuery(RangeQuery, UseCaseQuery):
    """Which batches are counted."""

    batch_id: UUID | None = Field(default=None, description="Only this batch.")


class RowState(StrEnum):
    """What became of a bad row."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"
    ALL = "all"


class QuarantineQuery(PageQuery, RangeQuery):
    """Which bad rows."""

    use_case: UseCaseName | None = Field(default=None, description="Only those of this use case.")
    batch_id: UUID | None = Field(default=None, description="Only those of this batch.")
    column: str | None = Field(default=None, max_length=200, description="Only those with a reason in this column.")
    rule: str | None = Field(default=None, max_length=200, description="Only those that break this rule there.")
    state: RowState = Field(default=RowState.OPEN, description="Only those of which this became.")

    @property
    def which(self) -> QuarantineFilter:
        """The filters."""
        return QuarantineFilter(
            use_case=self.use_case,
            batch_id=self.batch_id,
            column=self.column,
            rule=self.rule,
            waiting=self.state is RowState.OPEN,
            replayed=self.state is RowState.REPLAYED,
            discarded=self.state is RowState.DISCARDED,
        )


class NamedRow(Command):
    """A bad row, by its place."""

    batch_id: UUID = Field(description="Batch it belongs to.")
    row_number: int = Field(ge=1, le=2**31 - 1, description="Its number there.")


class RepairedRow(NamedRow):
    """A bad row, put right."""

    row: dict[str, Any] = Field(description="All of its values, by column.")


class ReplayRows(Command):
    """Send repaired rows again."""

    use_case: UseCaseName
    rows: list[RepairedRow] = Field(min_length=1, max_length=MAX_ONLINE_ROWS)

    @field_validator("rows")
    @classmethod
    def _each_once(cls, rows: list[RepairedRow]) -> list[RepairedRow]:
        if len({(row.batch_id, row.row_number) for row in rows}) != len(rows):
            raise ValueError("a row of a batch stands twice; which of the two is meant?")
        return rows


class RepairedFileQuery(UseCaseQuery):
    """What a file of repaired rows is for."""

    batch_id: UUID | None = Field(
        default=None, description="Batch that its rows are of, where the file does not say so in `batch_id`."
    )
    name: str | None = Field(
        default=None,
        max_length=500,
        description="Name of the file where the body is the file; its ending tells the format.",
    )
    dry_run: bool = Field(default=False, description="Whether to look only, and send nothing.")


PlainValue = Annotated[str, StringConstraints(max_length=1_000, pattern=NO_NUL)]


class CorrectRows(Command):
    """Replace a value in all bad rows that have it."""

    use_case: UseCaseName
    column: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)]
    value: PlainValue | None
    replacement: PlainValue
    batch_id: UUID | None = None
    dry_run: bool = False
    cursor: Cursor = None

    @property
    def which(self) -> QuarantineFilter:
        """The rows that have the value, or none where it is missing, and wait."""
        return QuarantineFilter(
            use_case=self.use_case,
            batch_id=self.batch_id,
            column=self.column,
            rule=RuleName.MISSING if self.value is None else None,
            value=self.value,
            waiting=True,
        )


class DiscardRows(Command):
    """Discard bad rows for a reason: those that are named, or all that match and wait."""

    person: Person
    reason: Why
    use_case: UseCaseName
    rows: list[NamedRow] | None = Field(default=None, min_length=1, max_length=MAX_ONLINE_ROWS)
    batch_id: UUID | None = None
    column: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)] | None = None
    rule: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL)] | None = None
    cursor: Cursor = None

    @property
    def which(self) -> QuarantineFilter:
        """The rows that match, and wait."""
        return QuarantineFilter(
            use_case=self.use_case, batch_id=self.batch_id, column=self.column, rule=self.rule, waiting=True
        )
