"""Errors as people need them: what happened, what to do, and never a traceback."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from ui.gateway.problems import (
    BusyError,
    GatewayError,
    GatewayTimeoutError,
    GatewayUnreachableError,
    MayBeDoneError,
    NotFoundError,
    NotOfferedError,
    VersionNotServedError,
)
from ui.parts.texts import escape_markdown


def show_error(error: GatewayError, doing: str = "") -> None:
    """Show what went wrong."""
    where = f"{doing}: " if doing else ""
    request = f"\n\nRequest {error.request_id}" if error.request_id and not isinstance(error, NotOfferedError) else ""
    detail = f" {escape_markdown(error.detail)}" if error.detail else ""
    text = f"**{where}{error.title}.**{detail} {error.advice}{request}"
    match error:
        case NotOfferedError():
            st.info(text, icon=":material/hourglass_empty:")
        case MayBeDoneError():
            st.warning(text, icon=":material/warning:")
            # What stands above is from before, and names of use cases are kept for a while.
            st.button(
                "Show the page as it is now", icon=":material/refresh:", key=f"look-again-{doing}",
                on_click=st.cache_data.clear,
            )  # fmt: skip
        case BusyError() | GatewayTimeoutError() | NotFoundError() | VersionNotServedError():
            st.warning(text, icon=":material/warning:")
        case _:
            st.error(text, icon=":material/error:")


@contextmanager
def showing_errors(doing: str = "") -> Iterator[None]:
    """Show errors of the gateway where they happen, and let the rest of the page go on."""
    try:
        yield
    except GatewayError as error:
        show_error(error, doing)


def with_error_page(page: Callable[[], None]) -> Callable[[], None]:
    """Wrap a page: what it cannot go on without is told in its place, with a way to try again."""

    @functools.wraps(page)
    def show() -> None:
        try:
            page()
        except GatewayError as error:
            show_error(error)
            if isinstance(error, GatewayUnreachableError | BusyError | GatewayTimeoutError):
                st.button("Try again", icon=":material/refresh:", type="primary")

    return show
