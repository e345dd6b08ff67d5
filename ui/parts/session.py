"""What a page asks for on every run; remembered briefly, so that a click does not wait for it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from ui.gateway.answers import UseCaseAnswer, UseCaseSummary
from ui.gateway.client import Gateway
from ui.parts.links import link_to
from ui.parts.texts import plain
from ui.shared import shared

REMEMBERED_SECONDS = 30
"""A new use case shows up that much later at most."""


def gateway() -> Gateway:
    """Give the client of the gateway."""
    return shared().gateway


@st.cache_data(ttl=REMEMBERED_SECONDS, show_spinner=False)
def known_use_cases() -> list[UseCaseSummary]:
    """List the use cases."""
    return gateway().use_cases()


@st.cache_data(ttl=REMEMBERED_SECONDS, show_spinner=False, max_entries=200)
def use_case_of(name: str) -> UseCaseAnswer:
    """Give a use case with all that a form needs."""
    return gateway().use_case(name)


@st.cache_data(ttl=REMEMBERED_SECONDS, show_spinner=False, max_entries=200)
def template_of(name: str) -> bytes:
    """Give the CSV template of a use case."""
    return gateway().template(name)


def choose_use_case() -> UseCaseAnswer | None:
    """Let people choose a use case; the choice stands in the address and so survives pages and reloads."""
    known = {summary.name: summary for summary in known_use_cases()}
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
    return use_case_of(chosen)


def heading(title: str, about: str) -> UseCaseAnswer | None:
    """Begin a page: its title, one sentence about it, and the choice of the use case."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        st.title(title, anchor=False)
        st.markdown(about)
    with right:
        use_case = choose_use_case()
    if use_case is not None and use_case.description:
        st.caption(plain(use_case.description))
    return use_case


def clock() -> tzinfo:
    """Give the time zone of the reader's browser; UTC where it does not tell."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def on_the_clock(time: datetime) -> datetime:
    """Give a point in time as the reader's clock shows it, for tables and charts, which know no time zones."""
    return time.astimezone(clock()).replace(tzinfo=None)


def clock_name() -> str:
    """Name the time zone that times are shown in."""
    return str(clock()).replace("_", " ")
