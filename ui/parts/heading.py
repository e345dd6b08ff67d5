"""The head of a page with the choice of the use case; what it asks for is cached briefly, so that no click waits for it."""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import UseCaseAnswer, UseCaseSummary
from ui.parts.links import link_to
from ui.parts.texts import escape_markdown
from ui.shared import gateway

CACHED_SECONDS = 30
"""A new use case shows up that much later at most."""


@st.cache_data(ttl=CACHED_SECONDS, show_spinner=False)
def cached_use_cases() -> list[UseCaseSummary]:
    """List the use cases."""
    return gateway().use_cases()


@st.cache_data(ttl=CACHED_SECONDS, show_spinner=False, max_entries=200)
def cached_use_case(name: str) -> UseCaseAnswer:
    """Return a use case with all that a form needs."""
    return gateway().use_case(name)


@st.cache_data(ttl=CACHED_SECONDS, show_spinner=False, max_entries=200)
def cached_template(name: str) -> bytes:
    """Return the CSV template of a use case."""
    return gateway().template(name)


def choose_use_case() -> UseCaseAnswer | None:
    """Show the choice of a use case; it stands in the address and so survives pages and reloads."""
    known = {summary.name: summary for summary in cached_use_cases()}
    if not known:
        st.info("**There is no use case yet.** An operator makes one with `smartpredict init data.csv`.")
        link_to("new", "Make one of a file here", icon=":material/add:")
        return None
    names = list(known)
    first = next((place for place, name in enumerate(names) if known[name].default), 0)
    chosen = st.selectbox(
        "Use case",
        names,
        first,
        format_func=lambda name: known[name].title,
        key="use_case",
        bind="query-params",
        help="What is predicted. Everything on this page is about the use case chosen here.",
    )
    return cached_use_case(chosen)


def heading(title: str, about: str) -> UseCaseAnswer | None:
    """Show the head of a page: its title, one sentence about it, and the choice of the use case."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        st.title(title, anchor=False)
        st.markdown(about)
    with right:
        use_case = choose_use_case()
    if use_case is not None and use_case.description:
        st.caption(escape_markdown(use_case.description))
    return use_case
