"""The type that values of a feature have in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Double, Text

from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)


def feature_column(feature: Feature, *, nullable: bool) -> Column[object]:
    """Return a column that holds the values of a feature, under its name.

    Parameters
    ----------
    feature
        What is stored.
    nullable
        Whether it may be missing, which is for the table to say: some keep rows that have no value yet.
    """
    match feature:
        case FloatFeature():
            kind: Any = Double()
        case IntegerFeature():
            kind = BigInteger()
        case CategoryFeature():
            kind = Text()
        case BooleanFeature():
            kind = Boolean()
        case TimestampFeature():
            kind = DateTime(timezone=True)
    return Column(feature.name, kind, nullable=nullable, comment=feature.label)
