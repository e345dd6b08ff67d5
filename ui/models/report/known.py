"""Reports that are there, with the names and colours that their versions have in every chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt
import pandas as pd

from ui.gateway.answers import ModelReport, ThresholdCurve, UseCaseAnswer, VersionReport
from ui.parts.texts import column_title
from ui.parts.theme import CLASS_COLORS

Rows = Iterable[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Known:
    """The report of one version."""

    version: int
    report: ModelReport

    @property
    def name(self) -> str:
        """The version as people read it."""
        return f"Version {self.version}"

    @property
    def judging(self) -> str:
        """The metric that judges; it comes first. Empty where nothing could be measured."""
        return next(iter(self.report.metrics), "")


def known_reports(use_case: UseCaseAnswer, found: Sequence[VersionReport]) -> list[Known]:
    """Return the reports of the versions that have one, with the titles of columns, as the other pages call them."""
    return [Known(one.version, _with_titles(use_case, one.report)) for one in found if one.report is not None]


def _with_titles(use_case: UseCaseAnswer, report: ModelReport) -> ModelReport:
    names = {one.feature for one in report.features} | {one.column for one in report.segments}
    titles = {name: column_title(use_case, name) for name in names}
    taken = Counter(titles.values())
    # Columns of one title would stand in charts as one.
    titles = {name: title if taken[title] == 1 else name for name, title in titles.items()}
    return replace(
        report,
        features=[replace(one, feature=titles[one.feature]) for one in report.features],
        segments=[replace(one, column=titles[one.column]) for one in report.segments],
    )


def frame_of(known: Sequence[Known], rows: Callable[[Known], Rows]) -> pd.DataFrame:
    """Build a table of all versions: what is drawn of each, with its name."""
    return pd.DataFrame([{"version": one.name, **row} for one in known for row in rows(one)])


def version_color(known: Sequence[Known]) -> alt.Color:
    """Colour marks by version, the same in every chart; a lone version needs no legend."""
    names = [one.name for one in known]
    legend = alt.Legend(orient="top") if len(names) > 1 else None
    return alt.Color(
        "version:N", title=None, scale=alt.Scale(domain=names, range=list(CLASS_COLORS[: len(names)])), legend=legend
    )


def curve_of(one: Known, class_name: str) -> ThresholdCurve | None:
    """Return the curve of a class; none where the report has none of it."""
    return next((curve for curve in one.report.curves if curve.class_name == class_name), None)
