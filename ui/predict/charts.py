"""Charts of one prediction and of the predictions of a file."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from ui.gateway.answers import UseCaseAnswer
from ui.parts.charts import WHOLE_NUMBERS, class_color, show


def by_class(use_case: UseCaseAnswer, counts: Mapping[str, int]) -> None:
    """Show how many rows were predicted as each class.

    Parameters
    ----------
    use_case, counts
        Gives the order of the classes; the rows of each.
    """
    frame = pd.DataFrame({"class": list(counts), "rows": list(counts.values())})
    bars = alt.Chart(frame).encode(
        y=alt.Y("class:N", title=None, sort=list(use_case.classes)),
        x=alt.X("rows:Q", title="Rows", axis=WHOLE_NUMBERS),
        color=class_color(use_case, legend=False),
        tooltip=["class:N", alt.Tooltip("rows:Q", format=",")],
    )
    text = bars.mark_text(align="left", dx=4).encode(text=alt.Text("rows:Q", format=","), color=alt.value("gray"))
    named = ", ".join(f"{name} {rows:,}" for name, rows in counts.items())
    show(bars.mark_bar() + text, f"Rows by class: {named}", height=70 + 34 * len(counts))


def probabilities(use_case: UseCaseAnswer, scores: Mapping[str, float]) -> None:
    """Show the probability of every class of one row, the likeliest first.

    Parameters
    ----------
    use_case, scores
        Gives the colours of the classes; the probability of each, from 0 to 1.
    """
    frame = pd.DataFrame({"class": list(scores), "probability": list(scores.values())})
    bars = alt.Chart(frame).encode(
        y=alt.Y("class:N", title=None, sort="-x"),
        x=alt.X("probability:Q", title="Probability", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        color=class_color(use_case, legend=False),
        tooltip=["class:N", alt.Tooltip("probability:Q", format=".1%")],
    )
    named = ", ".join(f"{name} {value:.1%}" for name, value in scores.items())
    show(bars.mark_bar(), f"Probability of every class: {named}", height=70 + 34 * len(scores))
