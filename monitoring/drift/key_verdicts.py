"""Which machine or region moved? A verdict on every key and number, against the key's own rows in training.

`drift_keys` in SQL computes the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

import numpy as np

from monitoring.drift.verdicts import Verdict
from monitoring.drift.window_limits import ENOUGH_WINDOWS
from sql.drift.keys import KeyLayout, KeySum
from sql.profiles.keys import KeyLength

FEWEST_ROWS = 20
"""Rows of a key from which it is judged, and of the shortest windows of training."""

FURTHER_MISSING = 0.1
"""By so much more missing values than in any window of training a column of a key has drifted."""

OF_FEW_ROWS = 1.5
"""The mean of training varies as that of a window of as many rows (the root of the sum), and its spread is as little known."""

FEWEST_OTHERS = 5
"""Keys from which it is told what all of them did."""

_ORDER = (Verdict.DRIFTED, Verdict.NOT_ENOUGH_HISTORY, Verdict.STABLE, Verdict.NOT_ENOUGH_ROWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDrift:
    """How far a number of one key lies from training."""

    key: str
    feature: str
    verdict: Verdict
    rows: int
    is_new: bool
    """Whether training had too few rows of it to be held against: it is held against all keys."""
    mean_trained: float
    mean_served: float | None
    shift: float | None
    """Of the mean, in standard deviations of the key's rows in training."""
    limit: float | None
    """How far it may lie; none where training has too few windows to tell."""
    mean_low: float | None
    """Band of the means: from where the limit ends, or what `max_psi` calls large, whichever is wider ..."""
    mean_high: float | None
    """... to there on the other side."""
    beyond_all: float | None
    """What is left of the shift when that of the middle key is taken off; none of few keys."""
    missing_trained: float | None
    missing_served: float

    @property
    def by_limit(self) -> float:
        """By how many times its limit it moved."""
        return abs(self.shift) / self.limit if self.shift is not None and self.limit else -1.0

    @property
    def is_apart(self) -> bool:
        """Whether it drifted by itself, rather than as all keys did."""
        if self.verdict is not Verdict.DRIFTED:
            return False
        return self.beyond_all is None or self.limit is None or abs(self.beyond_all) > self.limit


def judge_keys(layout: KeyLayout, sums: Sequence[KeySum], max_psi: float) -> list[KeyDrift]:
    """Judge every key, those that moved furthest past their limit first.

    A number of a key has drifted if its mean moved by more than windows of as many rows of the key did in training, and by
    what `max_psi` calls large: a shift of d standard deviations has an index of d². So has one that lacks far more values.

    Parameters
    ----------
    layout, sums
        Training and serving by key.
    max_psi
        Of the use case.
    """
    every: list[KeyDrift] = []
    for _, group in groupby(sorted(sums, key=lambda one: one.feature), lambda one: one.feature):
        named = [one for one in group if one.key]
        shifts = {one.key: _shift(layout, one) for one in named}
        known = [shifts[one.key] for one in named if one.present >= FEWEST_ROWS]
        present = [shift for shift in known if shift is not None]
        middle = median(present) if len(present) >= FEWEST_OTHERS else None
        every += [_judged(layout, one, shifts[one.key], middle, max_psi) for one in named]
    return sorted(every, key=lambda one: (_ORDER.index(one.verdict), -one.by_limit, one.key, one.feature))


def overall(found: Sequence[KeyDrift]) -> Verdict:
    """Sum verdicts up: one key that moved is a drift, one that can be judged is a verdict."""
    return min((one.verdict for one in found), key=_RANKED.index, default=Verdict.NOT_ENOUGH_ROWS)


_RANKED = (Verdict.DRIFTED, Verdict.STABLE, Verdict.NOT_ENOUGH_HISTORY, Verdict.NOT_ENOUGH_ROWS)


def _judged(layout: KeyLayout, one: KeySum, shift: float | None, middle: float | None, max_psi: float) -> KeyDrift:
    number, trained = layout.numbers[one.feature], layout.trained.get((one.feature, one.key))
    is_new = trained is None or trained.trained < FEWEST_ROWS
    held = _length(layout.lengths, one)
    limit = None
    if held is not None and trained is not None and not is_new:
        limit = trained.strays * held.shift * (1 + held.length / trained.trained) ** OF_FEW_ROWS
    elif held is not None and number.between is not None:
        limit = float(np.hypot(number.between, held.shift))
    is_sure = held is not None and held.windows >= ENOUGH_WINDOWS and (not is_new or number.keys >= ENOUGH_WINDOWS)
    mean, deviation = number.mean, number.deviation
    if trained is not None and not is_new:
        mean, deviation = trained.mean, trained.deviation
    width = None if limit is None else max(limit, float(np.sqrt(max_psi))) * deviation
    missing = 1 - one.present / one.rows
    verdict = (
        _by_mean(shift, limit, max_psi, is_sure=is_sure) if one.present >= FEWEST_ROWS else Verdict.NOT_ENOUGH_ROWS
    )
    if one.rows >= FEWEST_ROWS and missing > number.most_missing + FURTHER_MISSING:
        verdict = Verdict.DRIFTED
    return KeyDrift(
        key=one.key,
        feature=one.feature,
        verdict=verdict,
        rows=one.rows,
        is_new=is_new,
        mean_trained=mean,
        mean_served=one.total / one.present if one.present else None,
        shift=shift,
        limit=limit,
        mean_low=None if width is None else mean - width,
        mean_high=None if width is None else mean + width,
        beyond_all=None if shift is None or middle is None else shift - middle,
        missing_trained=None if trained is None or is_new else 1 - trained.trained / trained.trained_rows,
        missing_served=missing,
    )


def _by_mean(shift: float | None, limit: float | None, max_psi: float, *, is_sure: bool) -> Verdict:
    if shift is None or shift**2 <= max_psi:
        return Verdict.STABLE
    if limit is None:
        return Verdict.NOT_ENOUGH_HISTORY
    if abs(shift) > limit:
        return Verdict.DRIFTED
    return Verdict.STABLE if is_sure else Verdict.NOT_ENOUGH_HISTORY


def _shift(layout: KeyLayout, one: KeySum) -> float | None:
    number, trained = layout.numbers[one.feature], layout.trained.get((one.feature, one.key))
    if not one.present or not number.deviation > 0:
        return None
    if trained is None or trained.trained < FEWEST_ROWS:
        return (one.total / one.present - number.mean) / number.deviation
    return (one.total / one.present - trained.mean) / trained.deviation


def _length(lengths: Mapping[str, Sequence[KeyLength]], one: KeySum) -> KeyLength | None:
    """Return the longest windows of training that are no longer than what was served: the limit of shorter ones is wider."""
    return max(
        (each for each in lengths[one.feature] if each.length <= one.present),
        key=lambda each: each.length,
        default=None,
    )
