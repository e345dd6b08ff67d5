"""What the gateway answers, as frozen values; fields that this page does not know are passed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UseCaseSummary:
    """A use case in a list."""

    name: str
    title: str
    task: str
    description: str = ""
    default: bool = False


@dataclass(frozen=True, slots=True)
class UseCaseList:
    """All use cases."""

    use_cases: tuple[UseCaseSummary, ...]


@dataclass(frozen=True, slots=True)
class Feature:
    """A column that a row brings, with all that a form needs to ask for it."""

    name: str
    type: Literal["float", "integer", "category", "boolean", "timestamp"]
    title: str
    description: str = ""
    unit: str = ""
    nullable: bool = False
    minimum: float | int | None = None
    maximum: float | int | None = None
    values: tuple[str, ...] | None = None
    example: Any = None


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition between the values of one row."""

    name: str
    check: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class UseCase:
    """All that is needed to build a form or to read a file for a use case."""

    name: str
    title: str
    task: str
    features: tuple[Feature, ...]
    description: str = ""
    classes: tuple[str, ...] = ()
    key: str | None = None
    rules: tuple[RowRule, ...] = ()
    max_bad_share: float = 0.5
    example: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a row, in order: the key first where there is one."""
        names = tuple(feature.name for feature in self.features)
        return (self.key, *names) if self.key else names


@dataclass(frozen=True, slots=True)
class Prediction:
    """What became of one row."""

    id: UUID
    prediction: str | float
    features: dict[str, Any]
    score: float | None = None
    scores: dict[str, float] | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the model answered so: base value and contributions add up to its margin."""

    base_value: float
    contributions: dict[str, float]


@dataclass(frozen=True, slots=True)
class Predicted:
    """The rows are predicted and committed."""

    request_id: UUID
    use_case: str
    model_version: int
    predictions: tuple[Prediction, ...]
    explanations: tuple[Explanation | dict[str, Explanation], ...] | None = None
    """One for each row where they were asked for; by class where there are several."""


@dataclass(frozen=True, slots=True)
class StoredPrediction(Prediction):
    """A prediction as it is stored, with where it came from."""

    batch_id: UUID = field(kw_only=True)
    row_number: int = field(kw_only=True)
    source: str = field(kw_only=True)
    model_version: int = field(kw_only=True)
    received_at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class PredictionPage:
    """Stored predictions, a page of them."""

    use_case: str
    predictions: tuple[StoredPrediction, ...]
    next_cursor: str | None = None
    searched_to: datetime | None = None
    """Where the search rests before the page is full; the next page goes on from there."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The file has arrived; its rows are checked and predicted from here on."""

    batch_id: UUID
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class BatchRows:
    """Where the rows of a batch are."""

    rows_in: int
    predicted: int
    quarantined: int
    dead_lettered: int
    pending: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch: what arrived, and where its rows are."""

    batch_id: UUID
    use_case: str
    source: str
    name: str
    state: str
    done: bool
    balanced: bool
    rows: BatchRows
    received_at: datetime
    progress: float | None = None
    problem: str | None = None
    model_version: int | None = None
    read_at: datetime | None = None
    committed_at: datetime | None = None
    seconds_to_commit: float | None = None


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Batches, the newest first."""

    batches: tuple[Batch, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a row is bad."""

    rule: str
    message: str
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A bad row, kept as it came."""

    row_number: int
    raw: str
    reasons: tuple[Reason, ...]
    replayed_as: UUID | None = None
    replayed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    """Bad rows of a batch, in their order."""

    batch_id: UUID
    use_case: str
    rows: tuple[QuarantinedRow, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """A version of a model that answers."""

    version: int
    workers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What is served for one use case."""

    use_case: str
    versions: tuple[ServedVersion, ...]


@dataclass(frozen=True, slots=True)
class ModelList:
    """What is served, as the workers that are alive report it."""

    models: tuple[ServedModel, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to work."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether rows sent now would be predicted, and what was looked at."""

    checks: tuple[Check, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether all of it works; an answer without checks is no yes."""
        return bool(self.checks) and all(check.ok for check in self.checks)
