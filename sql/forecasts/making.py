"""Writing forecasts down before they are sent, so that each is made once, and finding those that are still to be sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from broker.ids import batch_id_of_forecast
from sql.forecasts.tables import forecast_requests, forecasts


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast that was written down.

    Attributes
    ----------
    origin, version
        What it is of.
    batch_id
        Batch of its rows.
    body
        Its rows as an Arrow stream; none once they are with the workers.
    """

    use_case: str
    origin: datetime
    version: int
    batch_id: UUID
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows that forecast from an origin, ready to be written down."""

    origin: datetime
    body: bytes
    rows: int
    missing: int
    left_out: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the rows."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Asked:
    """A forecast that somebody asks for."""

    id: int
    origin: datetime | None


def write_down(connection: Connection, use_case: str, drawn: Drawn) -> Forecast:
    """Write a forecast down as a further version of its origin; if the newest version has the same rows, return that.

    Two callers at once take turns, so both get the same.

    Parameters
    ----------
    connection
        In a transaction that the caller commits.
    use_case, drawn
        What is forecast, and its rows.
    """
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"forecasts of {use_case}", 0))))
    of_origin = (forecasts.c.use_case == use_case, forecasts.c.origin == drawn.origin)
    newest = connection.execute(
        select(forecasts).where(*of_origin).order_by(forecasts.c.version.desc()).limit(1)
    ).one_or_none()
    if newest is not None and newest.digest == drawn.digest:
        return _forecast(newest)
    version = 1 if newest is None else newest.version + 1
    values = {
        "use_case": use_case, "origin": drawn.origin, "version": version,
        "batch_id": batch_id_of_forecast(use_case, drawn.origin, version), "digest": drawn.digest, "rows": drawn.rows, "missing": drawn.missing,
        "left_out": list(drawn.left_out), "body": drawn.body,
    }  # fmt: skip
    return _forecast(connection.execute(insert(forecasts).values(values).returning(forecasts)).one())


def forecasts_to_send(engine: Engine, use_case: str) -> list[Forecast]:
    """Return the forecasts whose rows are not with the workers yet, the oldest first."""
    query = (
        select(forecasts)
        .where(forecasts.c.use_case == use_case, forecasts.c.body.is_not(None))
        .order_by(forecasts.c.made_at, forecasts.c.version)
    )
    with engine.connect() as connection:
        return [_forecast(row) for row in connection.execute(query)]


def forget_body(engine: Engine, forecast: Forecast) -> None:
    """Forget the rows of a forecast, which are with the workers now."""
    with engine.begin() as connection:
        connection.execute(update(forecasts).where(forecasts.c.batch_id == forecast.batch_id).values(body=None))


def ask(engine: Engine, use_case: str, origin: datetime | None) -> int:
    """Ask for a forecast; returns the number of the request."""
    with engine.begin() as connection:
        values = {"use_case": use_case, "origin": origin}
        number: int = connection.execute(
            insert(forecast_requests).values(values).returning(forecast_requests.c.id)
        ).scalar_one()
    return number


def open_requests(engine: Engine, use_case: str) -> list[Asked]:
    """Return what is asked for and not answered yet, in order."""
    query = (
        select(forecast_requests.c.id, forecast_requests.c.origin)
        .where(forecast_requests.c.use_case == use_case, forecast_requests.c.done_at.is_(None))
        .order_by(forecast_requests.c.id)
    )
    with engine.connect() as connection:
        return [Asked(row.id, row.origin) for row in connection.execute(query)]


def answer_request(engine: Engine, asked: Asked, batch_id: UUID | None, problem: str | None = None) -> None:
    """Answer a request with the batch of its forecast, or with why there is none."""
    values = {"batch_id": batch_id, "problem": problem, "done_at": func.now()}
    with engine.begin() as connection:
        connection.execute(update(forecast_requests).where(forecast_requests.c.id == asked.id).values(values))


def answered_request(engine: Engine, number: int) -> tuple[UUID | None, str | None] | None:
    """Return what became of a request: the batch, or why there is none; nothing while it is open."""
    query = select(forecast_requests).where(forecast_requests.c.id == number)
    with engine.connect() as connection:
        row = connection.execute(query).one()
    return None if row.done_at is None else (row.batch_id, row.problem)


def _forecast(row: Row[Any]) -> Forecast:
    return Forecast(row.use_case, row.origin, row.version, row.batch_id, row.body)
