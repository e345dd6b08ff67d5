"""Features that no row brings: joined by key from the observations of another use case."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import cached_property

from pydantic import Field, model_validator

from usecases.columns.features import (
    CategoryFeature,
    FeatureBase,
    IntegerFeature,
    SourceName,
    Strict,
    TimestampFeature,
)
from usecases.columns.patterns import COLUMN_NAME, USE_CASE_NAME
from usecases.contract.forecast import OBSERVATION_COLUMNS, Duration, microseconds


class JoinedFeature(Strict):
    """A feature that is read from a column of observations."""

    name: str = Field(pattern=COLUMN_NAME.pattern, description="The feature, declared under `features`.")
    column: str = Field(
        pattern=COLUMN_NAME.pattern,
        description="Column of the observations: the target of their use case, or what is known ahead.",
    )


class FeatureTable(Strict):
    """Observations that features are joined from: the newest at prediction, those of a row's time at training."""

    table: str = Field(
        pattern=USE_CASE_NAME.pattern,
        description="Use case of `task: forecast` whose observations are joined.",
    )
    join_key: str | None = Field(
        default=None,
        pattern=COLUMN_NAME.pattern,
        description="Column of a row that names the series: the key, a category or a whole number; left out where the "
        "observations are of one series.",
    )
    event_time: SourceName = Field(
        min_length=1,
        description="Column of the training data with the time of a row: it is joined with what was known then.",
    )
    max_age: Duration | None = Field(
        default=None,
        description="Age, such as `3h`, past which an observation is too old and the features are missing; any if not given.",
    )
    features: tuple[JoinedFeature, ...] = Field(
        min_length=1, max_length=400, description="Features that are joined, and what each is read from."
    )

    @model_validator(mode="after")
    def _columns_are_values(self) -> FeatureTable:
        for one in self.features:
            if one.column in OBSERVATION_COLUMNS:
                raise ValueError(
                    f"feature_tables: {one.name} is read from {one.column}, which is no value of an observation; name the target "
                    f"of {self.table}, or a feature of its forecast.known_ahead"
                )
        return self

    @cached_property
    def age_limit(self) -> timedelta | None:
        """Age past which an observation is too old."""
        return None if self.max_age is None else timedelta(microseconds=microseconds(self.max_age))


def joined_names(tables: Collection[FeatureTable]) -> frozenset[str]:
    """Return the features that are joined, and that no row brings."""
    return frozenset(one.name for table in tables for one in table.features)


def require_joinable(
    tables: Collection[FeatureTable], key: str | None, features: Mapping[str, FeatureBase], ignored: Collection[str]
) -> None:
    """Refuse feature tables whose columns are not there, or that leave a row nothing to bring.

    Raises
    ------
    ValueError
        Naming the column, and what to do.
    """
    joined = joined_names(tables)
    if len(joined) < sum(len(table.features) for table in tables):
        raise ValueError("feature_tables: two of them join the same feature; leave one of the two")
    if tables and not features.keys() - joined:
        raise ValueError("feature_tables: every feature is joined; rows have to bring one at least")
    for table in tables:
        for one in table.features:
            if one.name not in features:
                raise ValueError(f"feature_tables: {one.name} is no feature; declare it under features, with its type")
        by = features.get(table.join_key or "")
        if table.join_key in joined or not (
            table.join_key in {None, key} or isinstance(by, CategoryFeature | IntegerFeature)
        ):
            raise ValueError(
                f"feature_tables: join_key {table.join_key} has to be the key, or a feature of type category or integer that "
                "rows bring"
            )
        time = features.get(table.event_time)
        if not (isinstance(time, TimestampFeature) or table.event_time in ignored) or table.event_time in joined:
            raise ValueError(
                f"feature_tables: event_time {table.event_time} has to be a column of the training data with times: a "
                "feature of type timestamp, or one listed under ignored_columns"
            )
