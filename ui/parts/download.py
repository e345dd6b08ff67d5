"""Buttons that download tables of the page, and what the gateway streams: as it comes, or its beginning as a workbook."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.gateway.answers import UseCaseAnswer
from ui.gateway.connection import Parameters
from ui.parts.clock import local_time
from ui.shared import gateway, shared
from ui.transfers.csv_files import EXCEL, csv_to_look_at, workbook_of_csv, workbook_to_look_at
from ui.transfers.downloads import KEPT_SECONDS

MAX_REMEMBERED = 50
"""Links of one visitor; every change of a filter makes one."""

WORKBOOK_ROWS, WORKBOOK_CELLS = 10_000, 600_000
"""Most rows and cells of a workbook: it is written while a person waits, in some seconds."""

_OTHER_COLUMNS = 15
"""About as many are beside the features: ids, times, the prediction with its score, what came true."""

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


def table_buttons(place: DeltaGenerator, frame: pd.DataFrame, stem: str, *, csv: str, excel: str) -> None:
    """Show two buttons, with these labels, that download a table of this page as CSV and as a workbook."""
    place.download_button(
        csv, lambda: csv_to_look_at(frame), f"{stem}.csv", "text/csv", icon=":material/download:", on_click="ignore"
    )
    place.download_button(
        excel,
        lambda: workbook_to_look_at(frame),
        f"{stem}.xlsx",
        EXCEL,
        icon=":material/table_view:",
        on_click="ignore",
    )


def workbook_button(use_case: UseCaseAnswer, path: str, parameters: Parameters, what: str) -> None:
    """Show a button that downloads the first predictions of a stream of the gateway as a workbook."""
    texts = {feature.name for feature in use_case.features if feature.type in _TEXTS} | {use_case.key or ""}
    if use_case.classes:
        texts |= {"prediction", use_case.target or "", f"{use_case.target}_came_true"}
    rows = min(WORKBOOK_ROWS, WORKBOOK_CELLS // (len(use_case.features) + _OTHER_COLUMNS))
    st.download_button(
        "Download for Excel",
        lambda: workbook_of_csv(
            gateway().first_rows(path, parameters, rows + 1),
            rows=rows,
            texts=texts,
            titles={feature.name: feature.title for feature in use_case.features},
        ),
        f"{file_stem(use_case.name, what)}.xlsx",
        EXCEL,
        icon=":material/table_view:",
        on_click="ignore",
        help=f"The first {rows:,} rows at most, with the titles of the columns. CSV has all of them, to be read by programs.",
    )
