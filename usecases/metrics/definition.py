"""What a metric is: everything that training, promotion, monitoring, the page and the docs need to know about one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from usecases.metrics.inputs import ClassCounts, ErrorSums, ExpectedClass, HoldoutRows
from usecases.metrics.intervals import Measured


class Better(StrEnum):
    """Which way a metric improves."""

    HIGHER = "higher"
    LOWER = "lower"
    NEARER_TO_ZERO = "nearer to zero"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric. A formula is a pure function; one that is not given is not computed there.

    Attributes
    ----------
    name
        In answers, tables, MLflow and `usecase.yaml`.
    title, meaning
        For people: the heading of a column, and a sentence.
    source
        Where the formula is from.
    better
        Which way it improves.
    lowest, highest
        Values that it can have.
    interval
        How its confidence interval is computed, in words; empty where there is none.
    judges
        Whether it judges a new version where the use case sets no limits. One metric of classes and one of numbers does.
    on_holdout
        The value on the rows of a holdout.
    sql
        The same as an aggregate over `smartpredict.scored_predictions`, where a dashboard shows it.
    """

    name: str
    title: str
    meaning: str
    source: str
    better: Better
    lowest: float = -inf
    highest: float = inf
    interval: str = ""
    judges: bool = False
    on_holdout: Callable[[HoldoutRows], float] | None = None
    sql: str = ""

    def loss(self, value: float) -> float:
        """Return how bad a value is: the lower, the better.

        >>> Metric(name="a", title="", meaning="", source="", better=Better.HIGHER).loss(0.9)
        -0.9
        """
        match self.better:
            case Better.HIGHER:
                return -value
            case Better.LOWER:
                return value
            case Better.NEARER_TO_ZERO:
                return abs(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMetric(Metric):
    """A metric of models that name classes.

    Attributes
    ----------
    on_counts
        The value and its interval, from the labels of served rows as the database counts them.
    of_class
        The same of one class; shown for each class of a multiclass use case.
    expected
        The value to be expected before labels arrive.
    """

    on_counts: Callable[[ClassCounts], Measured | None] | None = None
    of_class: Callable[[ClassCounts, str], Measured | None] | None = None
    expected: Callable[[Sequence[ExpectedClass]], float | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberMetric(Metric):
    """A metric of models that predict numbers.

    Attributes
    ----------
    on_sums
        The value and its interval, from sums over the errors of served rows.
    """

    on_sums: Callable[[ErrorSums], Measured | None] | None = None
