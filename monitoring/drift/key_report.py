"""Drift of a window of time by key: read from the sums, judged, the worst first. For HTTP, the schedule and the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from monitoring.drift.key_verdicts import KeyDrift, judge_keys, overall
from monitoring.drift.report import latest_kind
from monitoring.drift.verdicts import Verdict
from monitoring.drift.wording import ANSWERS
from sql.drift.keys import read_keys, widened
from sql.drift.windows import DriftWindow, read_spans
from usecases.contract.spec import UseCase

MOST_SHOWN = 100
"""Columns of keys that are told of: the worst."""

MOST_NAMED = 3
"""Keys that are named in a notification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """Drift by key of one version in one window."""

    since: datetime
    until: datetime
    """The window, widened to the hours or days that it is made of."""
    columns: Sequence[str]
    """What makes up a key; none where the use case names none."""
    model_version: int | None
    """The version that is judged; none where nothing was served."""
    has_reference: bool
    """Whether training of that version told of keys."""
    verdict: Verdict
    keys: int
    """Keys that were served."""
    new_keys: int
    """Of them those that training had too few rows of."""
    moved_keys: int
    """Of them those of which a column drifted."""
    rows: int
    rows_not_kept: int
    """Of them those without a key, and of new keys past those that are kept apart."""
    worst: Sequence[KeyDrift]
    """The worst hundred."""
    apart: Sequence[KeyDrift]
    """Of each key that moved by itself the worst column, at most a hundred."""
    together: int
    """Keys that moved as all did."""


def read_key_drift(engine: Engine, use_case: UseCase, window: DriftWindow) -> KeyReport:
    """Judge a window of time by key; see :func:`sql.drift.keys.read_keys` for how it is widened.

    Parameters
    ----------
    engine, use_case
        Where the profiles are, and whose.
    window
        The rows that are meant. Where no version is asked for, the one that served last in it is judged.
    """
    chosen = latest_kind(read_spans(engine, window))
    version = chosen[0].model_version if chosen else None
    found = read_keys(engine, replace(window, model_version=version), chosen[0].reference) if chosen else None
    sums = () if found is None else found.sums
    judged = [] if found is None else judge_keys(found.layout, found.sums, use_case.drift.max_psi)
    # An answer moves because a feature did, by more at one machine than at another.
    by_feature = {one.key for one in judged if one.verdict is Verdict.DRIFTED and one.feature not in ANSWERS}
    apart: dict[str, KeyDrift] = {}
    for one in judged:
        if one.is_apart and (one.feature not in ANSWERS or one.key not in by_feature):
            apart.setdefault(one.key, one)
    # Every column of a key tells of the same rows.
    rows = {one.key: one.rows for one in sums}
    since, until = widened(window.since, window.until, datetime.now(UTC))
    return KeyReport(
        since=since,
        until=until,
        columns=use_case.drift.keys,
        model_version=version,
        has_reference=found is not None,
        verdict=overall(judged),
        keys=len(rows.keys() - {""}),
        new_keys=len({one.key for one in judged if one.is_new}),
        moved_keys=len({one.key for one in judged if one.verdict is Verdict.DRIFTED}),
        rows=sum(rows.values()),
        rows_not_kept=rows.get("", 0),
        worst=judged[:MOST_SHOWN],
        apart=list(apart.values())[:MOST_SHOWN],
        together=len({one.key for one in judged if one.verdict is Verdict.DRIFTED} - apart.keys()),
    )


def key_facts(report: KeyReport) -> list[dict[str, Any]]:
    """Return the figures of the keys that moved, as they are kept with the verdict; where most did so alike, that they did."""
    named = " and ".join(report.columns)
    found = [
        _fact(f"{named} {one.key}", one) | {"key": one.key, "key_columns": list(report.columns)} for one in report.apart
    ]
    if report.keys and 2 * report.together >= report.keys:
        found.append(_fact(f"most of {named}", next(one for one in report.worst if not one.is_apart)))
    return found


def say_moved_keys(report: KeyReport) -> str:
    """Describe the keys that moved, to follow what is said of all rows; nothing where none did."""
    facts = key_facts(report)
    if not facts:
        return ""
    named = [
        f"{one['feature']} ({one['column']}"
        + ("" if one["mean_shift"] is None else f" by {one['mean_shift']:+.1f} standard deviations of its own")
        + (f", {one['missing_served']:.0%} missing)" if one["missing_served"] else ")")
        for one in facts[:MOST_NAMED]
    ]
    more = f" and {len(facts) - MOST_NAMED:,} more" if len(facts) > MOST_NAMED else ""
    return (
        f" Of {report.keys:,} by {' and '.join(report.columns)} {report.moved_keys:,} moved: {', '.join(named)}{more}."
    )


def _fact(subject: str, found: KeyDrift) -> dict[str, Any]:
    return {
        "feature": subject,
        "column": found.feature,
        "mean_shift": found.shift,
        "beyond_all": found.beyond_all,
        "missing_served": found.missing_served,
        "batches": {},
        "sources": {},
    }
