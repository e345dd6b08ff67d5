"""Has the population moved? A verdict on every feature, the score and the prediction, with what drives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from monitoring.drift.accepted import AcceptedColumn, accepted_columns, comparisons, outside
from monitoring.drift.columns import CELLS, Column, Served, columns, has_both, seconds_within
from monitoring.drift.statistics import (
    Tested,
    chance_psi,
    chi_square,
    holm,
    jensen_shannon,
    kolmogorov_smirnov,
    largest_psi,
    mean_shift,
    psi,
)
from monitoring.drift.window_limits import Limits, limits_at
from sql.drift.windows import Layout
from sql.profiles.reference import Slot, SlotKind, TrainedWindows
from usecases.contract.drift_limits import DriftLimits

LARGEST_P_VALUE = 0.01
"""A drift is called one only if chance makes such a difference in at most this share of verdicts, corrected for the
number of features. `docs/drift.md` shows how often it does."""

P_VALUE_NEAR_LIMIT = 0.0001
"""Below the limit, where the index only may be as large, a difference has to be so much surer."""


class Verdict(StrEnum):
    """What is to be made of a difference."""

    DRIFTED = "drifted"
    STABLE = "stable"
    NOT_ENOUGH_ROWS = "not_enough_rows"
    NOT_ENOUGH_HISTORY = "not_enough_history"
    """Unlike training as a whole, but training is too short to tell how far windows of this length usually go."""
    NOT_JUDGED = "not_judged"
    """A time or a running number, which moves as it should; drifted where values are missing as they were not."""


_ORDER = (
    Verdict.DRIFTED,
    Verdict.NOT_ENOUGH_HISTORY,
    Verdict.STABLE,
    Verdict.NOT_ENOUGH_ROWS,
    Verdict.NOT_JUDGED,
)
"""What a person has to look at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift:
    """How far a feature lies from training; distances are none where there are not enough rows on a side."""

    feature: str
    verdict: Verdict
    is_number: bool
    slots: Sequence[Slot]
    served: Sequence[int]
    """Rows in each slot."""
    psi: float | None
    excess_psi: float | None
    """What is left of the index when what chance makes of so few rows is taken off."""
    jensen_shannon: float | None
    chi_square: Tested | None
    p_value: float | None
    """Of the chi-square test, corrected for the number of features."""
    ks: Tested | None
    mean_trained: float | None
    mean_served: float | None
    mean_shift: float | None
    missing_trained: float | None
    missing_served: float | None
    outside: float | None
    """Share of the rows on one side of all of training; none of categories."""
    limits: Limits | None
    """How far training's own windows went; none where its rows are independent."""
    accepted: int | None = None
    """Number of the accepted window that it is like, where it is unlike training."""


@dataclass(frozen=True, slots=True)
class Norms:
    """What a column is held against beside training."""

    limits: Limits | None
    windows: Sequence[TrainedWindows]
    accepted: Sequence[AcceptedColumn]
    tests: int
    """Columns that are judged at once."""


def judge(layout: Layout, served: Served, limits: DriftLimits) -> list[FeatureDrift]:
    """Judge every column of a window, those that lie furthest from training first.

    All must hold for a drift: the difference is large (the index without what chance makes exceeds the use case's
    `max_psi`, or may, within its confidence interval), no accident (the corrected p-value is small), and, where rows come
    in order, larger than between windows of the training data. Size alone alarms at few rows, where chance makes large
    differences; significance alone at many, where no difference is too small to be one; both alone wherever rows are
    like those before them. What is like a window that people accepted as normal, or lies between that and training, has not
    drifted.

    Parameters
    ----------
    layout, served
        Training and serving in the same slots.
    limits
        Of the use case.
    """
    every = columns(layout, served)
    tests = [
        chi_square(column.cells(column.trained, *CELLS), column.cells(column.served, *CELLS))
        if has_both(column)
        else Tested(0.0, 1.0)
        for column in every
    ]
    corrected = holm([test.p_value for test in tests])
    windows = {name: list(group) for name, group in groupby(layout.windows, lambda one: one.feature)}
    seconds = seconds_within(every)
    enough = served.rows >= limits.minimum_rows
    accepted = accepted_columns(layout) or [[] for _ in every]
    found = [
        _judge(
            column,
            test,
            p_value,
            limits.max_psi,
            Norms(
                limits_at(windows.get(column.feature, ()), served.rows, seconds),
                windows.get(column.feature, ()),
                normal,
                len(every),
            ),
            enough=enough,
        )
        for column, test, p_value, normal in zip(every, tests, corrected, accepted, strict=True)
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.verdict), -(one.excess_psi or 0.0), one.feature))


def _judge(column: Column, test: Tested, p_value: float, max_psi: float, norms: Norms, *, enough: bool) -> FeatureDrift:
    trained, served = column.cells(column.trained, *CELLS), column.cells(column.served, *CELLS)
    both = has_both(column)
    index = psi(trained, served) if both else None
    excess = None if index is None else index - chance_psi(trained, served)
    before, after = column.moments or (None, None)
    shift = mean_shift(before, after) if before is not None and after is not None else None
    beyond = outside(column)
    accepted = None
    if not enough:
        verdict = Verdict.NOT_ENOUGH_ROWS
    elif excess is None:
        verdict = Verdict.NOT_JUDGED if column.is_clock else Verdict.STABLE
    else:
        rows = sum(trained), sum(served)
        is_exceeded = norms.limits is None or norms.limits.are_exceeded(excess, shift, beyond)
        is_large = _is_large(excess, p_value, max_psi, *rows)
        verdict = _verdict_of(column, norms.limits, is_large=is_large, is_exceeded=is_exceeded)
        if verdict in {Verdict.DRIFTED, Verdict.NOT_ENOUGH_HISTORY}:
            verdict, accepted = _beside_accepted(column, verdict, max_psi, norms)
    return FeatureDrift(
        feature=column.feature,
        verdict=verdict,
        is_number=column.is_number,
        slots=column.slots,
        served=column.served,
        psi=index,
        excess_psi=excess,
        jensen_shannon=jensen_shannon(trained, served) if both else None,
        chi_square=test if both else None,
        p_value=p_value if both else None,
        ks=kolmogorov_smirnov(column.cells(column.trained, SlotKind.BIN), column.cells(column.served, SlotKind.BIN))
        if both and column.is_number
        else None,
        mean_trained=before.mean if before is not None and before.rows else None,
        mean_served=after.mean if after is not None and after.rows else None,
        mean_shift=shift,
        missing_trained=_missing(column, column.trained),
        missing_served=_missing(column, column.served),
        outside=beyond,
        limits=norms.limits,
        accepted=accepted,
    )


def _verdict_of(column: Column, limits: Limits | None, *, is_large: bool, is_exceeded: bool) -> Verdict:
    if not is_large:
        return Verdict.NOT_JUDGED if column.is_clock else Verdict.STABLE
    if is_exceeded:
        return Verdict.DRIFTED
    return Verdict.STABLE if limits is None or limits.are_known else Verdict.NOT_ENOUGH_HISTORY


def _beside_accepted(column: Column, verdict: Verdict, max_psi: float, norms: Norms) -> tuple[Verdict, int | None]:
    """Return the verdict in the light of accepted windows, and the number of the window that made it a better one."""
    served, beyond = sum(column.cells(column.served, *CELLS)), outside(column)
    best: tuple[Verdict, int | None] = verdict, None
    for one in comparisons(column, norms.accepted, norms.limits, norms.windows, norms.tests):
        is_exceeded = one.limits is None or one.limits.are_exceeded(one.excess_psi, one.shift, beyond)
        is_large = _is_large(one.excess_psi, one.p_value, max_psi, one.rows, served)
        found = _verdict_of(column, norms.limits, is_large=is_large, is_exceeded=is_exceeded)
        if found not in {Verdict.DRIFTED, Verdict.NOT_ENOUGH_HISTORY}:
            return found, one.accepted
        if found is Verdict.NOT_ENOUGH_HISTORY and best[0] is Verdict.DRIFTED:
            best = found, one.accepted
    return best


def _is_large(excess: float, p_value: float, max_psi: float, trained: float, served: float) -> bool:
    if excess > max_psi:
        return p_value <= LARGEST_P_VALUE
    return p_value <= P_VALUE_NEAR_LIMIT and largest_psi(excess, trained, served) > max_psi


def _missing(column: Column, counts: Sequence[int]) -> float | None:
    every = sum(column.cells(counts, *CELLS))
    return sum(column.cells(counts, SlotKind.MISSING)) / every if every else None
