"""The choice of past predictions: by key, door, version, class, score and file."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.gateway.answers import BatchAnswer, UseCaseAnswer
from ui.gateway.questions import Filters, RowFilters
from ui.parts.batch import find_batch
from ui.parts.clock import format_time
from ui.parts.errors import showing_errors
from ui.parts.fields import number_field
from ui.parts.period import Period
from ui.parts.texts import SOURCES, escape_label, named, score_title
from ui.shared import gateway

ALL = "all"
OUTCOMES = {
    "right": "What was predicted (right)",
    "wrong": "Another class (wrong)",
    "known": "Known, whatever it is",
    "unknown": "Not known yet",
}
OF_NUMBERS = frozenset({"known", "unknown"})
"""Outcomes that numbers have, too: none is simply right."""

FILE_DOORS = ("file", "webapp", "scheduled")
NEWEST_FILES = 25
"""Files of each door to choose among; any other is reached by a link."""


def choose_filters(use_case: UseCaseAnswer, period: Period) -> Filters:
    """Show the filters and return what was chosen.

    The key and the file stand in the address, so that the history of a machine can be sent to somebody.
    """
    places = iter([*st.columns(3), *st.columns(3), *st.columns(3)])
    key = None if use_case.key is None else _choose_key(next(places), use_case.key)
    source = next(places).selectbox(
        "Came from",
        [ALL, *SOURCES],
        format_func=lambda name: SOURCES.get(name, "Anywhere"),
        key="source",
        bind="query-params",
        help="How the rows came in: as a file, from this page, by the API or as messages.",
    )
    version = next(places).number_input(
        "Model version", 1, 2**31 - 1, None, key="version", bind="query-params", placeholder="every version"
    )
    rows = _choose_answers(places, use_case)
    outcome = _choose_outcome(next(places), use_case)
    return Filters(
        use_case=use_case.name,
        start=period.start,
        end=period.end,
        key=key,
        batch_id=_choose_file(next(places), use_case),
        source=None if source == ALL else source,
        model_version=version,
        outcome=outcome,
        rows=rows,
    )


def _choose_key(place: DeltaGenerator, name: str) -> str | None:
    text: str = place.text_input(
        escape_label(named(name)),
        key="key",
        bind="query-params",
        max_chars=1_000,
        placeholder="any",
        help="Shows the history of one, with what came true. Written as in the rows.",
    )
    return text.strip() or None


def _choose_answers(places: Iterator[DeltaGenerator], use_case: UseCaseAnswer) -> RowFilters:
    left, right = next(places), next(places)
    if not use_case.classes:
        return RowFilters(
            least=number_field(left, "Predicted at least", key=f"least-{use_case.name}", placeholder="any"),
            most=number_field(right, "Predicted at most", key=f"most-{use_case.name}", placeholder="any"),
        )
    classes = left.multiselect(
        "Predicted as", use_case.classes, placeholder="All classes", key=f"class-{use_case.name}"
    )
    low, high = right.slider(f"{score_title(use_case)} (%)", 0, 100, (0, 100), key=f"score-{use_case.name}")
    return RowFilters(
        classes=tuple(classes),
        least=low / 100 if low else None,
        most=high / 100 if high < 100 else None,  # noqa: PLR2004  # percent
    )


def _choose_outcome(place: DeltaGenerator, use_case: UseCaseAnswer) -> str | None:
    chosen: str = place.selectbox(
        "What came true",
        [ALL, *(name for name in OUTCOMES if use_case.classes or name in OF_NUMBERS)],
        format_func=lambda name: OUTCOMES.get(name, "Anything, or not known yet"),
        key=f"outcome-{use_case.name}",
        help="Looked for over all rows, and in the download.",
    )
    return None if chosen == ALL else chosen


def _choose_file(place: DeltaGenerator, use_case: UseCaseAnswer) -> UUID | None:
    known = {batch.batch_id: _described(batch) for batch in _newest_files(use_case.name)}
    linked = st.query_params.get("batch", "")
    if linked and linked not in map(str, known):
        with showing_errors("This file"):
            batch = find_batch(linked)
            if batch.use_case == use_case.name:
                known[batch.batch_id] = _described(batch)
    names: list[UUID | None] = [None, *known]
    first = next((index for index, name in enumerate(names) if linked and str(name) == linked), 0)
    chosen: UUID | None = place.selectbox(
        "File",
        names,
        first,
        format_func=lambda batch_id: "Any file or request" if batch_id is None else known[batch_id],
        key=f"file-of-past-{use_case.name}-{linked}",
        help=f"The newest {NEWEST_FILES} dropped, handed in here, and read by a schedule. Others: tick one under Operations > Batches; its predictions lead here.",
    )
    return chosen


@st.cache_data(ttl=10, show_spinner=False, max_entries=50)
def _newest_files(use_case: str) -> list[BatchAnswer]:
    found = [
        batch
        for door in FILE_DOORS
        for batch in gateway().batches(use_case=use_case, source=door, limit=NEWEST_FILES).batches
        if batch.rows.predicted
    ]
    return sorted(found, key=lambda batch: batch.received_at, reverse=True)


def _described(batch: BatchAnswer) -> str:
    return f"{batch.name} · {batch.rows.predicted:,} rows · {format_time(batch.received_at)}"
