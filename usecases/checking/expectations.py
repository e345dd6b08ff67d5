"""What the contract of a use case expects of every row: one expectation after the other, in words."""

from __future__ import annotations

from dataclasses import dataclass

from usecases.checking.reasons import RuleName
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.contract.spec import UseCase

MOST_VALUES = 10
"""Allowed values that are named; of more the number is told."""

WITHOUT_COLUMNS = frozenset({RuleName.NOT_A_ROW, RuleName.NUMBER_OF_COLUMNS, RuleName.QUOTATION_MARK})
"""Rules by which a row has no columns that could be looked at."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that is expected of every row.

    Attributes
    ----------
    column
        Column it is about; none where it is about the whole row.
    rule
        Name of the rule among the reasons of a bad row.
    words
        What is expected.
    """

    column: str | None
    rule: str
    words: str


def expectations_of(use_case: UseCase) -> list[Expectation]:
    """Return what is expected of rows: of each column in turn, then of the whole row.

    >>> from usecases.contract.catalog import load_catalog
    >>> [(one.column, str(one.rule), one.words) for one in expectations_of(load_catalog()["equipment_failure"])[:3]]
    [('product_quality', 'missing', 'has a value'), ('product_quality', 'type', 'is a text'), ('product_quality', 'allowed_values', 'is one of L, M, H')]
    """
    of_columns = [one for feature in use_case.features for one in _of_feature(feature)]
    of_rows = [Expectation(None, rule.name, f"{rule.check} holds") for rule in use_case.rules]
    if use_case.may_lack_all_features:
        of_rows.append(Expectation(None, RuleName.NO_FEATURE, "has a value in some column"))
    return of_columns + of_rows


def _of_feature(feature: Feature) -> list[Expectation]:
    found = [] if feature.nullable else [Expectation(feature.name, RuleName.MISSING, "has a value")]
    match feature:
        case FloatFeature():
            kind = "is a number"
        case IntegerFeature():
            kind = "is a whole number"
        case CategoryFeature():
            kind = "is a text"
        case BooleanFeature():
            kind = "is true or false"
        case TimestampFeature():
            kind = "is a time"
    found.append(Expectation(feature.name, RuleName.TYPE, kind))
    if isinstance(feature, CategoryFeature):
        few = len(feature.values) <= MOST_VALUES
        words = f"is one of {', '.join(feature.values)}" if few else f"is one of {len(feature.values):,} allowed values"
        found.append(Expectation(feature.name, RuleName.ALLOWED_VALUES, words))
    if isinstance(feature, FloatFeature | IntegerFeature | TimestampFeature):
        limits = ((RuleName.MINIMUM, feature.minimum, "or more"), (RuleName.MAXIMUM, feature.maximum, "or less"))
        found += [
            Expectation(feature.name, rule, f"is {limit} {what}") for rule, limit, what in limits if limit is not None
        ]
    return found
