"""Why a row was predicted so: what each value contributed, the sum, and a sentence; also of the ticked row of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import altair as alt
import pandas as pd
import streamlit as st

from ui.gateway.answers import (
    Explanation,
    FeatureAnswer,
    PastExplanation,
    Prediction,
    StoredPrediction,
    SummedExplanation,
    UseCaseAnswer,
)
from ui.parts.charts import show
from ui.parts.clock import format_time
from ui.parts.errors import showing_errors
from ui.parts.tables import TICK_BY_KEYS, prediction_columns
from ui.parts.texts import escape_markdown, score_title
from ui.parts.theme import CLASS_COLORS
from ui.shared import gateway

MOST_BARS = 20
"""Features of a chart, the strongest; the sentence names the first few of them."""

Contributions = Explanation | SummedExplanation
Why = Contributions | Mapping[str, Explanation] | Mapping[str, SummedExplanation] | None
Row = Prediction | StoredPrediction


def show_explanation(use_case: UseCaseAnswer, why: Why, found: Row) -> None:
    """Show how far each value moved a prediction: in a sentence, as a chart, and as a sum.

    Parameters
    ----------
    use_case
        Gives the titles.
    why
        What each feature contributed, by class where each has an output of its own; None where the model does not tell.
    found
        The row, with its values and what was predicted.
    """
    one = why.get(str(found.prediction)) if isinstance(why, Mapping) else why
    if one is None:
        st.info("**There is no explanation.** The model that predicted this row gives none.", icon=":material/info:")
        return
    st.markdown(explanation_sentence(use_case, one.contributions, found.features, _moved(use_case, found)))
    _show_contributions(use_case, one, found)
    st.caption(escape_markdown(_sum_in_words(use_case, one, found)))


def explanation_sentence(
    use_case: UseCaseAnswer, contributions: Mapping[str, float], values: Mapping[str, Any], moved: str
) -> str:
    """Return in plain words which values raised and lowered a prediction most, what moved it most first.

    Parameters
    ----------
    use_case
        Gives titles and units.
    contributions, values
        What each feature added to the answer, and its value.
    moved
        What was raised or lowered, such as the probability of a class.
    """
    features = {feature.name: feature for feature in use_case.features}
    ordered = sorted(contributions, key=contributions.__getitem__)
    raising = [name for name in reversed(ordered) if contributions[name] > 0]
    lowering = [name for name in ordered if contributions[name] < 0]
    parts: list[str] = []
    groups = [(names, verb) for names, verb in ((raising, "raised"), (lowering, "lowered")) if names]
    for names, verb in sorted(groups, key=lambda group: -abs(contributions[group[0][0]])):
        first, *others = [value_in_words(features.get(name), name, values.get(name)) for name in names[:3]]
        then = f", then {' and '.join(others)}" if others else ""
        parts.append(f"**{first} {verb} {'it' if parts else escape_markdown(moved)} most**{then}")
    return f"{'; '.join(parts)}." if parts else f"No value moved {escape_markdown(moved)}."


def value_in_words(feature: FeatureAnswer | None, name: str, value: Any) -> str:
    r"""Return a value with its title and unit, as people say it.

    >>> value_in_words(None, "torque", 65.25), value_in_words(None, "grade", "H"), value_in_words(None, "grade", None)
    ('torque of 65.25', 'grade H', 'grade \\(left out\\)')
    """
    unit = feature.unit if feature is not None else ""
    title = (feature.title if feature is not None else name).removesuffix(f"[{unit}]").strip()
    match value:
        case None:
            words = f"{title} (left out)"
        case bool():
            words = f"{title} ({'yes' if value else 'no'})"
        case int() | float():
            words = f"{title} of {value:,.6g} {unit}".rstrip()
        case _:
            words = f"{title} {value}"
    return escape_markdown(words)


def _show_contributions(use_case: UseCaseAnswer, why: Contributions, found: Row) -> None:
    titles = {feature.name: feature.title for feature in use_case.features}
    strongest = sorted(why.contributions.items(), key=lambda entry: -abs(entry[1]))[:MOST_BARS]
    frame = pd.DataFrame(
        [
            {
                "feature": f"{titles.get(name, name)} = {_value(found.features.get(name))}",
                "contribution": contribution,
                "direction": "raises" if contribution >= 0 else "lowers",
            }
            for name, contribution in strongest
        ]
    )
    margin = _margin(use_case, found)
    bars = alt.Chart(frame).encode(
        y=alt.Y("feature:N", title=None, sort=None, axis=alt.Axis(labelLimit=280)),
        x=alt.X("contribution:Q", title=f"Contribution to the {margin}"),
        color=alt.Color(
            "direction:N",
            title=None,
            scale=alt.Scale(domain=["raises", "lowers"], range=[CLASS_COLORS[1], CLASS_COLORS[0]]),
        ),
        tooltip=["feature:N", alt.Tooltip("contribution:Q", format="+.3f")],
    )
    named = ", ".join(f"{titles.get(name, name)} {value:+.2f}" for name, value in strongest[:5])
    show(bars.mark_bar(), f"How far each value moved the {margin}: {named}", height=80 + 26 * len(frame))


def _value(value: Any) -> str:
    return "left out" if value is None else str(value)


def _margin(use_case: UseCaseAnswer, found: Row) -> str:
    """Return the name of what the contributions add up to."""
    match use_case.task:
        case "binary":
            return f"evidence for {use_case.classes[-1]} (log odds)"
        case "multiclass":
            return f"score of {found.prediction}"
        case _:
            return "predicted number"


def _moved(use_case: UseCaseAnswer, found: Row) -> str:
    """Return what a value raises or lowers, in plain words."""
    if use_case.task == "binary":
        return f"the probability of {use_case.classes[-1]}"
    return f"the {_margin(use_case, found)}"


def _sum_in_words(use_case: UseCaseAnswer, why: Contributions, found: Row) -> str:
    added = sum(why.contributions.values())
    text = (
        f"The {_margin(use_case, found)}: {why.base_value:,.4g} where nothing is known about a row, "
        f"{added:+,.4g} by these values, {why.base_value + added:,.4g} in all."
    )
    return text if found.score is None else f"{text} {score_title(use_case)}: {found.score:.1%}."


def table_with_why(
    use_case: UseCaseAnswer, frame: pd.DataFrame, rows: Sequence[Row], *, key: str, about: str, **shape: Any
) -> None:
    """Show a table of predictions, and why the one that is ticked is what it is.

    Parameters
    ----------
    use_case
        What they are of.
    frame
        The table, as :func:`ui.parts.tables.predictions_frame` builds it.
    rows
        The predictions in it; any order.
    key, about
        Name of the table, and what it shows, in words.
    shape
        How large it is, as Streamlit takes it.
    """
    # By its first row and its length: other rows under the same name would inherit the tick.
    first = frame["id"].iloc[0] if len(frame) else ""
    chosen = st.dataframe(
        frame,
        column_config=prediction_columns(use_case),
        hide_index=True,
        placeholder="",
        width="stretch",
        alt=about,
        on_select="rerun",
        selection_mode="single-row",
        key=f"{key}-{first}-{len(frame)}",
        **shape,
    )
    by_id = {str(row.id): row for row in rows}
    ticked = [by_id[frame["id"].iloc[place]] for place in chosen["selection"]["rows"] if place < len(frame)]
    if not ticked:
        st.caption(f"Tick a row to see why it was predicted so. {TICK_BY_KEYS}")
    for row in ticked:
        with st.container(border=True), showing_errors("Why"):
            show_why(use_case, row)


def show_why(use_case: UseCaseAnswer, row: Row) -> None:
    """Show why a stored row was predicted so, as the version that made it tells now.

    Raises
    ------
    ui.gateway.problems.GatewayError
        If it cannot tell, such as where it is not served any more.
    """
    st.subheader(f"Why {escape_markdown(_answer(row.prediction))}?", anchor=False)
    with st.spinner("Asking the version that predicted it"):
        found = _explained(use_case.name, row.id)
    version = f"explained by version {found.model_version}, which made it. Nothing is stored."
    when = f" of {format_time(row.received_at)}" if isinstance(row, StoredPrediction) else ""
    st.caption(f"The prediction{when}{'' if row.key is None else f' for {escape_markdown(row.key)}'}, {version}")
    if not found.is_same:
        now, then = _answer(found.prediction, found.score), _answer(found.stored_prediction, found.stored_score)
        st.warning(
            f"**This is not what is stored.** Version {found.model_version} answers {escape_markdown(now)} now; stored is "
            f"{escape_markdown(then)}. It was trained again under its old number, or the stored values were changed.",
            icon=":material/difference:",
        )
    show_explanation(use_case, found.explanation, row)


@st.cache_data(ttl=60, show_spinner=False, max_entries=100)
def _explained(use_case: str, prediction_id: UUID) -> PastExplanation:
    return gateway().explain_past(use_case, prediction_id)


def _answer(prediction: str | float, score: float | None = None) -> str:
    shown = prediction if isinstance(prediction, str) else f"{prediction:,.6g}"
    return shown if score is None else f"{shown} ({score:.4%})"
