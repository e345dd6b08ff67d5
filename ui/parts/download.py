"""Buttons that download what the gateway streams: all of it as it comes, or its beginning as a workbook."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import streamlit as st

from ui.gateway.answers import UseCaseAnswer
from ui.gateway.connection import Parameters
from ui.parts.clock import local_time
from ui.shared import gateway, shared
from ui.transfers.csv_files import EXCEL, workbook_of_csv
from ui.transfers.downloads import KEPT_SECONDS

MAX_REMEMBERED = 50
"""Links of one visitor; every change of a filter makes one."""

WORKBOOK_ROWS = 10_000
"""Rows of a workbook: it is written while a person waits, in some seconds."""

_TEXTS = frozenset({"category", "timestamp", "boolean"})
"""Kinds of columns whose values are texts in CSV."""


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


def workbook_button(use_case: UseCaseAnswer, path: str, parameters: Parameters, what: str) -> None:
    """Show a button that downloads the first predictions of a stream of the gateway as a workbook."""
    texts = {feature.name for feature in use_case.features if feature.type in _TEXTS} | {use_case.key or ""}
    titles = {feature.name: feature.title for feature in use_case.features}
    are_clear = len({*titles.values()}) == len(titles)
    st.download_button(
        "Download for Excel",
        lambda: workbook_of_csv(
            gateway().first_lines(path, parameters, WORKBOOK_ROWS + 1),
            rows=WORKBOOK_ROWS,
            texts=texts | ({use_case.target, "prediction"} if use_case.classes else set()),
            titles=titles if are_clear else {},
        ),
        f"{file_stem(use_case.name, what)}.xlsx",
        EXCEL,
        icon=":material/table_view:",
        on_click="ignore",
        help=f"The first {WORKBOOK_ROWS:,} rows at most, with the titles of the columns. CSV has all of them, to be read by programs.",
    )
