"""What the page asks for: filters, and what people put right or decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ui.gateway.connection import Parameters, parameters_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFilters:
    """Which predictions are looked for by what was answered; what is None or empty is not filtered by."""

    classes: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def parameters(self) -> Parameters:
        """The filters as the gateway takes them."""
        return parameters_of(prediction=self.classes, least=self.least, most=self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which predictions are looked for; what is None is not filtered by."""

    use_case: str
    start: datetime | None = None
    end: datetime | None = None
    key: str | None = None
    batch_id: UUID | None = None
    source: str | None = None
    model_version: int | None = None
    outcome: str | None = None
    rows: RowFilters = RowFilters()

    @property
    def can_be_counted(self) -> bool:
        """Whether the gateway counts such rows over time; the parts that it adds up tell of no key, batch, score or outcome."""
        return {self.key, self.batch_id, self.outcome, self.rows.least, self.rows.most} == {None}

    @property
    def parameters(self) -> Parameters:
        """The filters as the gateway takes them."""
        return {
            **parameters_of(
                use_case=self.use_case,
                start=self.start,
                end=self.end,
                key=self.key,
                batch_id=self.batch_id,
                source=self.source,
                model_version=self.model_version,
                outcome=self.outcome,
            ),
            **self.rows.parameters,
        }


@dataclass(frozen=True, slots=True)
class RepairedRow:
    """A quarantined row with its values put right."""

    batch_id: UUID
    row_number: int
    row: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A value that is replaced in all refused rows of a batch that have it, or of all batches."""

    use_case: str
    column: str
    value: str | None
    """None where it is missing."""
    replacement: str
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewMapping:
    """How files with a header are read from now on: what each column is, and how texts and numbers are written."""

    use_case: str
    columns: dict[str, str | None]
    encoding: str
    notations: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDecisions:
    """What a person decided about the columns of a file that becomes a use case."""

    target: str
    name: str = ""
    key: str = ""
    task: str = ""
    keep: Sequence[str] = ()
    drop: Sequence[str] = ()
    category: Sequence[str] = ()
    missing: Sequence[str] = ()
    by_finding: Mapping[str, str] = field(default_factory=dict)
