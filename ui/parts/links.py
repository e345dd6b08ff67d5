"""Links between pages."""

from __future__ import annotations

from typing import Any

import streamlit as st

_KEY = "pages"


def remember_pages(pages: dict[str, Any]) -> None:
    """Store the pages of this run, so that others can link to them."""
    st.session_state[_KEY] = pages


def link_to(name: str, label: str, *, icon: str, **parameters: str) -> None:
    """Show a link to another page; nothing where there is no such page."""
    page = st.session_state.get(_KEY, {}).get(name)
    if page is not None:
        st.page_link(page, label=label, icon=icon, query_params=parameters)
