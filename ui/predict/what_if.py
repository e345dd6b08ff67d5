"""What if: how the answer to a row changes with one value of it, or with two; nothing of that is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import streamlit as st

from ui.gateway.answers import FeatureAnswer, PredictAnswer, Prediction, UseCaseAnswer
from ui.gateway.problems import RowsRefusedError
from ui.parts.errors import showing_errors
from ui.parts.texts import escape_label, escape_markdown, format_count, score_title
from ui.predict.grids import Grid, value_text, values_of
from ui.predict.what_if_charts import show_curve, show_map
from ui.shared import gateway

MOST_VARIED = 2
"""Values that are varied at once: a curve shows one, a map two."""


def show_what_if(use_case: UseCaseAnswer, predicted: PredictAnswer) -> None:
    """Show how the answer to a row that was just predicted changes with one or two of its values.

    All points of a picture are one request, kept while the sliders move: these only read it off.
    """
    row = predicted.predictions[0]
    varied = _choose_features(use_case, predicted)
    if not varied:
        st.caption("Choose a value to vary.")
        return
    values = {feature.name: values_of(feature, row.features.get(feature.name)) for feature in varied}
    with showing_errors("What if"):
        with st.spinner("Predicting, without storing"):
            grid = _grid(use_case, row, values)
        if not grid.points:
            st.info(
                "**None of these values is allowed beside the others.** Choose another one.", icon=":material/block:"
            )
            return
        _show_grid(use_case, predicted, varied, grid)


def _choose_features(use_case: UseCaseAnswer, predicted: PredictAnswer) -> list[FeatureAnswer]:
    """Show which values can be varied, at first the one that moved the answer most, and return those that are chosen."""
    row = predicted.predictions[0]
    features = {
        feature.name: feature
        for feature in use_case.features
        if feature.joined_from is None and len(values_of(feature, row.features.get(feature.name))) > 1
    }
    if not features:
        st.info("No value of this use case can be varied.", icon=":material/info:")
        return []
    chosen: list[str] = st.multiselect(
        "Values to vary",
        list(features),
        [max(features, key=lambda name: abs(_contributions(predicted).get(name, 0.0)))],
        format_func=lambda name: escape_label(features[name].title),
        max_selections=MOST_VARIED,
        key=f"what-if-{use_case.name}",
        placeholder="Choose one or two",
        help="One gives a curve, two give a map. All other values stay as they are above.",
    )
    return [features[name] for name in chosen]


def _contributions(predicted: PredictAnswer) -> Mapping[str, float]:
    found = (predicted.explanations or (None,))[0]
    if isinstance(found, Mapping):
        found = found.get(str(predicted.predictions[0].prediction))
    return {} if found is None else found.contributions


def _grid(use_case: UseCaseAnswer, row: Prediction, values: Mapping[str, Sequence[Any]]) -> Grid:
    """Predict a row with every combination of values; those that the use case does not allow are left out."""
    brought = {feature.name: row.features[feature.name] for feature in use_case.features if feature.joined_from is None}
    if use_case.key is not None:
        brought[use_case.key] = row.key
    points = list(product(*values.values()))
    allowed, answer = _scored(use_case.name, [brought | dict(zip(values, point, strict=True)) for point in points])
    if answer is None:
        return Grid(values, {}, 0)
    found = zip((points[place] for place in allowed), answer.predictions, strict=True)
    return Grid(values, dict(found), answer.model_version)


@st.cache_data(ttl=600, show_spinner=False, max_entries=50)
def _scored(use_case: str, rows: list[dict[str, Any]]) -> tuple[list[int], PredictAnswer | None]:
    """Return the places of the rows that are allowed, and the answers to them: one request, after any that named the others."""
    allowed = list(range(len(rows)))
    while allowed:
        try:
            return allowed, gateway().what_if(use_case, [rows[place] for place in allowed])
        except RowsRefusedError as error:
            refused = {allowed[found.row - 1] for found in error.errors}
            if not refused:
                raise
            allowed = [place for place in allowed if place not in refused]
    return [], None


def _show_grid(use_case: UseCaseAnswer, predicted: PredictAnswer, varied: Sequence[FeatureAnswer], grid: Grid) -> None:
    row = predicted.predictions[0]
    chosen = tuple(
        column.select_slider(
            escape_label(feature.title),
            list(grid.choices[feature.name]),
            row.features.get(feature.name),
            format_func=value_text,
            key=f"what-if-{use_case.name}-{feature.name}-{row.id}",
        )
        for feature, column in zip(varied, st.columns(len(varied)), strict=True)
    )
    _say_answer(use_case, row, grid.points.get(chosen))
    show = show_curve if len(varied) == 1 else show_map
    show(use_case, varied, grid, row, chosen)
    left_out = grid.size - len(grid.points)
    rules = (
        f" {format_count(left_out, 'combination')} left out: not allowed by the rules of the use case."
        if left_out
        else ""
    )
    other = "" if grid.model_version == predicted.model_version else f" Version {grid.model_version} answers now."
    st.caption(
        f"{format_count(len(grid.points), 'row')} predicted in one request; none is stored or counted.{rules}{other}"
    )


def _say_answer(use_case: UseCaseAnswer, row: Prediction, found: Prediction | None) -> None:
    if found is None:
        st.warning("**These values are not allowed together.** Move a slider.", icon=":material/block:")
        return
    if found.score is None:
        st.markdown(f"With these values: **{_number(found)}**; as predicted above: {_number(row)}.")
        return
    st.markdown(
        f"With these values: **{escape_markdown(str(found.prediction))}**, {escape_markdown(score_title(use_case).lower())} "
        f"**{found.score:.1%}**; as predicted above: {escape_markdown(str(row.prediction))}, {row.score or 0:.1%}."
    )


def _number(found: Prediction) -> str:
    return found.prediction if isinstance(found.prediction, str) else f"{found.prediction:,.6g}"
