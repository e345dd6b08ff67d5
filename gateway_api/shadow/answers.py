"""Champion and challenger side by side, as answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import Field

from gateway_api.wire.answers import Answer, Metric, metric_answers
from monitoring.performance.version_counts import Counts, metrics_of
from sql.shadow.scores import CHALLENGER, CHAMPION, SHARES, Comparison, Difference, ShadowWindow
from usecases.contract.spec import UseCase
from usecases.metrics.intervals import proportion


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


def shadow_report(
    window: ShadowWindow, challenger: int | None, found: Comparison, sides: Mapping[int, Counts]
) -> ShadowReport:
    """Build the answer about a comparison."""
    use_case = window.use_case
    compared = sum(pair.rows for pair in found.pairs)
    return ShadowReport(
        use_case=use_case.name,
        start=window.start,
        end=window.end,
        challenger=challenger,
        champions=list(found.champions),
        predictions=found.predictions,
        compared=compared,
        different=_different(use_case, found.pairs, compared),
        confusion=_confusion(use_case, found.pairs) if use_case.task.definition.names_classes else None,
        difference=_difference(found.difference),
        segments=[ShadowSegment(**segment._asdict()) for segment in found.segments],
        labelled=max((counts.labelled for counts in sides.values()), default=0),
        champion_metrics=_metrics(use_case, sides.get(CHAMPION)),
        challenger_metrics=_metrics(use_case, sides.get(CHALLENGER)),
    )


def _different(use_case: UseCase, pairs: Any, compared: int) -> Metric | None:
    if not use_case.task.definition.names_classes:
        return None
    share = proportion(sum(pair.rows for pair in pairs if pair.champion != pair.challenger), compared)
    return None if share is None else Metric(**asdict(share))


def _confusion(use_case: UseCase, pairs: Any) -> dict[str, dict[str, int]]:
    rows = {(pair.champion, pair.challenger): pair.rows for pair in pairs}
    names = list(dict.fromkeys([*use_case.classes, *(name for pair in rows for name in pair)]))
    return {one: {other: rows.get((one, other), 0) for other in names} for one in names}


def _difference(found: Difference) -> ScoreDifference:
    percentiles = dict(zip((f"{share:.0%}".rstrip("%") for share in SHARES), found.percentiles or (), strict=False))
    return ScoreDifference(**{**asdict(found), "percentiles": percentiles})


def _metrics(use_case: UseCase, counts: Counts | None) -> dict[str, Metric]:
    return {} if counts is None else metric_answers(metrics_of(use_case, counts)[0])
