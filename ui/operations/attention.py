"""What needs a person although rows are predicted: letters, held senders, refused files, drift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import streamlit as st

from ui.gateway.problems import NotOfferedError
from ui.parts.heading import cached_use_cases
from ui.parts.texts import escape_markdown, format_count
from ui.shared import gateway

RECENT = timedelta(days=1)
MOST_COUNTED = 25
"""Of each kind; of more, it is enough to know that there are more."""


@st.cache_data(ttl=30, show_spinner=False)
def needs_attention() -> list[str]:
    """List what needs a person, each in words that say where to go; looked up twice a minute at most."""
    found: list[str] = []
    for look in (_letters, _holds, _refused, _drifted):
        try:
            found += look()
        except NotOfferedError:
            continue
    return found


def _letters() -> Iterator[str]:
    letters = gateway().dead_letters(state="open", cursor=None, limit=MOST_COUNTED)
    if letters.dead_letters:
        yield f"{_count(len(letters.dead_letters), 'dead letter')} nobody has decided about; see below."


def _holds() -> Iterator[str]:
    holds = gateway().holds()
    if holds:
        yield f"Messages of {format_count(len(holds), 'sender')} are held; see below."


def _refused() -> Iterator[str]:
    since = datetime.now(UTC) - RECENT
    newest = gateway().batches(state="refused", limit=MOST_COUNTED).batches
    refused = [batch for batch in newest if batch.received_at >= since]
    if refused:
        yield f"{_count(len(refused), 'file')} refused as a whole in the last 24 hours; see Data quality."


def _drifted() -> Iterator[str]:
    for summary in cached_use_cases():
        verdict = gateway().drift(summary.name, None, None, None).verdict
        if verdict == "drifted":
            yield f"What is scored for {escape_markdown(summary.title)} has drifted from training; see Monitoring."


def _count(number: int, noun: str) -> str:
    return f"{number} or more {noun}s" if number >= MOST_COUNTED else format_count(number, noun)
