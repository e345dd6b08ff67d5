"""The report of a version: what its training found out about it, computed once and kept beside the model, of bounded size."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

MOST_BYTES = 2 * 1024 * 1024
"""Size past which a report is not read; those of trainings have some tens of kilobytes, whatever the rows."""


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


Rounded = Annotated[float, AfterValidator(_rounded)]
"""A number with six digits: more would say nothing, and fill the file."""

Metrics = dict[str, Rounded]


class UnreadableReportError(ValueError):
    """The report beside a version is none that this release can read."""


class _Frozen(BaseModel):
    # What a newer release adds is passed over; NaN and infinity, which JSON has not, cannot get in.
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class JudgedRows(_Frozen):
    """Which rows a version learned from and was judged by."""

    training: int = Field(description="Rows it learned from.")
    validation: int = Field(description="Rows that told it when to stop.")
    holdout: int = Field(description="Rows it was judged by, which it has not seen.")
    split: str = Field(description="How these were chosen: `time`, `group` or `random`.")
    words: str = Field(description="Which rows these are, in words.")
    digest: str = Field(
        description="Digest of what came true on them: equal where versions were judged by the same rows."
    )


class FeatureGroup(_Frozen):
    """Rows with like values of a feature, and what these added to the answer."""

    label: str = Field(description="The values.")
    rows: int = Field(description="Rows of the sample.")
    contribution: Rounded = Field(description="Mean of what the feature added to the margin of the model (SHAP).")


class ReportedFeature(_Frozen):
    """How much a feature counts."""

    feature: str = Field(description="Its name.")
    gain: Rounded = Field(description="Share of the gain of all splits.")
    contribution: Rounded | None = Field(
        description="Mean absolute contribution to the margin (SHAP), over the rows of a sample; none where the model library "
        "cannot tell."
    )
    groups: list[FeatureGroup] = Field(
        description="Which values raise the answer, and which lower it; of the features that count most, where a model has one "
        "output."
    )


class ThresholdCurve(_Frozen):
    """How rows of a class and others fare at every threshold: the ROC and the precision-recall curve are made of it."""

    class_name: str = Field(description="The class.")
    positives: int = Field(description="Rows of the class.")
    negatives: int = Field(description="Other rows.")
    thresholds: list[Rounded] = Field(
        description="Probabilities from which on a row counts as of the class, ascending."
    )
    hits: list[int] = Field(description="Rows of the class from each threshold on.")
    false_alarms: list[int] = Field(description="Other rows from each threshold on.")


class ConfusionMatrix(_Frozen):
    """Rows by the class that came true and the predicted one."""

    classes: list[str] = Field(description="The classes; those that are not listed are put together in the last one.")
    rows: list[list[int]] = Field(
        description="A list for each class that came true, with a count for each predicted one."
    )


class CalibrationTenth(_Frozen):
    """Rows whose probability lies in one tenth."""

    predicted: Rounded = Field(description="Mean probability that was said.")
    observed: Rounded = Field(description="Share for which it came true.")
    rows: int = Field(description="Rows.")


class ErrorBin(_Frozen):
    """Rows with like errors."""

    lower: Rounded = Field(description="Errors from here; an error is predicted minus true.")
    upper: Rounded = Field(description="Up to here.")
    rows: int = Field(description="Rows; those beyond the first and last bin count there.")


class ErrorGroup(_Frozen):
    """Rows with like predictions, and their errors."""

    predicted: Rounded = Field(description="Mean of the predictions.")
    observed: Rounded = Field(description="Mean of what came true.")
    low: Rounded = Field(description="Error that one row in ten falls below.")
    high: Rounded = Field(description="Error that one row in ten exceeds.")
    rows: int = Field(description="Rows.")


class PredictedAndTrue(_Frozen):
    """One row."""

    predicted: Rounded = Field(description="What was predicted.")
    observed: Rounded = Field(description="What came true.")


class Residuals(_Frozen):
    """Errors of predicted numbers."""

    bins: list[ErrorBin] = Field(description="How errors are spread.")
    groups: list[ErrorGroup] = Field(description="Errors by what was predicted, in tenths of the rows.")
    pairs: list[PredictedAndTrue] = Field(description="Some rows, evenly chosen.")


class SegmentGroup(_Frozen):
    """Performance on rows with like values of a column."""

    label: str = Field(description="The values.")
    rows: int = Field(description="Rows of the holdout.")
    metrics: Metrics = Field(description="Metrics on them; none where they are too few.")
    predicted: Rounded | None = Field(description="Mean of the predictions, or of the probability of the second class.")
    observed: Rounded | None = Field(description="Mean of what came true, or share of the second class.")


class Segments(_Frozen):
    """Performance by the values of one column."""

    column: str = Field(description="The column.")
    kind: str = Field(description="`category`, `number` or `time`.")
    groups: list[SegmentGroup] = Field(description="Categories from the most frequent on; numbers and times ascending.")


class LearningPoint(_Frozen):
    """A model of the same configuration that learned from some of the rows."""

    rows: int = Field(description="Rows it learned from.")
    training: Metrics = Field(description="Metrics on these very rows, or on some of them.")
    holdout: Metrics = Field(description="Metrics on the holdout.")


class ModelReport(_Frozen):
    """What a training found out about a version."""

    task: str = Field(description="Task of the use case.")
    rows: JudgedRows = Field(description="Which rows it learned from and was judged by.")
    metrics: Metrics = Field(description="Metrics on the holdout.")
    metrics_at_random: Metrics = Field(
        description="What rows drawn at random would have said; empty where the holdout is drawn at random."
    )
    features: list[ReportedFeature] = Field(description="Features, the most important first.")
    curves: list[ThresholdCurve] = Field(
        description="Of two classes that of the second one; of several a curve for each frequent class against the others."
    )
    confusion: ConfusionMatrix | None = Field(
        description="Confusion of the answers as they are given; none of numbers."
    )
    calibration: list[CalibrationTenth] = Field(
        description="Whether it is as often right as it says; empty for numbers."
    )
    calibration_at_random: list[CalibrationTenth] = Field(description="The same on rows drawn at random.")
    residuals: Residuals | None = Field(description="Errors; none of classes.")
    segments: list[Segments] = Field(description="Performance by the values of columns.")
    learning_curve: list[LearningPoint] = Field(description="How it fares by the rows it learned from, ascending.")
    by_horizon: dict[str, list[Rounded]] = Field(description="Of a forecast: errors and hits of intervals by horizon.")
    notes: list[str] = Field(description="What was not measured, or on some rows only, and why.")


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """Leave out metrics that could not be computed.

    >>> finite({"mae": 0.5, "relative_mae": float("inf")})
    {'mae': 0.5}
    """
    return {name: float(value) for name, value in metrics.items() if isfinite(value)}


def read_report(content: bytes) -> ModelReport:
    """Read the report of a version.

    Raises
    ------
    UnreadableReportError
        If it is too large, or no report that this release knows.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableReportError(f"it has {len(content):,} bytes, {MOST_BYTES:,} are the most that is read")
    try:
        return ModelReport.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UnreadableReportError(f"{where + ': ' if where else ''}{first['msg']}") from error
