"""What is joined to the rows of a use case, and how fresh it is."""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import FeatureTableAnswer, UseCaseAnswer
from ui.parts.errors import showing_errors
from ui.parts.texts import escape_markdown
from ui.shared import gateway

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def show_feature_tables(use_case: UseCaseAnswer) -> None:
    """Show which features nobody fills in, where they come from, and whether it is fresh; nothing where rows bring all."""
    if all(feature.joined_from is None for feature in use_case.features):
        return
    titles = {feature.name: feature.title for feature in use_case.features}
    with showing_errors("What is joined"):
        for table in gateway().feature_tables(use_case.name):
            names = ", ".join(titles[name] for name in table.features)
            by = "" if table.join_key is None else f" by {titles.get(table.join_key, table.join_key)}"
            st.caption(
                f"{escape_markdown(names)}: joined from {table.table}{escape_markdown(by)}. {freshness_text(table)}"
            )
            if table.stale:
                st.warning(
                    f"**{table.stale:,} of {table.series:,} series of {table.table} have no observation that is fresh enough.** "
                    f"Rows with their key lack {escape_markdown(names)}. Look whether observations of {table.table} still arrive.",
                    icon=":material/schedule:",
                )


def freshness_text(table: FeatureTableAnswer) -> str:
    """Return how old the newest observation is, and how old it may be.

    >>> freshness_text(FeatureTableAnswer(table="tide", features=["level"], series=1, stale=0, max_age="3h", age_seconds=7300))
    'The newest observation is 2 h old; up to 3h is fresh enough.'
    >>> freshness_text(FeatureTableAnswer(table="tide", features=["level"], series=1, stale=1))
    'Nothing was observed yet; any age is fresh enough.'
    """
    limit = "any age is fresh enough" if table.max_age is None else f"up to {table.max_age} is fresh enough"
    if table.age_seconds is None:
        return f"Nothing was observed yet; {limit}."
    age = max(0.0, table.age_seconds)
    size, unit = next(((size, unit) for size, unit in _UNITS if age >= size), (1, "s"))
    return f"The newest observation is {int(age // size)} {unit} old; {limit}."
