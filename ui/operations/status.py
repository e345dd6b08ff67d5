"""What works and what waits, as it is now: health, the models that are served, queues."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui.gateway.problems import NotOfferedError
from ui.operations.attention import needs_attention
from ui.operations.processes import silent_workers
from ui.parts.heading import cached_use_cases
from ui.parts.links import link_to
from ui.parts.serving import show_way_out, unserved_in_words
from ui.parts.tables import small_table
from ui.parts.texts import escape_markdown, format_count, with_words
from ui.shared import gateway


def show_health() -> None:
    """Show whether everything works, check by check."""
    health = gateway().health()
    if health.ready:
        left = needs_attention()
        everything = "" if left else "**Everything works.** "
        st.success(f"{everything}Rows sent now are predicted.", icon=":material/check_circle:")
        if left:
            listed = "\n".join(f"- {need.words}" for need in left)
            st.warning(f"**This needs somebody:**\n\n{listed}", icon=":material/flag:")
            for link in (link for need in left for link in need.links):
                link_to(link.page, link.label, icon=":material/arrow_forward:", **link.parameters)
    else:
        st.error("**Something is missing.** Rows may have to wait.", icon=":material/error:")
    titles = {summary.name: summary.title for summary in cached_use_cases()}
    for check in health.checks:
        icon = ":green[:material/check_circle:]" if check.ok else ":red[:material/cancel:]"
        state = "works" if check.ok else "does not work"
        st.markdown(
            f"{icon} **{escape_markdown(check.name.capitalize())}** {state}: {escape_markdown(with_words(check.detail, titles))}"
        )


def show_models() -> None:
    """Show which versions are served, and by how many workers: of those that live, as the processes above tell."""
    silent = silent_workers()
    known = {summary.name: summary for summary in cached_use_cases()}
    titles = {name: summary.title for name, summary in known.items()}
    for model in gateway().served_models():
        title = escape_markdown(titles.get(model.use_case, model.use_case))
        if not model.versions:
            is_forecast = model.use_case in known and known[model.use_case].task == "forecast"
            st.markdown(f":red[:material/cancel:] **{title}**: {unserved_in_words(model, is_forecast=is_forecast)}")
            show_way_out(model, titles.get(model.use_case, model.use_case))
        for served in model.versions:
            living = [worker for worker in served.workers if worker not in silent]
            if living:
                workers = format_count(len(living), "worker")
                st.markdown(f":green[:material/check_circle:] **{title}**: version {served.version}, by {workers}")
            else:
                st.markdown(
                    f":red[:material/cancel:] **{title}**: version {served.version}, by no worker that is still heard of"
                )


def show_queues() -> None:
    """Show what waits in every queue."""
    try:
        queues = gateway().queues()
    except NotOfferedError:
        st.caption("This gateway does not tell the length of its queues yet; Health shows who listens to them.")
        return
    rows = [
        {
            "Queue": queue.name,
            "Waiting": queue.messages,
            "At most": queue.most_messages,
            "Consumers": queue.consumers,
            "What it holds": queue.purpose,
        }
        for queue in queues
    ]
    small_table(pd.DataFrame(rows), "Queues with what waits in them")
