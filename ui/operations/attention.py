"""What needs a person although rows are predicted: letters, held senders, refused files, drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from ui.gateway.answers import BadBatchAnswer, BatchAnswer
from ui.gateway.problems import NotOfferedError
from ui.parts.heading import cached_use_cases
from ui.parts.refused import REFUSED, decided_since, refused_files, went_on
from ui.parts.texts import escape_label, escape_markdown, format_count
from ui.shared import gateway

RECENT = timedelta(days=1)
MOST_COUNTED = 25
"""Of each kind; of more, it is enough to know that there are more."""

MOST_LINKED = 3
"""Refused files that are linked, the newest; Data quality lists the others."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs a person.

    Attributes
    ----------
    words
        What it is.
    links
        Where something can be done about it; none where it stands below.
    """

    words: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A page, what the link there says, and what that page shows."""

    page: str
    label: str
    parameters: Mapping[str, str]


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
    newest = gateway().batches(state=REFUSED, limit=MOST_COUNTED).batches
    recent = [batch for batch in newest if batch.received_at >= since]
    left = [one for one in refused_files(recent, _counted(recent, since)) if not one.is_settled]
    if not left:
        return
    whole = "" if any(went_on(one.batch) for one in left) else " as a whole"
    decided = decided_since(left)
    yield Need(
        f"{_count(len(left), 'file')} refused{whole} in the last 24 hours{f'; {decided}' if decided else ''}.",
        tuple(
            Link(
                "quality",
                f"Why {escape_label(one.batch.name)} was refused",
                {"use_case": one.batch.use_case, "batch": str(one.batch.batch_id)},
            )
            for one in left[:MOST_LINKED]
        ),
    )


def _counted(refused: Sequence[BatchAnswer], since: datetime) -> Iterator[BadBatchAnswer]:
    """Count what was repaired or discarded of refused files; nothing is known of it where a gateway does not count."""
    for use_case in sorted({batch.use_case for batch in refused}):
        with suppress(NotOfferedError):
            yield from gateway().quality(use_case, since, None).by_batch


def _drifted() -> Iterator[Need]:
    for summary in cached_use_cases():
        verdict = gateway().drift(summary.name, None, None, None).verdict
        if verdict == "drifted":
            yield Need(
                f"What is scored for {escape_markdown(summary.title)} has drifted from training.",
                (
                    Link(
                        "monitoring",
                        f"See how far {escape_label(summary.title)} drifted",
                        {"use_case": summary.name},
                    ),
                ),
            )


def _count(number: int, noun: str) -> str:
    return f"{number} or more {noun}s" if number >= MOST_COUNTED else format_count(number, noun)
