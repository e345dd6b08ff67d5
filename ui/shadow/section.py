"""A challenger beside the champion: how often they disagree, where, and who was right."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from ui.gateway.answers import Metric, ShadowReport, UseCaseAnswer
from ui.parts.tables import small_table
from ui.parts.texts import SOURCES, metric_title


def show_shadow(use_case: UseCaseAnswer, report: ShadowReport) -> None:
    """Show the comparison."""
    if report.challenger is None or not report.compared:
        st.info(
            "**No version scores in shadow.** An operator has one do it with "
            f"`smartpredict models shadow {use_case.name} VERSION`: it then answers every row beside the one that is served, "
            "and nobody but this page sees its answers.",
            icon=":material/compare:",
        )
        return
    champions = " and ".join(str(version) for version in report.champions)
    st.markdown(f"Version **{report.challenger}** answered in shadow what version **{champions}** answered.")
    figures = st.columns(4)
    figures[0].metric(
        "Rows compared", f"{report.compared:,}", help=f"Of {report.predictions:,} predicted in this time."
    )
    if report.different is not None:
        figures[1].metric("Answered differently", f"{report.different.value:.2%}", help=_interval(report.different))
    if report.difference.mean_absolute is not None:
        figures[2].metric("Mean distance of scores", f"{report.difference.mean_absolute:.4f}")
    if report.difference.largest is not None:
        figures[3].metric("Largest distance", f"{report.difference.largest:.4f}")
    if report.confusion:
        _show_confusion(report.confusion)
    if report.segments:
        _show_segments(use_case, report)
    if report.labelled:
        _show_who_was_right(report)


def _show_confusion(confusion: Mapping[str, Mapping[str, int]]) -> None:
    rows = [
        {"Served": served, **{f"Shadow: {shadow}": rows for shadow, rows in answers.items()}}
        for served, answers in confusion.items()
    ]
    small_table(pd.DataFrame(rows), "Rows by the answer that was served and the one in shadow")


def _show_segments(use_case: UseCaseAnswer, report: ShadowReport) -> None:
    titles = {feature.name: feature.title for feature in use_case.features} | {"source": "Came from"}
    rows = [
        {
            "Where": titles.get(one.feature, one.feature),
            "Value": _value(one.feature, one.value),
            "Rows": one.rows,
            "Different": one.different / one.rows if one.rows else 0.0,
        }
        for one in report.segments
    ]
    st.dataframe(
        pd.DataFrame(rows).sort_values("Different", ascending=False),
        hide_index=True,
        width="stretch",
        alt="Where the two versions disagree, the most first",
        column_config={"Different": st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")},
    )


def _value(feature: str, value: str | None) -> str:
    if value is None:
        return "(missing)"
    return SOURCES.get(value, value) if feature == "source" else value


def _show_who_was_right(report: ShadowReport) -> None:
    names = [name for name in report.champion_metrics if name in report.challenger_metrics]
    rows = [
        {
            "Metric": metric_title(name),
            "Served": report.champion_metrics[name].value,
            "In shadow": report.challenger_metrics[name].value,
        }
        for name in names
    ]
    st.markdown(f"Of **{report.labelled:,}** of these rows it is known what came true:")
    small_table(pd.DataFrame(rows), "How good both versions were on the rows with known outcome")


def _interval(metric: Metric) -> str | None:
    if metric.low is None or metric.high is None:
        return None
    return f"Between {metric.low:.2%} and {metric.high:.2%} with 95 % confidence."
