"""Champion and challenger side by side, as types."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from gateway_api.performance.answers import Metric
from gateway_api.wire.answers import Answer


class ScoreDifference(Answer):
    """How far the challenger's answers lie from the champion's: challenger minus champion.

    Of two classes the probability of the positive one, of several that of the class the champion chose, else the number.
    """

    mean: float | None = Field(description="Mean difference; none where nothing was compared.")
    mean_absolute: float | None = Field(description="Mean distance.")
    largest: float | None = Field(description="Largest distance.")
    percentiles: dict[str, float] = Field(description="5th, 25th, 50th, 75th and 95th percentile of the difference.")


class ShadowSegment(Answer):
    """Rows with one value of a feature that has few, or of one door."""

    feature: str = Field(description="The feature; `source` is the door of the row.")
    value: str | None = Field(description="The value; none where it is missing.")
    rows: int = Field(description="Rows that both answered.")
    different: int = Field(description="Those of them with different classes.")


class ShadowReport(Answer):
    """What a challenger would have answered, beside what the champion did."""

    use_case: str = Field(description="The use case.")
    start: datetime = Field(description="Rows received then or later ...")
    end: datetime = Field(description="... and before.")
    challenger: int | None = Field(description="Version that scored in shadow; none where none did.")
    champions: list[int] = Field(description="Versions that answered the same rows.")
    predictions: int = Field(description="Rows that were predicted in this time.")
    compared: int = Field(description="Those of them that both answered.")
    different: Metric | None = Field(description="Share with different classes; none where numbers are predicted.")
    confusion: dict[str, dict[str, int]] | None = Field(
        description="Rows by the champion's class, then by the challenger's; none where numbers are predicted."
    )
    difference: ScoreDifference = Field(description="How far their answers lie apart.")
    segments: list[ShadowSegment] = Field(description="Where they disagree.")
    labelled: int = Field(description="Rows that both answered and of which it is known what came true.")
    champion_metrics: dict[str, Metric] = Field(description="How good the champion was on those; empty without any.")
    challenger_metrics: dict[str, Metric] = Field(description="How good the challenger would have been on the same.")
