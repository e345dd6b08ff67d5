"""Columns that give the target away together: parts of a sum or a product, codes of which one or another is set."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.proposal.columns import Kind
from usecases.proposal.judged import Judged
from usecases.proposal.leaks.alone import follows, separates
from usecases.proposal.leaks.power import Codes, Floats, numbers_of
from usecases.proposal.target.found import Target

MOST_COLUMNS, MOST_PARTS_LOOKED_AT = 200, 1_000
"""Columns looked at for limits and for parts: those that know most of the target by themselves."""

MOST_ROWS = 4_000
"""Of a large data set so many rows are looked at: what gives an answer away does so in every part of it."""

_LEAST_ROWS = 100
_MOST_PARTS = 20
_EXPLAINS_FROM = 0.9995
_KNOWS_FROM = 0.995
_MOST_SPLITS = 7
_LEAST_OF_CLASS = 20
_MOST_TEXTS = 50
_MOST_TIMES = 12
"""Times of which each is held against each other."""

Matrix = np.ndarray[Any, np.dtype[np.float64]]


def find_together(columns: Sequence[Judged], target: Target) -> tuple[list[Judged], str]:
    """Return the columns that give the target away together, with the evidence; none if no such are found.

    What is found in one half of the rows has to hold in the other.
    """
    rows = np.flatnonzero(target.known)
    chosen = np.random.default_rng(0).permutation(len(rows))[:MOST_ROWS]
    if len(chosen) < _LEAST_ROWS:
        return [], ""
    wanted, answers = pa.array(rows[chosen]), target.numbers[chosen]
    found = _by_times(columns, wanted, answers, names_classes=target.task.definition.names_classes)
    if found:
        return found, "give the target together: it follows from how far these times lie apart"
    if target.task.definition.names_classes:
        return _by_splits(columns, wanted, answers.astype(np.int64))
    for words, logarithm in (("a sum of multiples of them", False), ("a product of powers of them", True)):
        found, explained = _by_parts(columns, wanted, answers, logarithm=logarithm)
        if found:
            return found, f"give the target together: it is {words} (R² {explained:.5f})"
    return [], ""


def _by_times(columns: Sequence[Judged], rows: pa.Array, answers: Floats, *, names_classes: bool) -> list[Judged]:
    """Return two times whose distance gives the target away: a delivery is late, or took so many days."""
    times = [column for column in columns if column.values.kind is Kind.TIMESTAMP][:_MOST_TIMES]
    for one, other in combinations(times, 2):
        moments = [column.values.typed.take(rows).cast(pa.int64()) for column in (one, other)]
        apart = pc.subtract(*moments)
        if separates(apart, answers.astype(np.int64)) if names_classes else follows(apart, answers):
            return [one, other]
    return []


def _by_parts(
    columns: Sequence[Judged], rows: pa.Array, target: Floats, *, logarithm: bool
) -> tuple[list[Judged], float]:
    """Add the column that explains most of what is left, until nothing is."""
    if logarithm and target.min() <= 0:
        return [], 0.0
    target = np.log(target) if logarithm else target
    kept, parts = [], []
    for column in sorted(columns, key=lambda column: -column.power)[:MOST_PARTS_LOOKED_AT]:
        if column.values.kind is Kind.TEXT or (logarithm and column.values.kind is Kind.TIMESTAMP):
            continue
        numbers, known = numbers_of(column.values.typed.take(rows))
        if not known.any() or (logarithm and numbers[known].min() <= 0):
            continue
        numbers = np.log(numbers, where=known, out=numbers.copy()) if logarithm else numbers
        spread = numbers[known].std()
        if np.isfinite(spread) and spread > 0:
            kept.append(column)
            parts.append(np.where(known, (numbers - numbers[known].mean()) / spread, 0.0))
    if len(kept) < 2 or target.std() == 0:  # noqa: PLR2004  # one alone is looked at elsewhere
        return [], 0.0
    return _added_up(kept, np.column_stack(parts), target)


def _added_up(columns: list[Judged], parts: Matrix, target: Floats) -> tuple[list[Judged], float]:
    half = len(target) // 2
    fitted, tested = slice(0, half), slice(half, None)
    centred = parts[fitted] - parts[fitted].mean(axis=0)
    lengths = np.linalg.norm(centred, axis=0)
    lengths[lengths == 0] = np.inf
    chosen: list[int] = []
    left = target[fitted] - target[fitted].mean()
    for _ in range(min(_MOST_PARTS, len(columns), half // 10)):
        strength = np.abs(left @ centred) / lengths
        strength[chosen] = -1
        chosen.append(int(strength.argmax()))
        with_one = np.column_stack([parts[:, chosen], np.ones(len(target))])
        weights = np.linalg.lstsq(with_one[fitted], target[fitted], rcond=None)[0]
        left = target[fitted] - with_one[fitted] @ weights
        rest = target[tested] - with_one[tested] @ weights
        spread = ((target[tested] - target[tested].mean()) ** 2).sum()
        explained = 1 - float((rest**2).sum() / spread) if spread else 0.0
        if explained >= _EXPLAINS_FROM:
            return ([columns[place] for place in chosen], explained) if len(chosen) > 1 else ([], 0.0)
    return [], 0.0


def _by_splits(columns: Sequence[Judged], rows: pa.Array, classes: Codes) -> tuple[list[Judged], str]:
    """Grow a small tree on one half of the rows, and count its errors on the other."""
    half = len(classes) // 2
    counts = np.bincount(classes[half:])
    errors = int(counts.sum() - counts.max())
    usable = sorted((column for column in columns if _is_ordered(column)), key=lambda column: -column.power)[
        :MOST_COLUMNS
    ]
    if errors < _LEAST_OF_CLASS or len(usable) < 2:  # noqa: PLR2004  # as above
        return [], ""
    table = np.column_stack([_codes(column, rows) for column in usable])
    leaves = [np.arange(half)]
    tests = [np.arange(half, len(classes))]
    splits = [_best_split(table, classes, leaves[0])]
    used: set[int] = set()
    for _ in range(_MOST_SPLITS):
        best = max(range(len(leaves)), key=lambda place: splits[place][0])
        gain, column, limit = splits.pop(best)
        if gain <= 0:
            break
        used.add(column)
        for parts in (leaves, tests):
            part = parts.pop(best)
            below = table[part, column] <= limit
            parts += [part[below], part[~below]]
        splits += [_best_split(table, classes, leaf) for leaf in leaves[-2:]]
        commonest = [int(np.bincount(classes[leaf]).argmax()) for leaf in leaves]
        wrong = sum(int((classes[test] != code).sum()) for test, code in zip(tests, commonest, strict=True))
        if 1 - wrong / errors >= _KNOWS_FROM:
            found = [usable[place] for place in sorted(used)]
            if len(found) < 2:  # noqa: PLR2004  # as above
                return [], ""
            return found, f"give the target together ({1 - wrong / errors:.1%} of it, by {len(leaves) - 1} limits)"
    return [], ""


def _is_ordered(column: Judged) -> bool:
    return column.values.kind is not Kind.TEXT or len(column.values.typed.unique()) <= _MOST_TEXTS


def _codes(column: Judged, rows: pa.Array) -> Floats:
    """Return a column as numbers, missing ones below all others; texts are numbered by their order."""
    taken = column.values.typed
    if column.values.kind is Kind.TEXT:
        names = taken.unique().drop_null().sort()
        taken = pa.array(np.searchsorted(names.to_pylist(), taken.fill_null("").to_pylist())).cast(pa.int64())
    numbers, known = numbers_of(taken.take(rows))
    lowest = numbers[known].min(initial=0.0)
    return np.where(known, numbers, lowest - 1)


def _best_split(table: Matrix, classes: Codes, leaf: Codes) -> tuple[float, int, float]:
    """Return the gain, in rows of impurity, the column and the limit of the best split of a leaf."""
    mine = classes[leaf]
    if len(leaf) < 2 or (mine == mine[0]).all():  # noqa: PLR2004  # nothing to part
        return 0.0, 0, 0.0
    members = np.eye(int(classes.max()) + 1)[mine]
    total = members.sum(axis=0)
    before = len(leaf) - (total**2).sum() / len(leaf)
    best = (0.0, 0, 0.0)
    for column in range(table.shape[1]):
        numbers = table[leaf, column]
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        ends = np.flatnonzero(ordered[1:] > ordered[:-1])
        if not len(ends):
            continue
        below = np.cumsum(members[order], axis=0)[ends]
        above = total - below
        sizes = ends + 1.0
        after = len(leaf) - (below**2).sum(axis=1) / sizes - (above**2).sum(axis=1) / (len(leaf) - sizes)
        place = int(after.argmin())
        if before - after[place] > best[0] + 1e-9:
            best = (float(before - after[place]), column, float((ordered[ends[place]] + ordered[ends[place] + 1]) / 2))
    return best
