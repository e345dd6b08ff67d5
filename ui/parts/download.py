"""Buttons that download what the gateway streams."""

from __future__ import annotations

import time

import streamlit as st

from ui.shared import shared
from ui.transfers.downloads import KEPT_SECONDS

MAX_REMEMBERED = 50
"""Links of one visitor; every change of a filter makes one."""


def download_link(label: str, path: str, parameters: dict[str, str], *, hint: str) -> None:
    """Show a button that downloads a stream of the gateway, whatever its size."""
    links = st.session_state.setdefault("download-links", {})
    wanted = (path, *sorted(parameters.items()))
    address, since = links.get(wanted, ("", 0.0))
    # Renewed in good time, so that a link on the page works when it is clicked.
    if time.monotonic() - since > KEPT_SECONDS / 2:
        if len(links) > MAX_REMEMBERED:
            links.clear()
        address = shared().downloads.link(path, parameters)
        links[wanted] = (address, time.monotonic())
    st.link_button(label, address, icon=":material/download:", help=hint)
