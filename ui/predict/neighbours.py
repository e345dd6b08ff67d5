"""The stored rows that are most like the one that was just predicted, with what came true."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from ui.gateway.answers import NearestPredictions, Prediction, StoredPrediction, UseCaseAnswer
from ui.parts.clock import format_time
from ui.parts.errors import showing_errors
from ui.parts.tables import prediction_columns, predictions_frame
from ui.parts.texts import format_count
from ui.shared import gateway

NEAREST = 5
"""Rows that are shown."""


def show_neighbours(use_case: UseCaseAnswer, row: Prediction) -> None:
    """Show which of the newest stored rows are most like a row, and what came true for them."""
    with showing_errors("Rows like it"):
        found = _nearest(use_case.name, row.id)
        if not found.nearest:
            st.info("**There is no other row yet.** This is the first one that was stored.", icon=":material/info:")
            return
        rows = [one.prediction for one in found.nearest]
        frame = predictions_frame(use_case, rows).drop(columns=["batch_id", "row", "id"])
        frame.insert(0, "distance", [one.distance for one in found.nearest])
        st.dataframe(
            frame,
            column_config={
                **prediction_columns(use_case),
                "distance": st.column_config.NumberColumn(
                    "Distance", format="%.4f", help="0 is the same values; 1 is as far apart as values can be."
                ),
            },
            hide_index=True,
            width="stretch",
            placeholder="",
            alt="Stored rows that are most like this one, the nearest first",
        )
        st.caption(f"{_outcomes(use_case, rows)} {_looked_at(found)}")


@st.cache_data(ttl=60, show_spinner=False, max_entries=50)
def _nearest(use_case: str, prediction_id: UUID) -> NearestPredictions:
    return gateway().nearest_past(use_case, prediction_id, NEAREST)


def _outcomes(use_case: UseCaseAnswer, rows: Sequence[StoredPrediction]) -> str:
    known = [row for row in rows if row.label is not None]
    if not known:
        return "What came true is not known of any of them."
    if use_case.classes and use_case.task != "forecast":
        right = sum(row.label == row.prediction for row in known)
        return f"{right} of the {len(known)} of which it is known came true as predicted."
    error = sum(abs(float(row.label or 0) - float(row.prediction)) for row in known) / len(known)
    return f"The {len(known)} of which it is known were off by {error:,.4g} on average."


def _looked_at(found: NearestPredictions) -> str:
    since = "" if found.since is None else f", received since {format_time(found.since)}"
    return f"Looked at: the newest {format_count(found.looked_at, 'other row')}{since}; older ones were not."
