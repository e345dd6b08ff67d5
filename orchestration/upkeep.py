"""What has to be done every day: partitions ahead, contents past their time emptied, the ledger proved.

Every function takes its settings from the environment, gives a summary that can be written as JSON, and may be called
at any time and as often as one likes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Engine, select

from broker.transport.publisher import Publisher
from ingestion.files.claims import Folders
from orchestration.ledger_audit import judge
from sql.base.engine import connect_engine
from sql.base.maintenance import add_partitions, empty_letters, empty_quarantine
from sql.base.tables import use_cases
from sql.dead_letters.decisions import empty_repairs
from sql.drift.notifications import forget_notifications
from sql.labels.retention import forget_labels, forget_shadow_scores
from sql.ledger.audit import read_books
from sql.ledger.batch_hours import roll_up_batches
from sql.ledger.request_keys import forget_old_requests
from sql.predictions.hours import roll_up_hours


class LedgerOutOfBalanceError(Exception):
    """Rows are missing, or there are more than came in; says of which batch and what to do."""


class UpkeepSettings(BaseSettings):
    """Settings of upkeep, from the environment. A time of 0 keeps everything."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL, as the account of schedules.")
    broker_url: SecretStr = Field(description="RabbitMQ, as the account of schedules.")
    broker_management_url: str | None = Field(
        default=None, description="RabbitMQ's management API, to know what workers hold."
    )
    data: Path = Field(description="Folder with incoming/, processing/, good_data/ and bad_data/.")
    months_ahead: int = Field(default=2, ge=1, le=24, description="Partitions of predictions made ahead, in months.")
    keep_files: timedelta = Field(
        default=timedelta(days=365), description="How long files stay in good_data/ and bad_data/."
    )
    keep_quarantine: timedelta = Field(
        default=timedelta(days=365), description="How long bad rows can be repaired; their reasons stay."
    )
    keep_letters: timedelta = Field(
        default=timedelta(days=90), description="How long the bodies of replayed and discarded dead letters stay."
    )
    keep_notifications: timedelta = Field(
        default=timedelta(days=365), description="How long it is remembered what people were told."
    )
    keep_shadow_scores: timedelta = Field(
        default=timedelta(days=365), description="How long challengers' answers are kept, from when a row was received."
    )
    keep_labels: timedelta = Field(
        default=timedelta(0), description="How long labels are kept, from when their row was received."
    )
    audit_after_seconds: float = Field(
        default=60, ge=0, description="Age after which a pending part has to be found at the broker."
    )


def make_partitions(settings: UpkeepSettings | None = None) -> dict[str, list[str]]:
    """Make partitions ahead, and those of months whose rows landed in the default partition; return those that were missing."""
    settings = settings or UpkeepSettings()
    with _database(settings) as engine:
        today = datetime.now(UTC).date()
        made = {
            name: [f"{month:%Y-%m}" for month in add_partitions(engine, name, today, settings.months_ahead)]
            for name in _registered(engine)
        }
    return {name: months for name, months in made.items() if months}


def forget_old(settings: UpkeepSettings | None = None) -> dict[str, int]:
    """Empty and delete what is past its time; return the numbers. Predictions are never deleted."""
    settings = settings or UpkeepSettings()
    with _database(settings) as engine:
        with engine.begin() as connection:
            keys = forget_old_requests(connection, datetime.now(UTC))
            told = forget_notifications(connection, settings.keep_notifications) if settings.keep_notifications else 0
        return {
            "request_keys": keys,
            "notifications": told,
            "quarantined_rows": empty_quarantine(engine, settings.keep_quarantine) if settings.keep_quarantine else 0,
            "dead_letters": empty_letters(engine, settings.keep_letters) if settings.keep_letters else 0,
            "repaired_letters": empty_repairs(engine, settings.keep_letters) if settings.keep_letters else 0,
            "shadow_scores": forget_shadow_scores(engine, settings.keep_shadow_scores)
            if settings.keep_shadow_scores
            else 0,
            "labels": forget_labels(engine, settings.keep_labels) if settings.keep_labels else 0,
            "files": _delete_files(settings) if settings.keep_files else 0,
        }


def add_up_hours(settings: UpkeepSettings | None = None) -> dict[str, int]:
    """Count predictions and batches by hour once hours are over, so that long ranges cost little; return the hours of predictions."""
    settings = settings or UpkeepSettings()
    with _database(settings) as engine:
        names = _registered(engine)
        for name in names:
            roll_up_batches(engine, name)
        added = {name: roll_up_hours(engine, name) for name in names}
    return {name: hours for name, hours in added.items() if hours}


def audit_ledger(settings: UpkeepSettings | None = None) -> dict[str, Any]:
    """Prove that every row is in exactly one place.

    Raises
    ------
    LedgerOutOfBalanceError
        If one is not.
    """
    settings = settings or UpkeepSettings()
    with _database(settings) as engine:
        books = read_books(engine, settings.audit_after_seconds)

        async def ask() -> Any:
            url = settings.broker_url.get_secret_value()
            async with asyncio.timeout(60), Publisher(url, "smartpredict audit") as publisher:
                return await judge(engine, publisher, books, url, settings.broker_management_url)

        result = asyncio.run(ask())
    if not result.balanced:
        raise LedgerOutOfBalanceError("\n".join(result.problems))
    return asdict(result)


@contextmanager
def _database(settings: UpkeepSettings) -> Iterator[Engine]:
    engine = connect_engine(settings.database_url.get_secret_value(), "upkeep", pool_size=1)
    try:
        yield engine
    finally:
        engine.dispose()


def _registered(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(use_cases.c.name).order_by(use_cases.c.name)))


def _delete_files(settings: UpkeepSettings) -> int:
    """Delete files that ended long ago; a file keeps the time of its writer, so the time of its move counts too."""
    folders = Folders(settings.data)
    oldest = (datetime.now(UTC) - settings.keep_files).timestamp()
    old = [
        path
        for folder in (folders.good, folders.bad)
        for path in folder.glob("*/*")
        if not path.is_dir() and max((found := path.lstat()).st_mtime, found.st_ctime) < oldest
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
