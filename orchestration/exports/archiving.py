"""Archiving months of predictions: exported and counted first, then emptied; and bringing one back from its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from orchestration.exports.days import exported_rows, read_exported
from orchestration.exports.run import ExportSettings, alone, export_days
from sql.base.engine import connect_engine
from sql.exports.archive import ArchiveError, archived_days, days_of, empty_month, months_before, restore_month
from sql.exports.days import Day
from sql.registry.live_catalog import registered_catalog
from usecases.contract.spec import UseCase
from usecases.stores.target import StoreError, Target

__all__ = ["ArchiveError", "archive", "restore"]


def archive(
    name: str,
    before: date,
    settings: ExportSettings | None = None,
    agreed: Callable[[list[date]], bool] = lambda _: True,
) -> dict[str, int]:
    """Export the months before a day, empty their partitions, and return how many rows left the table with each.

    Cut off, it has archived some months whole and the others not at all.

    Parameters
    ----------
    name
        Of the use case.
    before
        Months that end before it are archived.
    settings
        From the environment, if not given; the account has to be the owner's.
    agreed
        Asked with the months once they are exported; nothing is emptied if it says no.

    Raises
    ------
    ArchiveError
        If a month is not over, or its export is not whole.
    usecases.stores.target.StoreError
        If it cannot be exported.
    usecases.contract.catalog.UnknownUseCaseError
        If no such use case is registered.
    """
    if before.replace(day=1) > datetime.now(UTC).date().replace(day=1):
        raise ArchiveError("this month is not over yet: only months before it can be archived")
    settings = settings or ExportSettings()
    if not settings.export_url:
        raise StoreError("say where to archive to: SMARTPREDICT_EXPORT_URL; see docs/exports.md")
    target = Target.at(settings.export_url)
    with _connected(settings) as engine:
        use_case = registered_catalog(engine)[name]
        with alone(engine, use_case):
            with engine.connect() as connection:
                months = months_before(connection, use_case, before)
            for month in months:
                export_days(engine, target, use_case, (day.date for day in days_of(month)))
            if not months or not agreed(months):
                return {}
            return {f"{month:%Y-%m}": _empty(engine, target, use_case, month) for month in months}


def restore(name: str, month: date, settings: ExportSettings | None = None) -> int:
    """Write the rows of an archived month back into the table; return how many.

    Parameters
    ----------
    name, month
        Whose rows of when.
    settings
        From the environment, if not given; the target is where the month was archived to unless it is given here.

    Raises
    ------
    ArchiveError
        If nothing of the month is archived, or its files hold something else.
    usecases.stores.target.StoreError
        If they cannot be read.
    usecases.contract.catalog.UnknownUseCaseError
        If no such use case is registered.
    """
    settings = settings or ExportSettings()
    with _connected(settings) as engine:
        use_case = registered_catalog(engine)[name]
        with engine.connect() as connection:
            days = archived_days(connection, use_case, month)
        if not days:
            raise ArchiveError(f"nothing of {name} is archived of {month:%Y-%m}")
        target = Target.at(settings.export_url or next(iter(days.values())).target)
        pages = (page for day in days for page in read_exported(target, use_case, Day(day)))
        with alone(engine, use_case), engine.begin() as connection:
            return restore_month(connection, use_case, month, pages)


def _empty(engine: Engine, target: Target, use_case: UseCase, month: date) -> int:
    exported = {day.date: exported_rows(target, use_case, [day.date]) for day in days_of(month)}
    with engine.begin() as connection:
        return empty_month(connection, use_case, month, exported, target.place)


@contextmanager
def _connected(settings: ExportSettings) -> Iterator[Engine]:
    engine = connect_engine(settings.database_url.get_secret_value(), "archive", pool_size=2)
    try:
        yield engine
    finally:
        engine.dispose()
