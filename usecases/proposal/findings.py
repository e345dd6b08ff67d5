"""What is worth a person's look about a data set, and what a person may say to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from usecases.formats.format import Noted, outcome_of


class Severity(StrEnum):
    """How much a finding asks of a person."""

    DECIDE = "decide"
    """Without a decision nothing is written; `done` says what is done if it is left as suggested."""
    LOOK = "look"
    """Probably right as it is, and worth a look."""
    INFO = "info"
    """Good to know."""


class Choice(StrEnum):
    """What a person may say to a finding."""

    KEEP = "keep"
    """Use the column as it is."""
    DROP = "drop"
    """Leave the column out."""
    CATEGORY = "category"
    """Take its values as names, not as amounts."""
    MISSING = "missing"
    """Take the values in question as missing ones."""
    READ = "read"
    """Read the values in the notation that was found: 1.002 as 1002, 31.12.2026 as 2026-12-31."""


class Finding(BaseModel):
    """One thing that was found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = Field(description="Column as the data names it; none where it is about all of them.")
    kind: str = Field(default="", description="What kind of finding it is; with the column it identifies the finding.")
    severity: Severity = Field(description="How much it asks of a person.")
    text: str = Field(description="What was found.")
    done: str = Field(description="What was done about it.")
    choices: tuple[Choice, ...] = Field(default=(), description="What a person may say to it; none where nothing.")
    suggestion: Choice | None = Field(default=None, description="What is done if nobody decides.")
    choice: Choice | None = Field(default=None, description="What was done: as decided, or else as suggested.")

    @property
    def id(self) -> str:
        """Name of the finding, the same whenever the same is found in the same column."""
        return finding_id(self.column, self.kind)


def finding_id(column: str | None, kind: str) -> str:
    """Return the name of a finding.

    >>> finding_id("closing code", "leak"), finding_id(None, "few rows")
    ('closing code: leak', 'few rows')
    """
    return kind if column is None else f"{column}: {kind}"


def not_read(texts: Sequence[str]) -> list[Finding]:
    """Return findings about what of a file is not in its table, such as malformed lines and totals, and what one may not expect in it."""
    return [
        Finding(
            column=None,
            kind="hidden" if isinstance(text, Noted) else "not read",
            severity=Severity.LOOK,
            text=text,
            done=outcome_of(text),
        )
        for text in texts
    ]


class CannotInferError(ValueError):
    """No use case can be made of this data; says what to change."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided, to be asked by whoever finds something.

    Attributes
    ----------
    by_finding
        Choices by the names of findings.
    by_column
        Choices by column; one counts for every finding of its column that offers it.
    missing_values
        Texts that a person knows to stand for a missing value, by column.
    """

    by_finding: Mapping[str, Choice] = field(default_factory=dict)
    by_column: Mapping[str, frozenset[Choice]] = field(default_factory=dict)
    missing_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def ask(
        self,
        column: str,
        kind: str,
        text: str,
        suggestion: Choice,
        done: Mapping[Choice, str],
        severity: Severity = Severity.DECIDE,
    ) -> Finding:
        """Return the finding with what a person decided about it, or else with the suggestion.

        Parameters
        ----------
        column, kind, text
            What was found.
        suggestion
            What is done if nobody decides.
        done
            What each choice does, in words.
        severity
            How much it asks of a person as long as nobody has decided.

        Raises
        ------
        CannotInferError
            If something was decided that the finding does not offer.
        """
        choice = self._decided(finding_id(column, kind), column, list(done))
        return Finding(
            column=column,
            kind=kind,
            severity=severity if choice is None else Severity.INFO,
            text=text,
            done=done[suggestion] if choice is None else f"{done[choice]}, as decided",
            choices=tuple(done),
            suggestion=suggestion,
            choice=choice or suggestion,
        )

    def _decided(self, name: str, column: str, offered: list[Choice]) -> Choice | None:
        if name in self.by_finding:
            choice = self.by_finding[name]
            if choice not in offered:
                raise CannotInferError(f"{name!r} cannot be decided with {choice}; choose {' or '.join(offered)}")
            return choice
        given = self.by_column.get(column, frozenset())
        return next((choice for choice in offered if choice in given), None)
