"""Questions about columns that give the target away."""

from __future__ import annotations

from collections.abc import Sequence

from usecases.proposal.findings import Choice
from usecases.proposal.judged import Judged
from usecases.proposal.leaks.alone import evidence
from usecases.proposal.leaks.together import find_together
from usecases.proposal.target.found import Target

_MOST_SETS = 3
_LISTED = 5
_DONE = {Choice.DROP: "left out", Choice.KEEP: "kept"}


def ask_about_leaks(judged: Sequence[Judged], target: Target) -> None:
    """Leave out, until somebody says otherwise, columns that know the answer by themselves or together."""
    for found in judged:
        if found.feature is None:
            continue
        known = evidence(found.values, found.column.name, target)
        found.power = known.power
        if known.words:
            _ask(found, "leak", known.words, Choice.KEEP if known.is_likely_honest else Choice.DROP)
    kept: set[str] = set()
    for _ in range(_MOST_SETS):
        left = [found for found in judged if found.feature is not None and found.column.source not in kept]
        together, words = find_together(left, target)
        if not together:
            return
        names = [found.column.source for found in together]
        listed = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else "")
        for found in together:
            _ask(found, "leak together", f"{listed} {words}", Choice.DROP)
        if all(found.feature is not None for found in together):  # there may be others
            kept |= {*names}


def _ask(found: Judged, kind: str, words: str, suggestion: Choice) -> None:
    flag = found.flag
    text = f"{words}: is it known before the answer is? If so: --keep {flag}; if it comes after: --drop {flag}"
    if found.ask(kind, text, suggestion, _DONE) is Choice.DROP:
        found.feature = None
