"""Past predictions: found by time, key, answer, file, source and version, counted over time, page by page."""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import PredictionPage, PredictionSummary, UseCaseAnswer
from ui.gateway.connection import Parameters
from ui.gateway.problems import NotOfferedError
from ui.gateway.questions import Filters
from ui.parts.clock import format_time
from ui.parts.download import download_link, workbook_button
from ui.parts.explanation import table_with_why
from ui.parts.heading import heading
from ui.parts.paging import pager
from ui.parts.period import choose_period
from ui.parts.tables import predictions_frame
from ui.parts.texts import format_count
from ui.predictions.chart import show_over_time
from ui.predictions.choice import choose_filters
from ui.predictions.history import show_history
from ui.predictions.labels import show_labels
from ui.shared import gateway

PAGE_ROWS = 200


def show() -> None:
    """Show the page."""
    use_case = heading("Past predictions", "Everything that was predicted, with the values it was made from.")
    if use_case is None:
        return
    period = choose_period("period", "Past predictions")
    if period is None:
        return
    filters = choose_filters(use_case, period)
    summary = _summary(filters) if filters.can_be_counted else None
    if summary is not None:
        _show_summary(use_case, summary)
    if filters.key is not None:
        show_history(use_case, filters)
    # A preset moves on with the clock, so its name stands for it.
    about = (
        period.name,
        filters.key,
        filters.batch_id,
        filters.source,
        filters.model_version,
        filters.outcome,
        filters.rows,
    )
    _show_table(use_case, filters, (use_case.name, about), summary)
    show_labels(use_case)


def _summary(filters: Filters) -> PredictionSummary | None:
    """Count the rows; none where the gateway cannot."""
    try:
        return _counted(filters)
    except NotOfferedError:
        st.caption("This gateway does not count predictions over time yet; the chart comes with a newer version.")
        return None


@st.cache_data(ttl=10, show_spinner=False, max_entries=100)
def _counted(filters: Filters) -> PredictionSummary:
    return gateway().summary(filters)


def _show_summary(use_case: UseCaseAnswer, summary: PredictionSummary) -> None:
    figures = {"Predictions": f"{summary.rows:,}"}
    for name, rows in (summary.by_class or {}).items():
        figures[name] = f"{rows:,}"
    for column, (name, figure) in zip(st.columns(max(3, len(figures))), figures.items(), strict=False):
        column.metric(name, figure)
    if summary.rows:
        show_over_time(use_case, summary)


def _page(filters: Filters, cursor: str | None) -> PredictionPage:
    return gateway().past_predictions(filters, cursor=cursor, limit=PAGE_ROWS)


def _show_table(use_case: UseCaseAnswer, filters: Filters, about: object, summary: PredictionSummary | None) -> None:
    pages = pager("past", about)
    # Nobody is sent through the table for what the counts know is not there.
    found = None if summary is not None and not summary.rows else _page(filters, pages.cursor)
    if found is not None and found.archived_rows:
        st.info(
            f"**{format_count(found.archived_rows, 'row')} of these days are archived** and not listed. Whoever runs this "
            "installation can bring a month back: `smartpredict restore`.",
            icon=":material/archive:",
        )
    if found is None or not (found.predictions or found.searched_to):
        spelled = "" if filters.key is None else " The name has to be written as in the rows, in full, capitals too."
        st.info(
            f"**No predictions found.** Choose a longer period, or fewer filters.{spelled}",
            icon=":material/search_off:",
        )
        return
    if found.predictions:
        table_with_why(
            use_case,
            predictions_frame(use_case, found.predictions),
            found.predictions,
            key="past-rows",
            about="Past predictions, the newest first",
            height=460,
        )
    if found.searched_to is not None:
        st.info(
            f"**Searched back to {format_time(found.searched_to)}.** There are many other predictions in between; the next "
            "page searches further back. A shorter period is quicker.",
            icon=":material/manage_search:",
        )
    of_all = "" if summary is None else f" of {summary.rows:,}"
    pages.buttons(found.next_cursor, f"{format_count(len(found.predictions), 'row')}{of_all}, the newest first")
    wanted: Parameters = {**filters.parameters, "format": "csv"}
    with st.container(horizontal=True):
        download_link(
            "Download all as CSV",
            "/past-predictions",
            wanted,
            hint="All rows that fit the choice above, not only this page, with what came true. Large downloads stream for a while.",
        )
        workbook_button(use_case, "/past-predictions", wanted, "predictions")
