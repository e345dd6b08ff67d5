"""Which dead letters callers may ask for, and send again."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.wire.commands import Command, Person, Why
from gateway_api.wire.parameters import PageQuery, Query, UseCaseName
from sql.dead_letters.storage import LetterFilter, LetterState

MOST_LETTERS = 100
"""Letters of one replay; each may be a part of 10,000 rows."""


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


class HoldState(StrEnum):
    """Whether somebody has decided about a hold."""

    OPEN = "open"
    ALL = "all"


class HoldQuery(Query):
    """Which holds."""

    state: HoldState = Field(default=HoldState.OPEN, description="Only those that wait for a decision, or all.")


class ReplayLetters(Command):
    """Send dead letters again."""

    letter_ids: list[UUID] = Field(min_length=1, max_length=MOST_LETTERS)


class LetterRowsQuery(Query):
    """What the rows of a letter are held against."""

    use_case: UseCaseName | None = Field(
        default=None, description="Use case the rows are for, where it is another than the letter says."
    )


class RepairLetter(Command):
    """Send a letter on with repaired rows."""

    person: Person
    reason: Why
    rows: list[dict[str, Any]] = Field(min_length=1, max_length=MAX_ONLINE_ROWS)
    use_case: UseCaseName | None = None


class DiscardLetters(Command):
    """Discard letters for a reason."""

    person: Person
    reason: Why
    letter_ids: list[UUID] = Field(min_length=1, max_length=MOST_LETTERS)
