"""Reports of versions as answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from gateway_api.wire.answers import Answer
from registry.report import ModelReport
from sql.registry.thresholds import KeptThreshold


class KeptThresholdAnswer(Answer):
    """A threshold that somebody kept for a version."""

    use_case: str = Field(description="The use case.")
    version: int = Field(description="The version.")
    threshold: float = Field(description="Probability of the second class from which on its rows are to be acted on.")
    cost_of_false_alarm: float | None = Field(description="What a false alarm costs, in any unit; none if not given.")
    cost_of_miss: float | None = Field(description="What a missed row of the second class costs, in the same unit.")
    reason: str = Field(description="Why this threshold, in the words of who kept it; may be empty.")
    kept_by: str = Field(description="Who kept it.")
    kept_at: datetime = Field(description="When.")


class VersionReport(Answer):
    """The report of a version, with the threshold that is kept for it."""

    use_case: str = Field(description="The use case.")
    version: int = Field(description="The version.")
    report: ModelReport | None = Field(description="What its training found out; none where it kept no report.")
    problem: str | None = Field(description="Why there is no report, as a sentence; none where there is one.")
    threshold: KeptThresholdAnswer | None = Field(
        description="Threshold that was kept last; none where nobody kept one. Answers name the class from 0.5 on all the same: "
        "whoever acts on the threshold compares `score` with it."
    )


def threshold_answer(kept: KeptThreshold) -> KeptThresholdAnswer:
    """Build the answer about a kept threshold."""
    return KeptThresholdAnswer(
        use_case=kept.use_case,
        version=kept.version,
        threshold=kept.threshold,
        cost_of_false_alarm=kept.cost_of_false_alarm,
        cost_of_miss=kept.cost_of_miss,
        reason=kept.reason,
        kept_by=kept.kept_by,
        kept_at=kept.kept_at,
    )
