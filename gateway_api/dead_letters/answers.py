"""Dead letters as answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from gateway_api.dead_letters.bodies import show_body
from gateway_api.wire.answers import Answer, RowError
from sql.dead_letters.decisions import KeptDecision
from sql.dead_letters.holds import Decision, Hold
from sql.dead_letters.storage import Letter


class DeadLetter(Answer):
    """A message nobody could handle."""

    letter_id: UUID = Field(description="Id of the letter.")
    number: int = Field(description="Its number on the command line.")
    queue: str = Field(description="Queue it died in.")
    use_case: str | None = Field(description="Use case, where that can be told.")
    batch_id: UUID | None = Field(description="Batch whose rows it holds, if it is one's.")
    rows: int = Field(description="Rows in it; 0 where that cannot be told.")
    cause: str = Field(description="Why nobody could handle it.")
    died_at: datetime = Field(description="When it died.")
    replayed_at: datetime | None = Field(description="When it was sent again, the last time.")
    discarded_at: datetime | None = Field(description="When it was given up.")
    size: int = Field(description="Bytes of its body.")


class DeadLetterPage(Answer):
    """Dead letters, the newest first."""

    dead_letters: list[DeadLetter] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


class LetterDecisionAnswer(Answer):
    """What somebody decided about a letter."""

    decision: Literal["repaired", "discarded"] = Field(description="Whether it was sent on repaired, or discarded.")
    person: str = Field(description="Who decided, as they call themselves.")
    account: str = Field(description="With whose key that was said.")
    reason: str = Field(description="Why.")
    rows: int = Field(description="Rows that were sent on.")
    decided_at: datetime = Field(description="When.")


class DeadLetterContent(DeadLetter):
    """A dead letter with what it holds."""

    content_type: str | None = Field(description="What the body is.")
    headers: dict[str, Any] = Field(description="Headers of the message, with those of its death.")
    body: str = Field(description="The text; or the first 20 rows of a part, as JSON Lines.")
    body_truncated: bool = Field(description="Whether the body holds more than is shown.")
    decisions: list[LetterDecisionAnswer] | None = Field(
        description="Who repaired or discarded it and why, the newest first; the body is that from before. Null where nobody did."
    )


class SkippedLetter(Answer):
    """A letter that was not sent again."""

    letter_id: UUID = Field(description="Id as given.")
    message: str = Field(description="Why, and what to do.")


class LettersReplayed(Answer):
    """Which letters were sent again."""

    replayed: list[UUID] = Field(description="Letters the broker has confirmed.")
    skipped: list[SkippedLetter] = Field(description="Letters that were not sent.")


class LetterRowsAnswer(Answer):
    """The rows of a letter, to be repaired."""

    letter_id: UUID = Field(description="Id of the letter.")
    use_case: str = Field(description="Use case the rows were held against.")
    rows: list[dict[str, Any]] = Field(description="The rows as they are; none where they cannot be read.")
    errors: list[RowError] = Field(description="What is wrong with them; at most 1,000 are listed.")
    errors_total: int = Field(description="Number of all that is wrong with them.")
    problem: str | None = Field(description="Why no rows are shown, in words.")
    is_repairable: bool = Field(description="Whether rows may be sent instead of these.")


class LetterRepaired(Answer):
    """A letter was sent on with repaired rows."""

    letter_id: UUID = Field(description="Id of the letter.")
    use_case: str = Field(description="Use case the rows are for.")
    rows: int = Field(description="Rows that were sent on.")


class LettersDiscarded(Answer):
    """Which letters were discarded."""

    discarded: list[UUID] = Field(description="Letters that were discarded.")
    skipped: list[SkippedLetter] = Field(description="Letters that do not wait.")


class HoldAnswer(Answer):
    """A sender of whom too many messages were refused, so that further refused ones are held."""

    number: int = Field(description="Its number, also on the command line.")
    account: str | None = Field(description="Account of the sender, where its messages name it (`user_id`).")
    use_case: str | None = Field(description="What the messages are for; none where no use case has the name.")
    cause: str = Field(description="Why the message was refused with which the hold began.")
    opened_at: datetime = Field(description="When it began.")
    messages: int = Field(description="Messages that were held.")
    left: int = Field(description="Those of them that are still there.")
    bytes: int = Field(description="Bytes of the bodies of all.")
    decision: Literal["released", "discarded"] | None = Field(description="What was decided; none while it waits.")
    decided_by: str | None = Field(description="Who decided.")
    decided_at: datetime | None = Field(description="When.")


class HoldList(Answer):
    """Holds, the newest first."""

    holds: list[HoldAnswer] = Field(description="Up to 200 of them.")


def hold_answer(hold: Hold) -> HoldAnswer:
    """Build the answer about one hold."""
    same = ("cause", "opened_at", "messages", "left", "bytes", "decided_by", "decided_at")
    return HoldAnswer(
        **{name: getattr(hold, name) for name in same},
        number=hold.id,
        account=hold.account or None,
        use_case=hold.use_case or None,
        decision=None if hold.decision is None else Decision(hold.decision).value,
    )


def letter_content(letter: Letter, decisions: Sequence[KeptDecision]) -> DeadLetterContent:
    """Build the answer about one letter, and what was decided about it."""
    shown = show_body(letter)
    same = ("letter_id", "queue", "use_case", "batch_id", "rows", "cause", "died_at", "replayed_at", "discarded_at")
    return DeadLetterContent(
        **{name: getattr(letter, name) for name in same},
        number=letter.id,
        size=len(letter.body),
        content_type=letter.content_type,
        headers=letter.headers,
        body=shown.text,
        body_truncated=shown.is_truncated,
        decisions=[LetterDecisionAnswer.model_validate(asdict(one)) for one in decisions] or None,
    )
