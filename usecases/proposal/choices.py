"""What a person decided about a data set before it is looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from usecases.proposal.findings import CannotInferError, Choice, Decisions
from usecases.proposal.names import ColumnName
from usecases.tasks.task import Task

_MOST_LISTED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person decided.

    Attributes
    ----------
    target
        The column to predict, by its name in the data or in the use case.
    name
        Name of the use case; made from the file's where it is empty.
    key
        Column that names a row; suggested where none is given.
    task
        Kind of answer; told from the target where none is given.
    drop, category, keep
        Columns to leave out, to take for names, and to keep whatever speaks against them.
    read
        Columns that are read in the notation that is found, as 1.002 for 1002.
    missing
        Columns whose values in question stand for missing ones, or `COLUMN=VALUE` for a value of one's own.
    decided
        Choices by the names of findings.
    """

    target: str
    name: str = ""
    key: str | None = None
    task: Task | None = None
    drop: frozenset[str] = frozenset()
    category: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    decided: Mapping[str, Choice] = field(default_factory=dict)


class Places:
    """Where the columns of a data set are, by their names in it and in the use case."""

    def __init__(self, names: Sequence[ColumnName]) -> None:
        self._names = names
        self._places = {column.name: place for place, column in enumerate(names)}
        self._places |= {column.source: place for place, column in enumerate(names)}

    def of(self, name: str, option: str) -> int:
        """Return the place of a column.

        Raises
        ------
        CannotInferError
            If there is none of this name; says where it was asked for.
        """
        if name.strip() not in self._places:
            listed = ", ".join(repr(known) for known in list(self._places)[:_MOST_LISTED])
            raise CannotInferError(f"{option} {name!r} is no column of the data; it has {listed}")
        return self._places[name.strip()]

    def decisions(self, choices: Choices) -> Decisions:
        """Return what was decided, by the columns as the data names them."""
        by_column: dict[str, set[Choice]] = defaultdict(set)
        for choice, wanted in (
            (Choice.DROP, choices.drop),
            (Choice.CATEGORY, choices.category),
            (Choice.KEEP, choices.keep),
            (Choice.READ, choices.read),
        ):
            for name in wanted:
                by_column[self._names[self.of(name, f"--{choice}")].source].add(choice)
        missing: dict[str, list[str]] = defaultdict(list)
        for text in sorted(choices.missing):
            column, _, value = text.rpartition("=")
            if text.strip() in self._places or not column:
                by_column[self._names[self.of(text, "--missing")].source].add(Choice.MISSING)
            else:
                missing[self._names[self.of(column, "--missing")].source].append(value.strip())
        return Decisions(
            by_finding=choices.decided,
            by_column={column: frozenset(found) for column, found in by_column.items()},
            missing_values={column: tuple(values) for column, values in missing.items()},
        )
