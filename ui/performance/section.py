"""How good the versions were: what came true, and what is to be expected where nobody knows yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ui.gateway.answers import Performance, VersionPerformance
from ui.parts.charts import Event, caption_events
from ui.parts.fields import choose_one
from ui.parts.tables import confusion_table
from ui.parts.texts import metric_help, metric_title
from ui.performance.chart import show_metric_over_time


def show_performance(found: Performance, events: Sequence[Event] = ()) -> None:
    """Show every version with its metrics, and one metric over time with what happened meanwhile."""
    if not any(version.predictions for version in found.versions):
        st.info("**Nothing was predicted in this time.** Choose a longer period.", icon=":material/search_off:")
        return
    _show_table(found.versions)
    if not any(version.labelled for version in found.versions):
        st.info(
            "**No outcome is known yet.** Labels come through `POST /labels` or as a file; until then, the figures are "
            "estimates from the model's own probabilities.",
            icon=":material/pending:",
        )
    names = _names(found.versions)
    if not names:
        return
    chosen = choose_one("Metric over time", {name: metric_title(name) for name in names}, names[0], key="metric")
    show_metric_over_time(found, chosen, events)
    caption_events(events, found.start, found.end)
    for version in found.versions:
        if version.confusion and version.labelled:
            with st.expander(f"Version {version.model_version}: what came true, and what was predicted"):
                _show_confusion(version)


def _names(versions: Sequence[VersionPerformance]) -> list[str]:
    found: dict[str, None] = {}
    for version in versions:
        found |= dict.fromkeys(version.metrics)
        found |= dict.fromkeys(version.estimate.metrics if version.estimate is not None else ())
    return list(found)


def _show_table(versions: Sequence[VersionPerformance]) -> None:
    names = _names(versions)
    rows = []
    for version in versions:
        known = {
            "Version": version.model_version,
            "Predictions": version.predictions,
            "Known outcomes": version.labelled,
        }
        measured = {name: version.metrics[name].value for name in names if name in version.metrics}
        if version.labelled:
            rows.append({**known, "Figures": "measured", **_titled(names, measured)})
        if version.estimate is not None and version.estimate.metrics:
            rows.append({**known, "Figures": "estimated", **_titled(names, version.estimate.metrics)})
        elif not version.labelled:
            rows.append({**known, "Figures": "unknown", **_titled(names, {})})
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {metric_title(name): number(format="%.4f", help=metric_help(name)) for name in names}
    columns |= {"Predictions": number(format="%d"), "Known outcomes": number(format="%d")}
    columns["Figures"] = st.column_config.TextColumn(
        help="Measured: from rows whose outcome is known. Estimated: from the model's own probabilities."
    )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        placeholder="",
        alt="Versions with their metrics, the newest first",
        column_config=columns,
    )


def _titled(names: Sequence[str], values: dict[str, float]) -> dict[str, float | None]:
    return {metric_title(name): values.get(name) for name in names}


def _show_confusion(version: VersionPerformance) -> None:
    by_answer = version.confusion or {}
    classes = dict.fromkeys([*by_answer, *(true for outcomes in by_answer.values() for true in outcomes)])
    by_outcome = {true: {name: by_answer.get(name, {}).get(true, 0) for name in classes} for true in classes}
    confusion_table(by_outcome, f"Labelled rows of version {version.model_version}")
