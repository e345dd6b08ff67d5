"""The limits that a use case sets on the metrics of a new version."""

from __future__ import annotations

from pydantic import Field

from usecases.columns.features import Strict

DEFAULT_MAX_LOSS = 0.02
"""Share a metric may lose where a use case says nothing; holdouts differ by chance, so none at all would refuse equals."""


class MetricLimit(Strict):
    """How far one metric of a new version may fall behind."""

    name: str = Field(max_length=60, description="The metric, such as `roc_auc` of classes or `rmse` of numbers.")
    max_loss: float = Field(
        default=DEFAULT_MAX_LOSS,
        ge=0,
        description="Share of the champion's value by which a new version may be worse; 0.02 is two percent.",
    )
    worst: float | None = Field(
        default=None, description="Value past which no version is served, however bad the champion is."
    )


class PromotionLimits(Strict):
    """What a version must reach on its holdout before it may be served."""

    metrics: tuple[MetricLimit, ...] = Field(
        default=(),
        max_length=20,
        description="Limits. Without any, `roc_auc` of classes or `rmse` of numbers may lose two percent.",
    )
