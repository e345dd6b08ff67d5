"""A column on its way to a feature, with what was found about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from usecases.columns.features import Feature
from usecases.columns.notations import Notation, plain_values
from usecases.columns.written import Written
from usecases.proposal.columns import Values, as_decimals, read_values
from usecases.proposal.findings import Choice, Decisions, Finding, Severity
from usecases.proposal.names import ColumnName, quoted


@dataclass(slots=True)
class Judged:
    """What became of a column: a feature, or none."""

    column: ColumnName
    values: Values
    decisions: Decisions
    feature: Feature | None = None
    why: str = ""
    """Why the feature is as it is; a comment in the file."""
    power: float = 0.0
    """How much of the target it knows by itself."""
    written: Written = Written.CELLS
    """What its texts are in the file."""
    missing_values: tuple[str, ...] = ()
    """Texts of the column that stand for a missing value."""
    notation: Notation | None = None
    """How its values are written, where that is not as programs do; training reads them so."""
    is_made_names: bool = False
    """Whether its values are taken as names by a decision about one of its findings."""
    findings: list[Finding] = field(default_factory=list)

    def find(self, severity: Severity, kind: str, text: str, done: str) -> None:
        """Note a finding that leaves nothing to decide."""
        self.findings.append(Finding(column=self.column.source, kind=kind, severity=severity, text=text, done=done))

    def ask(
        self, kind: str, text: str, suggestion: Choice, done: Mapping[Choice, str], severity: Severity = Severity.DECIDE
    ) -> Choice:
        """Note a finding that a person may decide about, and return what shall be done."""
        finding = self.decisions.ask(self.column.source, kind, text, suggestion, done, severity)
        self.findings.append(finding)
        assert finding.choice is not None  # noqa: S101  # whoever asks gets an answer
        return finding.choice

    def leave_out(self, severity: Severity, kind: str, text: str) -> None:
        """Note that the column is no feature, whatever somebody says."""
        self.feature = None
        self.find(severity, kind, text, "left out")

    def read_in(self, raw: pa.Array, notation: Notation) -> pa.Array:
        """Read the column in the notation that was found; return it as programs write it."""
        self.notation, plain_column = notation, plain_values(raw, notation)
        self.values = as_decimals(read_values(plain_column))
        return plain_column

    @property
    def is_kept(self) -> bool:
        """Whether somebody decided that the column stays."""
        return Choice.KEEP in self.decisions.by_column.get(self.column.source, ()) or any(
            found.choice is Choice.KEEP is not found.suggestion for found in self.findings
        )

    @property
    def flag(self) -> str:
        """The column as an option of the command line names it."""
        return quoted(self.column.source)
