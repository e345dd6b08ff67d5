"""The pictures of what if: a curve or bars over one value, a map over two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from ui.gateway.answers import FeatureAnswer, Prediction, UseCaseAnswer
from ui.parts.charts import show
from ui.parts.theme import CLASS_COLORS
from ui.predict.grids import Grid, answer_number, answer_title, value_text


def show_curve(
    use_case: UseCaseAnswer, varied: Sequence[FeatureAnswer], grid: Grid, row: Prediction, chosen: tuple[Any, ...]
) -> None:
    """Show the answer over the values of one feature: a line over a number, bars over names; the chosen value is marked."""
    [feature] = varied
    frame = _frame(use_case, varied, grid, row)
    is_number = feature.type in {"float", "integer"} and None not in grid.choices[feature.name]
    title = answer_title(use_case, row)
    axis = _answer_axis(use_case, title)
    tooltip = [
        alt.Tooltip("first:N", title=feature.title),
        alt.Tooltip("answer:Q", title=title, format=_format(use_case)),
    ]
    here = alt.Chart(frame[frame["first"] == _shown(chosen[0])])
    if is_number:
        place = alt.X("first:Q", title=feature.title, scale=alt.Scale(zero=False, nice=False))
        line = (
            alt.Chart(frame)
            .mark_line(color=CLASS_COLORS[0], point=alt.OverlayMarkDef(color=CLASS_COLORS[0]))
            .encode(x=place, y=axis, tooltip=tooltip)
        )
        mark = here.mark_point(color=CLASS_COLORS[1], size=160, filled=True).encode(x=place, y=axis, tooltip=tooltip)
        picture: alt.LayerChart = line + mark
    else:
        place = alt.X("first:N", title=feature.title, sort=None)
        bars = alt.Chart(frame).mark_bar(color=CLASS_COLORS[0]).encode(x=place, y=axis, tooltip=tooltip)
        picture = bars + here.mark_bar(color=CLASS_COLORS[1]).encode(x=place, y=axis, tooltip=tooltip)
    low, high = frame["answer"].min(), frame["answer"].max()
    show(picture, f"{title} from {low:,.4g} to {high:,.4g} over {len(frame)} values of {feature.title}", height=300)


def show_map(
    use_case: UseCaseAnswer, varied: Sequence[FeatureAnswer], grid: Grid, row: Prediction, chosen: tuple[Any, ...]
) -> None:
    """Show the answer over the values of two features as colours; the chosen ones are marked."""
    across, up = varied
    frame = _frame(use_case, varied, grid, row)
    title = answer_title(use_case, row)
    x = alt.X("first:O", title=across.title, sort=_order(grid, across), axis=alt.Axis(labelOverlap=True))
    y = alt.Y("second:O", title=up.title, sort=_order(grid, up)[::-1], axis=alt.Axis(labelOverlap=True))
    cells = alt.Chart(frame).mark_rect().encode(
        x=x,
        y=y,
        color=alt.Color("answer:Q", title=title, scale=alt.Scale(scheme="viridis"),
                        legend=alt.Legend(format=_format(use_case), orient="bottom", gradientLength=260)),
        tooltip=[alt.Tooltip("first:N", title=across.title), alt.Tooltip("second:N", title=up.title),
                 alt.Tooltip("answer:Q", title=title, format=_format(use_case))],
    )  # fmt: skip
    is_here = (frame["first"] == _shown(chosen[0])) & (frame["second"] == _shown(chosen[1]))
    mark = alt.Chart(frame[is_here]).mark_point(color="white", stroke="black", size=140, filled=True).encode(x=x, y=y)
    low, high = frame["answer"].min(), frame["answer"].max()
    words = f"{title} from {low:,.4g} to {high:,.4g} over {len(frame)} combinations of {across.title} and {up.title}"
    show(cells + mark, words, height=460)


def _frame(use_case: UseCaseAnswer, varied: Sequence[FeatureAnswer], grid: Grid, row: Prediction) -> pd.DataFrame:
    columns = ("first", "second")[: len(varied)]
    return pd.DataFrame(
        [
            {
                **dict(zip(columns, map(_shown, point), strict=True)),
                "answer": answer_number(use_case, row, found),
            }
            for point, found in grid.points.items()
        ]
    )


def _shown(value: Any) -> Any:
    """Return a value as an axis has it: numbers as they are, all else by its name."""
    return value_text(value) if value is None or isinstance(value, bool) else value


def _order(grid: Grid, feature: FeatureAnswer) -> list[Any]:
    return [_shown(value) for value in grid.choices[feature.name]]


def _answer_axis(use_case: UseCaseAnswer, title: str) -> alt.Y:
    if not use_case.classes or use_case.task == "forecast":
        return alt.Y("answer:Q", title=title, scale=alt.Scale(zero=False))
    return alt.Y("answer:Q", title=title, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1]))


def _format(use_case: UseCaseAnswer) -> str:
    return ",.4g" if not use_case.classes or use_case.task == "forecast" else ".1%"
