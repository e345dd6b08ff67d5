"""What needs a person although rows are predicted: letters, held senders, refused files, drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import streamlit as st

from ui.gateway.problems import NotOfferedError
from ui.parts.heading import cached_use_cases
from ui.parts.texts import escape_label, escape_markdown, format_count
from ui.shared import gateway

RECENT = timedelta(days=1)
MOST_COUNTED = 25
"""Of each kind; of more, it is enough to know that there are more."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs a person.

    Attributes
    ----------
    words
        What it is.
    page, label, parameters
        Where something can be done about it, what the link there says, and what that page shows; no page where it stands
        below.
    """

    words: str
    page: str = ""
    label: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@st.cache_data(ttl=30, show_spinner=False)
def needs_attention() -> list[Need]:
    """List what needs a person; looked up twice a minute at most."""
    found: list[Need] = []
    for look in (_letters, _holds, _refused, _drifted):
        try:
            found += look()
        except NotOfferedError:
            continue
    return found


def _letters() -> Iterator[Need]:
    letters = gateway().dead_letters(state="open", cursor=None, limit=MOST_COUNTED)
    if letters.dead_letters:
        yield Need(f"{_count(len(letters.dead_letters), 'dead letter')} nobody has decided about; see below.")


def _holds() -> Iterator[Need]:
    holds = gateway().holds()
    if holds:
        yield Need(f"Messages of {format_count(len(holds), 'sender')} are held; see below.")


def _refused() -> Iterator[Need]:
    since = datetime.now(UTC) - RECENT
    newest = gateway().batches(state="refused", limit=MOST_COUNTED).batches
    refused = [batch for batch in newest if batch.received_at >= since]
    if refused:
        newest_one = refused[0]
        yield Need(
            f"{_count(len(refused), 'file')} refused as a whole in the last 24 hours.",
            page="quality",
            label=f"Why {escape_label(newest_one.name)} was refused",
            parameters={"use_case": newest_one.use_case, "batch": str(newest_one.batch_id)},
        )


def _drifted() -> Iterator[Need]:
    for summary in cached_use_cases():
        verdict = gateway().drift(summary.name, None, None, None).verdict
        if verdict == "drifted":
            yield Need(
                f"What is scored for {escape_markdown(summary.title)} has drifted from training.",
                page="monitoring",
                label=f"See how far {escape_label(summary.title)} drifted",
                parameters={"use_case": summary.name},
            )


def _count(number: int, noun: str) -> str:
    return f"{number} or more {noun}s" if number >= MOST_COUNTED else format_count(number, noun)
