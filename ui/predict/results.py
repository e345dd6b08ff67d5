"""The results of rows: one in full, many as a table that can be filtered and downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pandas as pd
import streamlit as st

from ui.gateway.answers import BatchAnswer, BatchPredictionsSummary, PredictAnswer, Prediction, UseCaseAnswer
from ui.gateway.problems import NotOfferedError
from ui.gateway.questions import RowFilters
from ui.parts.broken_rules import counts_of, show_broken_rules
from ui.parts.download import download_link, file_stem, table_buttons, workbook_button
from ui.parts.explanation import show_explanation, table_with_why
from ui.parts.heading import cached_use_case
from ui.parts.links import link_to
from ui.parts.paging import pager
from ui.parts.tables import errors_frame, predictions_frame, quarantine_errors, small_table
from ui.parts.texts import format_count, score_title
from ui.predict import charts
from ui.predict.neighbours import show_neighbours
from ui.predict.what_if import show_what_if
from ui.shared import gateway

PAGE_ROWS = 200

ANSWER = "answer"
"""Name of the box with the answer to the form, by which the page scrolls to it."""


def show_one(use_case: UseCaseAnswer, predicted: PredictAnswer) -> None:
    """Show the prediction of one row with all that belongs to it."""
    found = predicted.predictions[0]
    with st.container(border=True, key=ANSWER):
        left, right = st.columns([1, 2])
        with left:
            st.metric("Prediction", _shown(found.prediction))
            if found.score is not None:
                st.metric(score_title(use_case), f"{found.score:.1%}")
        with right:
            if found.scores and use_case.task == "forecast":
                named = " · ".join(f"{name} {value:,.4g}" for name, value in found.scores.items())
                st.caption(f"Quantiles, in percent of what is expected to lie below: {named}")
            elif found.scores:
                charts.probabilities(use_case, found.scores)
            elif found.score is not None and use_case.task == "binary":
                negative, positive = use_case.classes
                charts.probabilities(use_case, {positive: found.score, negative: 1 - found.score})
        st.caption(f"Model version {predicted.model_version} · stored as {found.id}")
    _show_features(use_case, found)
    if st.toggle("Why this prediction?", key="why", help="Shows how far each value moved the prediction."):
        show_explanation(use_case, (predicted.explanations or (None,))[0], found)
    if st.toggle(
        "What if a value were another?", key="what-if", help="Shows the answer over one value or two; stores nothing."
    ):
        show_what_if(use_case, predicted)
    if st.toggle(
        "Stored rows like it", key="neighbours", help="Shows the nearest of the newest rows, with what came true."
    ):
        show_neighbours(use_case, found)


def _show_features(use_case: UseCaseAnswer, found: Prediction) -> None:
    with st.expander("The values it was made from"):
        values = [
            {
                "Column": feature.title,
                "Value": "left out" if (value := found.features.get(feature.name)) is None else str(value),
            }
            for feature in use_case.features
        ]
        small_table(pd.DataFrame(values), "Values the prediction was made from")


def show_many(use_case: UseCaseAnswer, predicted: PredictAnswer, numbers: Sequence[int], name: str) -> None:
    """Show the predictions of the rows of a small file."""
    frame = predictions_frame(use_case, predicted.predictions, numbers)
    _tell_stored(len(frame), predicted.model_version)
    if use_case.classes:
        charts.by_class(use_case, {name: int((frame["prediction"] == name).sum()) for name in use_case.classes})
    shown = _filtered(use_case, frame)
    table_with_why(use_case, shown, predicted.predictions, key="file-rows", about="Predictions of the file")
    stem = file_stem(use_case.name, f"{name.rpartition('.')[0] or name}-predictions")
    what = f"Download {format_count(len(shown), 'row')}"
    table_buttons(st.container(horizontal=True), shown, stem, csv=f"{what} as CSV", excel=f"{what} for Excel")


def _tell_stored(rows: int, version: int | None) -> None:
    by = "" if version is None else f", by model version {version}"
    st.success(f"**{format_count(rows, 'row')} predicted and stored**{by}.", icon=":material/check_circle:")


def show_batch_results(use_case: UseCaseAnswer, batch: BatchAnswer) -> None:
    """Show what became of the rows of a batch, page by page."""
    if batch.rows.quarantined:
        _show_bad_rows(batch)
    if batch.rows.observed:
        st.success(f"{format_count(batch.rows.observed, 'observation')} stored.", icon=":material/task_alt:")
        return
    if not batch.rows.predicted:
        st.info("No row of this file was predicted.", icon=":material/info:")
        return
    _tell_stored(batch.rows.predicted, batch.model_version)
    st.header("Predictions", anchor=False)
    rows, order = _wanted_rows(use_case, batch.batch_id)
    counted = _counted(batch, rows)
    if counted.by_class:
        charts.by_class(use_case, counted.by_class)
    if not counted.rows:
        st.info("**No row of this file fits.** Choose other classes, or a wider range.", icon=":material/search_off:")
        return
    pages = pager("batch", (batch.batch_id, rows, order))
    found = gateway().batch_predictions(batch.batch_id, rows, order=order, cursor=pages.cursor, limit=PAGE_ROWS)
    frame = predictions_frame(use_case, found.predictions).drop(columns=["batch_id", "source"], errors="ignore")
    table_with_why(use_case, frame, found.predictions, key="batch-rows", about="Predictions of the batch")
    fitting = "" if counted.rows == batch.rows.predicted else f", which fit of {batch.rows.predicted:,}"
    pages.buttons(found.next_cursor, f"{format_count(len(frame), 'row')} of {counted.rows:,}{fitting}")
    path, wanted = f"/batches/{batch.batch_id}/predictions", {"format": "csv", **rows.parameters}
    with st.container(horizontal=True):
        download_link(
            "Download all as CSV" if not fitting else f"Download {format_count(counted.rows, 'row')} as CSV",
            path,
            wanted,
            hint="Every row that fits, with its features and what came true, in the order of the file.",
        )
        workbook_button(use_case, path, wanted, f"{batch.name.partition('.')[0]}-predictions")
    link_to(
        "past",
        "Among past predictions, by key and time",
        icon=":material/history:",
        use_case=batch.use_case,
        batch=str(batch.batch_id),
        period="All",
    )


def _counted(batch: BatchAnswer, rows: RowFilters) -> BatchPredictionsSummary:
    """Count the predictions that fit; those of the ledger where the gateway does not count yet."""
    try:
        return gateway().count_batch_predictions(batch.batch_id, rows)
    except NotOfferedError:
        return BatchPredictionsSummary(batch_id=batch.batch_id, use_case=batch.use_case, rows=batch.rows.predicted)


def _wanted_rows(use_case: UseCaseAnswer, batch_id: UUID) -> tuple[RowFilters, str]:
    """Show which predictions of a batch are wanted, all of which the gateway looks through, and in which order."""
    left, middle, right = st.columns(3)
    value = score_title(use_case) if use_case.classes else "Predicted number"
    orders = {"row": "As in the file", "highest": f"{value}, the highest first", "lowest": f"{value}, the lowest first"}
    key = f"batch-{batch_id}"
    order = right.selectbox("Order", list(orders), format_func=orders.__getitem__, key=f"{key}-order")
    if not use_case.classes:
        return RowFilters(), order
    classes = left.multiselect("Only predictions of", use_case.classes, placeholder="All classes", key=f"{key}-classes")
    least, most = middle.slider(f"{value} (%)", 0, 100, (0, 100), key=f"{key}-score")
    return RowFilters(
        classes=tuple(classes),
        least=least / 100 if least else None,
        most=most / 100 if most < 100 else None,  # noqa: PLR2004  # percent
    ), order


def _show_bad_rows(batch: BatchAnswer) -> None:
    found = gateway().batch_quarantine(batch.batch_id, cursor=None, limit=PAGE_ROWS)
    with st.expander(f"{format_count(batch.rows.quarantined, 'row')} refused: see why", expanded=True):
        show_broken_rules(batch, counts_of(batch))
        st.dataframe(
            errors_frame(cached_use_case(batch.use_case), quarantine_errors(found.rows)),
            height=260,
            hide_index=True,
            width="stretch",
            alt="Refused rows and reasons",
        )
        if found.next_cursor is not None:
            st.caption(f"The first {len(found.rows):,} of them.")
        st.caption(
            "They are kept under Data quality with all their values, until somebody repairs them. Rows that are none, such as a line of sums, can be discarded there."
        )
        link_to(
            "quality",
            "Repair them under Data quality",
            icon=":material/build:",
            use_case=batch.use_case,
            batch=str(batch.batch_id),
        )


def _filtered(use_case: UseCaseAnswer, frame: pd.DataFrame) -> pd.DataFrame:
    """Show filters above a table and return the rows that are left."""
    left, right = st.columns(2)
    if use_case.classes:
        wanted = left.multiselect("Only predictions of", use_case.classes, placeholder="All classes")
        if wanted:
            frame = frame[frame["prediction"].isin(wanted)]
        least, most = right.slider(f"{score_title(use_case)} (%)", 0, 100, (0, 100))
        if (least, most) != (0, 100):
            frame = frame[frame["score"].between(least / 100, most / 100)]
    return frame


def _shown(prediction: str | float) -> str:
    return prediction if isinstance(prediction, str) else f"{prediction:.6g}"
