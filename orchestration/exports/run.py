"""Exporting what is new, or some days, one use case after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import structlog
from psycopg2.errors import LockNotAvailable
from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from orchestration.exports.days import export_day
from sql.base.engine import connect_engine
from sql.exports.days import EPOCH, Day, batches_on_their_way, days_recorded_since, moment_of_look
from sql.registry.live_catalog import registered_catalog
from usecases.contract.spec import UseCase
from usecases.stores.target import StoreError, Target

PROGRESS: Final = "_progress.json"

AFTER_MIDNIGHT: Final = timedelta(minutes=15)
"""When a day is complete: what was received in its last moments is recorded by then, or is known to be on its way."""

LOCK_PATIENCE: Final = "30s"
"""How long an export waits for another one of the same use case."""

log = structlog.get_logger(__name__)


class ExportSettings(BaseSettings):
    """Settings of exports, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL; the account of readers is enough.")
    export_url: str | None = Field(
        default=None,
        description="Where predictions are exported to: a whole path, s3://... or gs://...; nowhere if not set.",
    )


class Progress(BaseModel):
    """How far a use case is exported: what was recorded later, and the days that wait, are looked at next time."""

    recorded_until: datetime = EPOCH
    waiting: tuple[date, ...] = ()


@dataclass(slots=True)
class ExportReport:
    """What was exported of a use case.

    Attributes
    ----------
    rows, days
        Rows that were exported now, and the version of each day that they are of.
    waiting
        Days that are over and have rows on their way: the next run exports them.
    """

    use_case: str
    rows: int = 0
    days: dict[str, int] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)


def export(
    settings: ExportSettings | None = None,
    use_case: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> dict[str, Any]:
    """Export what is new, or some days; return a report for each use case.

    Parameters
    ----------
    settings
        From the environment, if not given.
    use_case
        Its name; all that are registered, if not given.
    first, last
        Days that are exported as far as their rows are recorded, until today if the last is not given. Without them
        it is every day that is over, has no row on its way, and has rows that are not exported.

    Raises
    ------
    StoreError
        At the end, naming the use cases that failed: one keeps no other from being exported.
    usecases.contract.catalog.UnknownUseCaseError
        If no such use case is registered.
    """
    settings = settings or ExportSettings()
    if not settings.export_url:
        raise StoreError("say where to export to: SMARTPREDICT_EXPORT_URL; see docs/exports.md")
    if first is None and last is not None:
        raise StoreError("say from which day on")
    target = Target.at(settings.export_url)
    engine = connect_engine(settings.database_url.get_secret_value(), "export", pool_size=2)
    done: dict[str, Any] = {}
    failed: list[str] = []
    try:
        catalog = registered_catalog(engine)
        for found in catalog.values() if use_case is None else [catalog[use_case]]:
            try:
                with alone(engine, found):
                    report = (
                        _export_new(engine, target, found)
                        if first is None
                        else export_days(engine, target, found, _dates(first, last or datetime.now(UTC).date()))
                    )
            except StoreError as error:
                failed.append(f"{found.name}: {error}")
            else:
                done[found.name] = asdict(report)
    finally:
        engine.dispose()
    if failed:
        raise StoreError("; ".join(failed))
    return done


def _export_new(engine: Engine, target: Target, use_case: UseCase) -> ExportReport:
    place = f"{use_case.name}/{PROGRESS}"
    content = target.read(place)
    before = Progress() if content is None else Progress.model_validate_json(content)
    looked_at = moment_of_look(engine)
    found = sorted({*before.waiting, *days_recorded_since(engine, use_case, before.recorded_until)})
    last = (datetime.now(UTC) - AFTER_MIDNIGHT).date() - timedelta(days=1)
    over = [day for day in found if day <= last]
    ready = [day for day in over if not batches_on_their_way(engine, use_case, Day(day))]
    report = export_days(engine, target, use_case, ready)
    report.waiting = [str(day) for day in over if day not in ready]
    progress = Progress(recorded_until=looked_at, waiting=tuple(day for day in found if day not in ready))
    # Last: cut off before, the same days are looked at again, and of those that are done nothing is new.
    target.write(place, progress.model_dump_json(indent=2).encode())
    return report


def export_days(engine: Engine, target: Target, use_case: UseCase, days: Iterable[date]) -> ExportReport:
    """Export what of these days is not exported yet."""
    report = ExportReport(use_case.name)
    for day in days:
        manifest = export_day(engine, target, use_case, Day(day))
        if manifest is None:
            continue
        report.days[manifest.day] = manifest.version
        report.rows += manifest.files[-1].rows
        log.info(
            "Day exported",
            use_case=use_case.name,
            day=manifest.day,
            version=manifest.version,
            rows=manifest.files[-1].rows,
        )

    return report


def _dates(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@contextmanager
def alone(engine: Engine, use_case: UseCase) -> Iterator[None]:
    """Keep other processes from exporting a use case meanwhile, since both would write the same files.

    Raises
    ------
    StoreError
        If another one goes on doing so.
    """
    key = func.hashtextextended(f"export of {use_case.name}", 0)
    # Outside of a transaction, which would be ended as idle after some minutes.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(func.set_config("lock_timeout", LOCK_PATIENCE, False)))  # noqa: FBT003  # PostgreSQL's function: for this session
        try:
            connection.execute(select(func.pg_advisory_lock(key)))
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            raise StoreError("another process is exporting it; export again when that has ended") from error
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(key)))
