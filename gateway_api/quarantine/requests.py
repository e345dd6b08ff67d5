"""What people who watch the pipeline may ask for."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field, field_validator

from broker.messages import MAX_ONLINE_ROWS, Source
from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import Moment, PageQuery, Query, RangeQuery, UseCaseName
from sql.dead_letters.storage import LetterFilter, LetterState
from sql.quarantine.rows import QuarantineFilter
from usecases.catalog import DEFAULT_USE_CASE

MOST_LETTERS = 100
"""Letters of one replay; each may be a part of 10,000 rows."""


class UseCaseQuery(Query):
    """Which use case."""

    use_case: UseCaseName = DEFAULT_USE_CASE


class SummaryQuery(RangeQuery, UseCaseQuery):
    """Which predictions are counted."""

    start: Moment | None = Field(
        default=None, description="Committed then or later; if not given, from the first prediction on."
    )
    end: Moment | None = Field(default=None, description="Committed before; if not given, until now.")
    source: Source | None = Field(default=None, description="Only those that came through this door.")
    model_version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Only those of this version.")
    buckets: int = Field(default=60, ge=2, le=1_000, description="Most spans of time.")


class QualityQuery(RangeQuery, UseCaseQuery):
    """Which batches are counted."""


class RowState(StrEnum):
    """What became of a bad row."""

    OPEN = "open"
    REPLAYED = "replayed"
    ALL = "all"


class QuarantineQuery(PageQuery, RangeQuery):
    """Which bad rows."""

    use_case: UseCaseName | None = Field(default=None, description="Only those of this use case.")
    batch_id: UUID | None = Field(default=None, description="Only those of this batch.")
    column: str | None = Field(default=None, max_length=200, description="Only those with a reason in this column.")
    rule: str | None = Field(default=None, max_length=200, description="Only those that break this rule there.")
    state: RowState = Field(default=RowState.OPEN, description="Only those that wait, or were sent again, or both.")

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
        )


class ChosenState(StrEnum):
    """What a person decided about a letter."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"
    ALL = "all"


_STATES = {
    ChosenState.OPEN: LetterState.WAITING,
    ChosenState.REPLAYED: LetterState.REPLAYED,
    ChosenState.DISCARDED: LetterState.DISCARDED,
    ChosenState.ALL: None,
}


class LetterQuery(PageQuery):
    """Which dead letters."""

    state: ChosenState = Field(default=ChosenState.OPEN, description="Only those about which this was decided.")
    queue: str | None = Field(default=None, max_length=255, description="Only those that died in this queue.")
    use_case: UseCaseName | None = Field(default=None, description="Only those of this use case.")

    @property
    def which(self) -> LetterFilter:
        """The filters."""
        return LetterFilter(queue=self.queue, use_case=self.use_case, state=_STATES[self.state])


class RepairedRow(Command):
    """A bad row, put right."""

    batch_id: UUID = Field(description="Batch it belongs to.")
    row_number: int = Field(ge=1, le=2**31 - 1, description="Its number there.")
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


class ReplayLetters(Command):
    """Send dead letters again."""

    letter_ids: list[UUID] = Field(min_length=1, max_length=MOST_LETTERS)
