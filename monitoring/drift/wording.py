"""What was found about drift, in words and figures: for notifications, the terminal and the verdicts that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitoring.drift.drivers import Driver
from monitoring.drift.report import DriftReport
from monitoring.drift.verdicts import FeatureDrift, Verdict
from monitoring.drift.window_limits import ENOUGH_WINDOWS

ANSWERS = {"score", "prediction"}
"""Columns that the model made."""

MOST_NAMED = 3
"""Features and files that are named in a notification."""

LEAST_BLAMED = 0.1
"""A file or a door is named if its part of a drift is at least this share of the largest; what is less may be chance."""


def drift_facts(found: FeatureDrift, report: DriftReport) -> dict[str, Any]:
    """Return the figures of a column that drifted, as they are kept with the verdict."""

    def shares(drivers: Sequence[Driver]) -> dict[str, float]:
        return {report.batch_names.get(one.name, one.name): round(one.part, 3) for one in drivers}

    change = report.changes.get(found.feature)
    return {
        "feature": found.feature,
        "psi": found.psi,
        "p_value": found.p_value,
        "mean_shift": found.mean_shift,
        "missing_served": found.missing_served,
        "change": None if change is None else {"kind": change.kind.value, "detail": change.detail},
        "batches": shares(report.batches.get(found.feature, ())),
        "batch_ids": {
            report.batch_names[one.name]: one.name
            for one in report.batches.get(found.feature, ())
            if one.name in report.batch_names
        },
        "sources": shares(report.sources.get(found.feature, ())),
    }


def say_drift(drifted: Sequence[FeatureDrift], report: DriftReport) -> str:
    """Describe what was found: the columns that drifted, how it came and from where, or that all is well."""
    if not report.features:
        return "There is nothing to judge."
    if not drifted:
        return f"{report.rows:,} rows look like the training data.{_say_accepted(report)}{_say_history(report)}"
    lines = []
    for one in drifted[:MOST_NAMED]:
        moved = "" if one.mean_shift is None else f", its mean by {one.mean_shift:+.1f} standard deviations"
        usual = "" if one.limits is None else f"; that of training's own windows is usually {one.limits.usual_psi:.2f}"
        change = report.changes.get(one.feature)
        came = "" if change is None else f"; {change.detail}"
        lines.append(f"{one.feature} moved (PSI {one.psi:.2f}{moved}{usual}{came})")
        files = [report.batch_names[name] for name in _blamed(report.batches.get(one.feature, ()))]
        doors = _blamed(report.sources.get(one.feature, ()))
        if files or doors:
            lines[-1] += (
                f"; it comes from {', '.join(files[:MOST_NAMED]) or 'requests'} ({', '.join(doors[:MOST_NAMED])})"
            )
    more = len(drifted) - MOST_NAMED
    return ". ".join([*lines, *([f"{more} more columns moved"] if more > 0 else [])]) + "."


def _say_accepted(report: DriftReport) -> str:
    like = [one for one in report.features if one.accepted is not None and one.verdict is Verdict.STABLE]
    if not like:
        return ""
    names = ", ".join(one.feature for one in like[:MOST_NAMED]) + (" and others" if len(like) > MOST_NAMED else "")
    windows = ", ".join(map(str, sorted({one.accepted for one in like if one.accepted is not None})))
    return f" {names}: like what was accepted as normal (window {windows})."


def _say_history(report: DriftReport) -> str:
    short = [one for one in report.features if one.verdict is Verdict.NOT_ENOUGH_HISTORY]
    if not short:
        return ""
    names = ", ".join(one.feature for one in short[:MOST_NAMED]) + (" and others" if len(short) > MOST_NAMED else "")
    windows = min(one.limits.windows for one in short if one.limits is not None)
    return (
        f" Of {names} it cannot be told yet: their rows come in order, and training holds {windows:,} windows of this"
        f" length, of {ENOUGH_WINDOWS} that are needed."
    )


def is_same_cause(feature: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a column drifted for a cause that is known: it is an answer, or files that moved other columns moved it.

    Parameters
    ----------
    feature, known
        Figures of the column, and of those that had drifted before, as :func:`drift_facts` gives them.
    """
    if feature["feature"] in ANSWERS and any(one["feature"] not in ANSWERS for one in known):
        return True
    files = {name for one in known for name in _blamed_shares(one["batches"])}
    behind = _blamed_shares(feature["batches"])
    return bool(behind) and behind <= files


def _blamed_shares(shares: Mapping[str, float]) -> set[str]:
    largest = max(shares.values(), default=0.0)
    return {name for name, part in shares.items() if part > 0 and part >= LEAST_BLAMED * largest}


def _blamed(drivers: Sequence[Driver]) -> list[str]:
    return [one.name for one in drivers if one.part > 0 and one.part >= LEAST_BLAMED * drivers[0].part]
