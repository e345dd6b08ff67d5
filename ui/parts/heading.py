"""The head of a page with the choice of the use case; what it asks for is cached briefly, so that no click waits for it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.gateway.answers import UseCaseAnswer, UseCaseSummary
from ui.gateway.problems import NotFoundError
from ui.parts.links import link_to
from ui.parts.texts import escape_markdown
from ui.shared import gateway

CACHED_SECONDS = 30
"""A new use case shows up that much later at most."""


_KEY = "use_case"
"""In the address it has the name, which stays; Streamlit's own binding would write the title that the box shows."""

_REMEMBERED = "chosen_use_case"


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


def choose_use_case(task: str | None = None) -> UseCaseAnswer | None:
    """Show the choice of a use case; it stands in the address and so survives pages and reloads.

    Parameters
    ----------
    task
        Offer only use cases of this task. They are remembered apart, for the other pages are about any.
    """
    everything = _known()
    if st.query_params.get(_KEY, next(iter(everything), "")) not in everything:
        cached_use_cases.clear()  # it may have been added a moment ago
        everything = _known()
    known = {name: one for name, one in everything.items() if task in {None, one.task}}
    if not known:
        _tell_of_none(task)
        return None
    remembered = _REMEMBERED if task is None else f"{_REMEMBERED}-{task}"
    st.session_state[_KEY] = _addressed(known, remembered)
    chosen: str = st.selectbox(
        "Use case",
        list(known),
        format_func=lambda name: known[name].title,
        key=_KEY,
        on_change=_write_address,
        args=(remembered,),
        help="What is predicted. Everything on this page is about the use case chosen here.",
    )
    _write_address(remembered)
    try:
        return cached_use_case(chosen)
    except NotFoundError:
        cached_use_cases.clear()  # it was retired a moment ago
        if chosen in _known():
            raise
        st.rerun()


def _tell_of_none(task: str | None) -> None:
    if task is None:
        st.info("**There is no use case yet.** An operator makes one with `smartpredict init data.csv`.")
        link_to("new", "Make one of a file here", icon=":material/add:")
    else:
        st.info(
            f"**No use case is a {task} yet.** One whose `usecase.yaml` says `task: {task}` is.",
            icon=":material/search_off:",
        )


def _known() -> dict[str, UseCaseSummary]:
    return {summary.name: summary for summary in cached_use_cases()}


def _addressed(known: Mapping[str, UseCaseSummary], remembered: str) -> str:
    """Return the use case that the address names; else the one that was chosen last, or the default."""
    named = st.query_params.get(_KEY, "")
    by_title = {summary.title: name for name, summary in known.items()}
    first = next((name for name, summary in known.items() if summary.default), next(iter(known)))
    # Addresses had the title once; people keep them.
    before = (st.session_state.get(key) for key in (remembered, _REMEMBERED))
    wanted = (named, by_title.get(named), *before, first)
    return next(name for name in wanted if name is not None and name in known)


def remember_use_case(name: str) -> None:
    """Have the pages that come next begin with a use case: the one that somebody has just added."""
    st.session_state[_REMEMBERED] = name


def _write_address(remembered: str) -> None:
    """Put the name of the choice into the address, and remember it for pages whose address names none."""
    chosen = st.session_state[_KEY]
    st.session_state[remembered] = chosen
    if st.query_params.get(_KEY) != chosen:
        st.query_params[_KEY] = chosen


def heading(title: str, about: str, task: str | None = None) -> UseCaseAnswer | None:
    """Show the head of a page: its title, one sentence about it, and the choice of the use case, of a task if one is given."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        st.title(title, anchor=False)
        st.markdown(about)
    with right:
        use_case = choose_use_case(task)
    if use_case is not None and use_case.description:
        st.caption(escape_markdown(use_case.description))
    return use_case
