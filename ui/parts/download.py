"""Buttons that download what the gateway streams."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import streamlit as st

from ui.gateway.connection import Parameters
from ui.parts.clock import local_time
from ui.shared import shared
from ui.transfers.downloads import KEPT_SECONDS

MAX_REMEMBERED = 50
"""Links of one visitor; every change of a filter makes one."""


def file_stem(use_case: str, what: str) -> str:
    """Name a file that is made on this page by what it holds and when, as the gateway names its own; without its ending."""
    return f"{use_case}-{what}-{local_time(datetime.now(UTC)):%Y-%m-%d-%H%M}"


def download_link(label: str, path: str, parameters: Parameters, *, hint: str) -> None:
    """Show a button that downloads a stream of the gateway, whatever its size."""
    links = st.session_state.setdefault("download-links", {})
    wanted = (path, *sorted(parameters.items()))
    known = links.get(wanted)
    # Renewed in good time, so that a link on the page works when it is clicked. The clock may begin at 0, as the machine does.
    if known is None or time.monotonic() - known[1] > KEPT_SECONDS / 2:
        if len(links) > MAX_REMEMBERED:
            links.clear()
        address = shared().downloads.link(path, parameters)
        known = links[wanted] = (address, time.monotonic())
    st.link_button(label, known[0], icon=":material/download:", help=hint)
