"""Whether there is what features are joined from: a table of observations with columns of the right types."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from sql.base.feature_columns import feature_column
from sql.base.tables import OBSERVATIONS_SCHEMA
from usecases.contract.feature_tables import FeatureTable
from usecases.contract.spec import UseCase


class FeatureTableError(Exception):
    """A feature is joined from what is not there; says what is missing, and what to do."""


# Not from the information schema, which shows only what an account may read: a registrar reads no observations.
_COLUMNS = text("""
    select attname, format_type(atttypid, atttypmod) from pg_attribute
    where attrelid = to_regclass(:name) and attnum > 0 and not attisdropped
""")


def require_feature_tables(connection: Connection, use_case: UseCase) -> None:
    """Refuse a use case that joins features from a table or a column that is not there, or has another type.

    Raises
    ------
    FeatureTableError
        Naming the feature, and what there is.
    """
    for table in use_case.feature_tables:
        _require(connection, use_case, table)


def sources_first(use_cases: Iterable[UseCase]) -> list[UseCase]:
    """Return use cases in an order in which each comes after those that its features are joined from."""
    return sorted(use_cases, key=lambda use_case: bool(use_case.feature_tables))


def _require(connection: Connection, use_case: UseCase, table: FeatureTable) -> None:
    name = f"{OBSERVATIONS_SCHEMA}.{table.table}"
    found: dict[str, str] = {row[0]: row[1] for row in connection.execute(_COLUMNS, {"name": name})}
    if not found:
        raise FeatureTableError(
            f"{use_case.name} joins features from {table.table}, which has no observations here: it has to be a use case of "
            "task: forecast that is registered; smartpredict migrate registers those there are"
        )
    for one in table.features:
        wanted = feature_column(use_case.features_by_name[one.name], nullable=True).type.compile(connection.dialect)
        kind = found.get(one.column)
        if kind is None:
            raise FeatureTableError(
                f"{use_case.name}: {one.name} is joined from {table.table}.{one.column}, and {table.table} has no such column; "
                "name its target, or a feature of its forecast.known_ahead"
            )
        if kind != wanted.lower() and (kind, wanted.lower()) != ("bigint", "double precision"):
            raise FeatureTableError(
                f"{use_case.name}: {one.name} is joined from {table.table}.{one.column}, which holds {kind} and not "
                f"{wanted.lower()}; give {one.name} the type of what it is read from"
            )
