"""What came true of forecasts: the observations of their hours become their labels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Double,
    Engine,
    MetaData,
    Select,
    Table,
    Text,
    cast,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from sql.base.tables import batches
from sql.forecasts.tables import forecast_progress, forecasts
from sql.labels.tables import labels
from sql.observations.tables import observation_table
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of

SOURCE = "observations"
"""The door that such labels come through."""

OVERLAP = timedelta(minutes=1)
"""Observations are recorded when their transaction begins, and seen when it ends; a look goes back so far behind the last."""

RECENT = timedelta(hours=1)
"""Forecasts made since are looked at however old their hours are: those of a past origin came true before they were made."""

_truth_table = Table(
    "what_came_true",
    MetaData(),
    Column("key", Text, primary_key=True),
    Column("reading", Double, nullable=False),
    Column("known_at", DateTime(timezone=True), nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)

_KEY_TIME = 'YYYY-MM-DD"T"HH24:MI:SS"Z"'


def label_forecasts(engine: Engine, use_case: UseCase, now: datetime) -> int:
    """Label the forecasts of hours that were observed, or corrected, since the last look; returns how many labels are new.

    A label is the newest version of its reading. Doing it again changes nothing.
    """
    with engine.begin() as connection:
        since = connection.scalar(
            select(forecast_progress.c.labelled_until)
            .where(forecast_progress.c.use_case == use_case.name)
            .with_for_update()
        )
        stored = _keep_labels(connection, use_case, since, now)
        until = {"labelled_until": now - OVERLAP}
        progress = insert(forecast_progress).values(use_case=use_case.name, **until)
        connection.execute(progress.on_conflict_do_update(index_elements=["use_case"], set_=until))
    return stored


def _keep_labels(connection: Connection, use_case: UseCase, since: datetime | None, now: datetime) -> int:
    found = observation_table(use_case)
    new = select(func.min(found.c.event_time), func.max(found.c.event_time)).where(
        found.c[use_case.target].is_not(None)
    )
    if since is not None:
        new = new.where(found.c.recorded_at >= since)
    first, last = connection.execute(new).one()
    options = options_of(use_case)
    ahead = timedelta(microseconds=options.step * options.horizon)
    # What is forecast from the newest reading has not come true yet.
    newest = select(func.max(forecasts.c.origin)).where(forecasts.c.use_case == use_case.name).scalar_subquery()
    recent = (forecasts.c.made_at >= now - RECENT) & (forecasts.c.origin < newest)
    touched = recent if first is None else or_(recent, forecasts.c.origin.between(first - ahead, last))
    spans = connection.execute(
        select(forecasts.c.origin, batches.c.id, batches.c.first_id, batches.c.last_id)
        .join(batches, batches.c.id == forecasts.c.batch_id)
        .where(forecasts.c.use_case == use_case.name, touched)
        .order_by(forecasts.c.origin)
    ).all()
    if not spans:
        return 0
    table = prediction_table(use_case)
    truth = _truth_table
    truth.create(connection)
    stored = 0
    for start in range(0, len(spans), _BATCHES_AT_ONCE):
        some = spans[start : start + _BATCHES_AT_ONCE]
        # By its key and with statistics: the planner takes a table of predictions that is new for an empty one, and would
        # compare each prediction with every reading.
        connection.execute(delete(truth))
        connection.execute(
            insert(truth).from_select(
                ["key", "reading", "known_at"], _truth(use_case, some[0].origin, some[-1].origin + ahead)
            )
        )
        connection.execute(text("analyze what_came_true"))
        came_true = (
            select(
                table.c.id, literal(use_case.name, Text), cast(null(), Text), truth.c.reading, truth.c.known_at,
                literal(SOURCE, Text),
            )
            .join(truth, truth.c.key == table.c[str(use_case.key)])
            .where(
                table.c.id.between(_least(some), _largest(some)),
                table.c.batch_id.in_([one.id for one in some]),
            )
        )  # fmt: skip
        stored += connection.execute(_upsert(came_true)).rowcount
    truth.drop(connection)
    return stored


_BATCHES_AT_ONCE = 500


def _least(spans: Any) -> UUID:
    return min(UUID(str(one.first_id)) for one in spans)


def _largest(spans: Any) -> UUID:
    return max(UUID(str(one.last_id)) for one in spans)


def _truth(use_case: UseCase, first: datetime, last: datetime) -> Select[Any]:
    """Return the newest version of each reading, with the key that rows of forecasts name it by."""
    found = observation_table(use_case)
    reading: ColumnElement[float] = found.c[use_case.target]
    newest = (
        select(found.c.series, found.c.event_time, reading.label("reading"), found.c.known_at)
        .ext(distinct_on(found.c.series, found.c.event_time))
        .where(found.c.event_time.between(first, last), reading.is_not(None))
        .order_by(found.c.series, found.c.event_time, found.c.known_at.desc())
        .subquery("newest")
    )
    moment = func.to_char(func.timezone("UTC", newest.c.event_time), _KEY_TIME)
    has_series = options_of(use_case).series is not None
    key = newest.c.series.op("||")("@").op("||")(moment) if has_series else moment
    return select(key.label("key"), newest.c.reading, newest.c.known_at)


def _upsert(came_true: Select[Any]) -> Any:
    names = ["prediction_id", "use_case", "label", "number", "labelled_at", "source"]
    statement = insert(labels).from_select(names, came_true)
    taken = {name: statement.excluded[name] for name in ("number", "labelled_at", "source")}
    return statement.on_conflict_do_update(
        index_elements=["prediction_id"],
        set_=taken | {"recorded_at": func.now()},
        where=(labels.c.labelled_at <= statement.excluded.labelled_at)
        & labels.c.number.is_distinct_from(statement.excluded.number),
    )
