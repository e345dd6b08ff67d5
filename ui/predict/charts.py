"""Charts of one prediction and of the predictions of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from ui.gateway.answers import Explanation, UseCaseAnswer
from ui.parts.charts import class_color, show
from ui.parts.theme import CLASS_COLORS


def by_class(use_case: UseCaseAnswer, counts: Mapping[str, int]) -> None:
    """Show how many rows were predicted as each class."""
    frame = pd.DataFrame({"class": list(counts), "rows": list(counts.values())})
    bars = alt.Chart(frame).encode(
        y=alt.Y("class:N", title=None, sort=list(use_case.classes)),
        x=alt.X("rows:Q", title="Rows"),
        color=class_color(use_case, legend=False),
        tooltip=["class:N", alt.Tooltip("rows:Q", format=",")],
    )
    text = bars.mark_text(align="left", dx=4).encode(text=alt.Text("rows:Q", format=","), color=alt.value("gray"))
    named = ", ".join(f"{name} {rows:,}" for name, rows in counts.items())
    show(bars.mark_bar() + text, f"Rows by class: {named}", height=70 + 34 * len(counts))


def probabilities(use_case: UseCaseAnswer, scores: Mapping[str, float]) -> None:
    """Show the probability of every class of one row."""
    frame = pd.DataFrame({"class": list(scores), "probability": list(scores.values())})
    bars = alt.Chart(frame).encode(
        y=alt.Y("class:N", title=None, sort="-x"),
        x=alt.X("probability:Q", title="Probability", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        color=class_color(use_case, legend=False),
        tooltip=["class:N", alt.Tooltip("probability:Q", format=".1%")],
    )
    named = ", ".join(f"{name} {value:.1%}" for name, value in scores.items())
    show(bars.mark_bar(), f"Probability of every class: {named}", height=70 + 34 * len(scores))


def contributions(why: Explanation, values: Mapping[str, Any], titles: Mapping[str, str], margin: str) -> None:
    """Show how far each feature moved a prediction, the strongest first.

    Parameters
    ----------
    why
        What each of them contributed.
    values, titles
        The values and titles of the features.
    margin
        What the contributions add up to.
    """
    strongest = sorted(why.contributions.items(), key=lambda entry: -abs(entry[1]))[:20]
    frame = pd.DataFrame(
        [
            {
                "feature": f"{titles.get(name, name)} = {_value(values.get(name))}",
                "contribution": contribution,
                "direction": "raises" if contribution >= 0 else "lowers",
            }
            for name, contribution in strongest
        ]
    )
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
