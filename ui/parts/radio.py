"""Radio buttons."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st


def choose_one(label: str, options: Mapping[str, str], first: str, *, key: str) -> str:
    """Show one of a few to choose; the choice stands in the address and so survives a reload.

    Radio buttons: Streamlit's segmented control writes its choice in the primary colour, and no blue can be read both
    there on dark ground and under the white text of a button.
    """
    names = list(options)
    chosen: str = st.radio(
        label,
        names,
        names.index(first),
        format_func=options.__getitem__,
        key=key,
        bind="query-params",
        horizontal=True,
    )
    return chosen
