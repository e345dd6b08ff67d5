"""Forecasts: the readings before, what is expected with its intervals, what came true, and how far off forecasts were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from ui.forecasts.chart import show_accuracy, show_fan
from ui.gateway.answers import ForecastPage, Performance, UseCaseAnswer
from ui.gateway.connection import parameters_of
from ui.parts.clock import format_time, local_time, time_zone, time_zone_name
from ui.parts.download import download_link
from ui.parts.errors import showing_errors
from ui.parts.fields import choose_one
from ui.parts.heading import heading
from ui.parts.links import link_to
from ui.parts.tables import time_column
from ui.parts.texts import escape_markdown, format_count
from ui.shared import gateway

ENTRIES = 1_000
HISTORY = 72
"""Steps of readings before the forecast that the chart shows."""

ACCURACY_DAYS = 30
VERSIONS = {"newest": "As is known now", "first": "As it was answered"}


def show() -> None:
    """Show the page."""
    about = "What is expected, with the intervals it is expected in, and what came true."
    use_case = heading("Forecasts", about, task="forecast")
    if use_case is None:
        return
    _show_forecast(use_case)
    st.header("How far off forecasts were", anchor=False)
    with showing_errors("Accuracy"):
        _show_accuracy(_performance(use_case.name))


def _show_forecast(use_case: UseCaseAnswer) -> None:
    left, middle, right = st.columns(3)
    with left:
        when = choose_one("Forecast", {"newest": "Newest", "earlier": "From an earlier time"}, "newest", key="when")
    with middle:
        version = choose_one("Version", VERSIONS, "newest", key="version")
    origin = _earlier(right) if when == "earlier" else None
    series = _choose_series(use_case)
    found = gateway().forecasts(use_case.name, origin, series=series, versions=version, history=HISTORY, limit=ENTRIES)
    if not found.forecasts:
        st.info(
            "**There is no forecast from this time.** One is made when the readings of all series have arrived, or the delay "
            "after them has gone by; send observations, or choose another time.",
            icon=":material/search_off:",
        )
        return
    _tell(found)
    show_fan(found)
    st.dataframe(
        _table(found),
        hide_index=True,
        width="stretch",
        placeholder="",
        alt="The forecast, hour by hour",
        column_config={
            "Time": time_column("Time"),
            "Ahead": st.column_config.NumberColumn("Steps ahead", format="%d", width="small"),
            "Expected": st.column_config.NumberColumn(f"Expected [{found.unit}]" if found.unit else "Expected"),
        },
    )
    parameters = parameters_of(use_case=use_case.name, origin=found.forecasts[0].origin, versions=version)
    download_link(
        "Download as CSV", "/forecasts", {**parameters, "format": "csv"}, hint="This forecast, of all series."
    )


def _earlier(column: st.delta_generator.DeltaGenerator) -> datetime:
    hour = datetime.now(time_zone()).replace(minute=0, second=0, microsecond=0, tzinfo=None) - timedelta(days=1)
    hint = f"Time of the newest reading that the forecast knew, in {time_zone_name()}."
    with column:
        chosen = st.datetime_input(
            "From", hour, key="origin", bind="query-params", help=hint, step=timedelta(minutes=15)
        )
    return chosen.replace(tzinfo=time_zone()).astimezone(UTC)


def _choose_series(use_case: UseCaseAnswer) -> str | None:
    """Choose among the values of the category that names the series: the only one that a forecast's rows begin with."""
    categories = [feature for feature in use_case.features if feature.type == "category"]
    names = categories[0].values if categories else None  # noqa: PD011  # no frame
    if not names:
        return None
    chosen: str = st.selectbox("Series", names, key="series", bind="query-params")
    return chosen


def _tell(found: ForecastPage) -> None:
    """Show from when it is, who answered, and what was missing."""
    about, first = found.origins[0], found.forecasts[0]
    answered = f"version {first.model_version}" if first.model_version else "a simple rule"
    st.markdown(
        f"From **{format_time(about.origin)}**, version {about.version} of this forecast, answered by {answered}."
    )
    if not first.model_version:
        st.warning(
            "**No version of the model has passed the gates yet.** A simple rule answers meanwhile, without intervals.",
            icon=":material/rule:",
        )
        link_to("models", "Train one", icon=":material/model_training:", use_case=found.use_case)
    if about.missing:
        st.caption(f"{format_count(about.missing, 'reading')} that it looks back on, of all series, had not arrived.")
    if about.left_out:
        st.caption(f"Not forecast, for want of readings: {escape_markdown(', '.join(about.left_out))}.")


def _table(found: ForecastPage) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Time": local_time(one.time),
                "Ahead": one.horizon,
                "Expected": one.prediction,
                **{name: value for name, value in (one.quantiles or {}).items() if name != "q50"},
                "Came true": one.came_true,
            }
            for one in found.forecasts
        ]
    )


@st.cache_data(ttl=30, show_spinner=False, max_entries=50)
def _performance(use_case: str) -> Performance:
    return gateway().performance(use_case, datetime.now(UTC) - timedelta(days=ACCURACY_DAYS), None)


def _show_accuracy(found: Performance) -> None:
    versions = [version for version in found.versions if version.by_horizon]
    if not versions:
        st.info(
            "**No hour that was forecast has been read yet.** Errors show up with the first reading of one; "
            f"forecasts of the last {ACCURACY_DAYS} days are looked at.",
            icon=":material/pending:",
        )
        return
    names = {
        str(one.model_version): f"Version {one.model_version}" if one.model_version else "A simple rule"
        for one in versions
    }
    chosen = choose_one("Answered by", names, next(iter(names)), key="answered-by")
    version = next(one for one in versions if str(one.model_version) == chosen)
    show_accuracy(version)
