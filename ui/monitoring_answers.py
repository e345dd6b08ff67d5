"""What the gateway answers about predictions that came true, and about data that changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ui.model_answers import Metric


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the metrics probably are, told from the model's own probabilities."""

    rows: int
    calibrated: bool
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PerformanceBucket:
    """Predictions of a span of time."""

    start: datetime
    predictions: int
    labelled: int
    metrics: dict[str, Metric] = field(default_factory=dict)
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True)
class VersionPerformance:
    """How good a version was."""

    model_version: int
    predictions: int
    labelled: int
    metrics: dict[str, Metric] = field(default_factory=dict)
    confusion: dict[str, dict[str, int]] | None = None
    estimate: Estimate | None = None
    buckets: tuple[PerformanceBucket, ...] = ()


@dataclass(frozen=True, slots=True)
class Performance:
    """How good each version was, the newest first."""

    use_case: str
    start: datetime
    end: datetime
    bucket_seconds: int
    versions: tuple[VersionPerformance, ...]


@dataclass(frozen=True, slots=True)
class HistogramCell:
    """A bin of a number, a value of a category, or what stands outside of both."""

    label: str
    kind: str
    trained_share: float
    served_share: float
    served: int = 0


@dataclass(frozen=True, slots=True)
class DriftSpan:
    """A span of time; no index where there were too few rows."""

    start: datetime
    rows: int
    psi: float | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """Where a drift comes from."""

    name: str
    rows: int
    part: float


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """How far a column lies from training."""

    feature: str
    title: str
    is_number: bool
    verdict: str
    psi: float | None = None
    p_value: float | None = None
    jensen_shannon: float | None = None
    mean_trained: float | None = None
    mean_served: float | None = None
    missing_trained: float | None = None
    missing_served: float | None = None
    histogram: tuple[HistogramCell, ...] = ()
    over_time: tuple[DriftSpan, ...] = ()
    batches: tuple[Driver, ...] = ()
    sources: tuple[Driver, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """Drift of one version within a window of time; the worst columns first."""

    use_case: str
    since: datetime
    until: datetime
    verdict: str
    rows: int
    minimum_rows: int
    max_psi: float
    has_reference: bool
    model_version: int | None = None
    rows_of_other_versions: int = 0
    features: tuple[FeatureDrift, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchedSpan:
    """What arrived during a span of time."""

    start: datetime
    batches: int
    refused: int
    rows_in: int
    quarantined: int
    bad_share: float | None = None


@dataclass(frozen=True, slots=True)
class RefusedBatch:
    """A batch that was refused as a whole."""

    name: str
    received_at: datetime
    problem: str
    is_schema_change: bool = False


@dataclass(frozen=True, slots=True)
class ColumnCount:
    """A column and its bad values; no column where the whole row is at fault."""

    rows: int
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Freshness:
    """When something was heard of last."""

    last_batch_at: datetime | None = None
    last_prediction_at: datetime | None = None
    silent_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class WatchedQuality:
    """How good what arrives is, over time."""

    use_case: str
    since: datetime
    until: datetime
    rows_in: int
    quarantined: int
    max_bad_share: float
    freshness: Freshness
    bad_share: float | None = None
    trend: tuple[WatchedSpan, ...] = ()
    by_column: tuple[ColumnCount, ...] = ()
    refused: tuple[RefusedBatch, ...] = ()
