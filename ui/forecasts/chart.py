"""Charts of forecasts: the fan of intervals behind the readings, and errors by horizon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from ui.gateway.answers import ForecastPage, VersionPerformance
from ui.parts.charts import CLOCK, show, time_axis
from ui.parts.clock import local_time
from ui.parts.theme import CLASS_COLORS

READING, EXPECTED, CAME_TRUE = "read before", "expected", "came true"


def show_fan(found: ForecastPage) -> None:
    """Show the readings before, the intervals around what is expected, and what came true."""
    lines = [_point(one.time, one.value, READING) for one in found.readings]
    lines += [_point(one.time, one.prediction, EXPECTED) for one in found.forecasts]
    lines += [_point(one.time, one.came_true, CAME_TRUE) for one in found.forecasts if one.came_true is not None]
    frame = pd.DataFrame(lines, columns=["time", "value", "line"])
    start, end = _ends(found)
    time = time_axis("time", start, end)
    value = alt.Y("value:Q", title=found.unit or "Reading", scale=alt.Scale(zero=False))
    color = alt.Color(
        "line:N", title=None, scale=alt.Scale(domain=[READING, EXPECTED, CAME_TRUE], range=list(CLASS_COLORS[:3]))
    )
    drawn = (
        alt.Chart(frame)
        .mark_line(point=True)
        .encode(
            x=time,
            y=value,
            color=color,
            tooltip=[alt.Tooltip("time:T", format=CLOCK), "line:N", alt.Tooltip("value:Q", format=",.2f")],
        )
    )
    bands = [
        alt.Chart(band)
        .mark_area(opacity=0.18, color=CLASS_COLORS[1])
        .encode(x=time, y=alt.Y("low:Q", title=""), y2="high:Q")
        for band in _bands(found)
    ]
    first = found.forecasts[0]
    words = (
        f"Forecast of {first.series or found.use_case} from {first.origin}: {len(found.forecasts)} times with intervals"
    )
    show(alt.LayerChart(layer=[*bands, drawn]) if bands else drawn, words, height=380)


def show_accuracy(version: VersionPerformance) -> None:
    """Show errors by horizon beside those of simple rules, and the share that intervals held."""
    horizons = version.by_horizon or []
    errors: list[dict[str, Any]] = []
    for one in horizons:
        errors.append({"horizon": one.horizon, "who": "this forecast", "mae": one.mae, "rows": one.labelled})
        errors += [
            {"horizon": one.horizon, "who": name.replace("_", " "), "mae": value, "rows": one.labelled}
            for name, value in one.baselines.items()
        ]
    chart = (
        alt.Chart(pd.DataFrame(errors))
        .mark_line(point=True)
        .encode(
            x=alt.X("horizon:Q", title="Steps ahead", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("mae:Q", title="Mean absolute error"),
            color=alt.Color("who:N", title=None, scale=alt.Scale(range=list(CLASS_COLORS))),
            tooltip=[
                "horizon:Q",
                "who:N",
                alt.Tooltip("mae:Q", format=".3f"),
                alt.Tooltip("rows:Q", title="from rows"),
            ],
        )
    )
    show(chart, "Mean absolute error by steps ahead, beside simple rules", height=300)
    rows = [
        {
            "Steps ahead": one.horizon,
            "Known": one.labelled,
            "Error": one.mae,
            **{name.replace("_", " ").capitalize(): value for name, value in one.baselines.items()},
            **{f"{share} % interval held": value for share, value in _by_number(one.coverage)},
        }
        for one in horizons
    ]
    shares = {name: st.column_config.NumberColumn(format="percent") for name in rows[0] if name.endswith("held")}
    numbers = {
        name: st.column_config.NumberColumn(format="%.3f")
        for name in rows[0]
        if name not in shares and name not in {"Steps ahead", "Known"}
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        placeholder="",
        alt="Errors and intervals by steps ahead",
        column_config={**shares, **numbers},
    )


def _point(moment: datetime, value: float, line: str) -> dict[str, Any]:
    return {"time": local_time(moment), "value": value, "line": line}


def _ends(found: ForecastPage) -> tuple[datetime, datetime]:
    times = [one.time for one in found.forecasts]
    return min([*times, *(one.time for one in found.readings)]), max(times)


def _bands(found: ForecastPage) -> list[pd.DataFrame]:
    """Return the ends of each interval over time, the widest first."""
    names = list(found.forecasts[0].quantiles or ())
    bands = []
    for low, high in zip(names[: len(names) // 2], reversed(names), strict=False):
        rows = [
            {
                "time": local_time(one.time),
                "low": one.quantiles[low],
                "high": one.quantiles[high],
            }
            for one in found.forecasts
            if one.quantiles
        ]
        bands.append(pd.DataFrame(rows))
    return bands


def _by_number(coverage: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(coverage.items(), key=lambda item: int(item[0]))
