"""Batches with where their rows are."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from ui.gateway.answers import BatchAnswer
from ui.parts.batch import show_ledger
from ui.parts.clock import local_time
from ui.parts.heading import cached_use_cases
from ui.parts.links import link_to
from ui.parts.paging import of_all, pager
from ui.parts.refused import state_title
from ui.parts.tables import TICK_BY_KEYS, time_column
from ui.parts.texts import SOURCES, STATES, format_count
from ui.shared import gateway

PAGE_BATCHES = 25
ALL = "all"


def show_batches() -> None:
    """Show batches page by page, and the one that was ticked in full."""
    choices = st.columns(3)
    titles = {summary.name: summary.title for summary in cached_use_cases()}
    use_case = choices[0].selectbox("Use case", [ALL, *titles], format_func=lambda name: titles.get(name, "All"))
    source = choices[1].selectbox("Came from", [ALL, *SOURCES], format_func=lambda name: SOURCES.get(name, "Anywhere"))
    state = choices[2].selectbox("State", [ALL, *STATES], format_func=lambda name: STATES.get(name, "Any"))
    pages = pager("batches", (use_case, source, state))
    found = gateway().batches(
        use_case=_unless_all(use_case),
        source=_unless_all(source),
        state=_unless_all(state),
        cursor=pages.cursor,
        limit=PAGE_BATCHES,
    )
    if not found.batches:
        st.info("**No batch fits.** Files, messages and uploads show up here.", icon=":material/inbox:")
        return
    chosen = st.dataframe(
        pd.DataFrame([_entry(batch, titles) for batch in found.batches]),
        column_config=_columns(),
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        key=f"batches-{pages.number}-{use_case}-{source}-{state}",
        alt="Batches with their ledger, the newest first",
    )
    pages.buttons(found.next_cursor, f"{format_count(len(found.batches), 'batch', 'batches')}{of_all(found.total)}")
    st.caption(
        "Rows read = predicted + stored + refused + dead letters + on their way. Tick a batch to see more of it. "
        f"{TICK_BY_KEYS}"
    )
    for place in chosen["selection"]["rows"]:
        if place < len(found.batches):
            _show_batch(found.batches[place])


def _show_batch(batch: BatchAnswer) -> None:
    with st.container(border=True):
        show_ledger(batch)
        parameters = {"use_case": batch.use_case, "batch": str(batch.batch_id)}
        link_to("predict", "Its predictions", icon=":material/bolt:", **parameters)
        if batch.rows.quarantined:
            link_to("quality", "Its refused rows", icon=":material/rule:", **parameters)


def _entry(batch: BatchAnswer, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "received_at": local_time(batch.received_at),
        "name": batch.name,
        "use_case": titles.get(batch.use_case, batch.use_case),
        "source": SOURCES.get(batch.source, batch.source),
        "state": "Done" if batch.done and not batch.problem else state_title(batch),
        # What was refused got nowhere.
        "progress": None if batch.problem else 1.0 if batch.done else batch.progress or 0.0,
        "rows_in": batch.rows.rows_in,
        "predicted": batch.rows.predicted,
        "observed": batch.rows.observed,
        "quarantined": batch.rows.quarantined,
        "dead_lettered": batch.rows.dead_lettered,
        "pending": batch.rows.pending,
        "balanced": batch.balanced,
    }


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "received_at": time_column("Received"),
        "name": st.column_config.TextColumn("File or message"),
        "use_case": st.column_config.TextColumn("Use case"),
        "source": st.column_config.TextColumn("Came from"),
        "state": st.column_config.TextColumn("State", width="medium"),
        "progress": st.column_config.ProgressColumn("Progress", min_value=0, max_value=1, format="percent"),
        "rows_in": number("Rows read", format="%d"),
        "predicted": number("Predicted", format="%d"),
        "observed": number("Stored", format="%d", help="Observations, from which forecasts are made."),
        "quarantined": number("Refused", format="%d", help="Bad rows, kept with their reasons; can be repaired."),
        "dead_lettered": number(
            "Dead letters",
            format="%d",
            help="Rows of messages that nobody could handle; they stand below, to be sent again.",
        ),
        "pending": number("On their way", format="%d", help="Good rows that wait for a worker."),
        "balanced": st.column_config.CheckboxColumn("In balance", help="Every row is in exactly one place."),
    }


def _unless_all(name: str) -> str | None:
    return None if name == ALL else name
