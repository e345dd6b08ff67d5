"""Operations at a glance: health, models, batches with their ledger, queues, dead letters."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from ui.answers import Batch
from ui.pages.dead_letters import show_dead_letters
from ui.parts.batch import show_ledger
from ui.parts.errors import friendly
from ui.parts.paging import pager
from ui.parts.places import link_to
from ui.parts.session import gateway, known_use_cases, on_the_clock
from ui.parts.tables import small_table, time_column
from ui.parts.words import SOURCES, STATES, count, plain
from ui.problems import NotOfferedError

LOOK_SECONDS = 5.0
PAGE_BATCHES = 25
ALL = "all"


def show() -> None:
    """Show the page."""
    st.title("Operations", anchor=False)
    st.markdown("What works, what is waiting, and what needs a person.")
    _show_now()
    st.header("Batches", anchor=False)
    st.markdown("Files, messages and uploads, with where their rows are.")
    with friendly("Batches"):
        _show_batches()
    st.header("Dead letters", anchor=False)
    st.markdown(
        "Messages that nobody could handle, kept with their cause. Once the cause is mended, send them again; "
        "what was predicted already is not predicted twice."
    )
    with friendly("Dead letters"):
        show_dead_letters()


@st.fragment(run_every=LOOK_SECONDS)
def _show_now() -> None:
    """Show what changes by itself; the tables below stay as they are while somebody reads them."""
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.header("Health", anchor=False)
        with friendly("Health"):
            _show_health()
    with right, st.container(border=True):
        st.header("Models served", anchor=False)
        with friendly("Models"):
            _show_models()
        st.header("Queues", anchor=False)
        with friendly("Queues"):
            _show_queues()


def _show_health() -> None:
    health = gateway().health()
    if health.ready:
        st.success("**Everything works.** Rows sent now are predicted.", icon=":material/check_circle:")
    else:
        st.error("**Something is missing.** Rows may have to wait.", icon=":material/error:")
    for check in health.checks:
        icon = ":green[:material/check_circle:]" if check.ok else ":red[:material/cancel:]"
        state = "works" if check.ok else "does not work"
        st.markdown(f"{icon} **{plain(check.name.capitalize())}** {state}: {plain(check.detail)}")


def _show_models() -> None:
    titles = {summary.name: summary.title for summary in known_use_cases()}
    for model in gateway().models():
        title = plain(titles.get(model.use_case, model.use_case))
        if not model.versions:
            st.markdown(
                f":red[:material/cancel:] **{title}**: no model is served. An operator makes one with "
                f"`smartpredict train {model.use_case}`."
            )
        for served in model.versions:
            workers = count(len(served.workers), "worker")
            st.markdown(f":green[:material/check_circle:] **{title}**: version {served.version}, by {workers}")


def _show_queues() -> None:
    try:
        queues = gateway().queues()
    except NotOfferedError:
        st.caption("This gateway does not tell the length of its queues yet; Health shows who listens to them.")
        return
    rows = [
        {"Queue": queue.name, "Waiting": queue.messages, "Consumers": queue.consumers, "What it holds": queue.purpose}
        for queue in queues
    ]
    small_table(pd.DataFrame(rows), "Queues with what waits in them")


def _show_batches() -> None:
    choices = st.columns(3)
    titles = {summary.name: summary.title for summary in known_use_cases()}
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
    pages.buttons(found.next_cursor, count(len(found.batches), "batch", "batches"))
    st.caption("Rows read = predicted + refused + dead letters + on their way. Tick a batch to see more of it.")
    for place in chosen["selection"]["rows"]:
        if place < len(found.batches):
            _show_batch(found.batches[place])


def _show_batch(batch: Batch) -> None:
    with st.container(border=True):
        show_ledger(batch)
        parameters = {"use_case": batch.use_case, "batch": str(batch.batch_id)}
        link_to("predict", "Its predictions", icon=":material/bolt:", **parameters)
        if batch.rows.quarantined:
            link_to("quality", "Its refused rows", icon=":material/rule:", **parameters)


def _entry(batch: Batch, titles: dict[str, str]) -> dict[str, Any]:
    return {
        "received_at": on_the_clock(batch.received_at),
        "name": batch.name,
        "use_case": titles.get(batch.use_case, batch.use_case),
        "source": SOURCES.get(batch.source, batch.source),
        "state": "Done" if batch.done and not batch.problem else STATES.get(batch.state, batch.state),
        "progress": 1.0 if batch.done else batch.progress or 0.0,
        "rows_in": batch.rows.rows_in,
        "predicted": batch.rows.predicted,
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
        "state": st.column_config.TextColumn("State"),
        "progress": st.column_config.ProgressColumn("Progress", min_value=0, max_value=1, format="percent"),
        "rows_in": number("Rows read", format="localized"),
        "predicted": number("Predicted", format="localized"),
        "quarantined": number("Refused", format="localized"),
        "dead_lettered": number("Dead letters", format="localized"),
        "pending": number("On their way", format="localized"),
        "balanced": st.column_config.CheckboxColumn("In balance", help="Every row is in exactly one place."),
    }


def _unless_all(name: str) -> str | None:
    return None if name == ALL else name
