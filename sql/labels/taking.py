"""Taking labels in: staged by COPY, placed on their predictions by one join, and the latest of each prediction kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import (
    CTE,
    BigInteger,
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
    Uuid,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from broker.ids import first_id_at
from sql.base.copying import copy_rows
from sql.labels.tables import labels
from sql.predictions.archived import ArchiveLook
from sql.predictions.tables import prediction_table
from usecases.contract.spec import UseCase

LOOK_BACK = timedelta(days=30)
"""How far before its time a label that comes by key looks for its prediction; keys have no index, so the search is a scan."""

_TEMPORARY: dict[str, Any] = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "DROP"}
_LAST_ID = UUID(int=2**128 - 1)

_staged = Table(
    "staged_labels",
    MetaData(),
    Column("item", BigInteger),
    Column("prediction_id", Text),
    Column("key", Text),
    Column("label", Text),
    Column("number", Double),
    Column("labelled_at", DateTime(timezone=True)),
    Column("until", DateTime(timezone=True)),
    Column("refusal", Text),
    **_TEMPORARY,
)
_placed = Table("placed_labels", MetaData(), Column("item", BigInteger), Column("prediction_id", Uuid), **_TEMPORARY)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A label that was not stored, and why."""

    item: int
    code: str
    """`refused`: the label itself is bad; `unknown`: there is no such prediction."""
    message: str


@dataclass(frozen=True, slots=True)
class LabelsStored:
    """What became of a delivery: received = added + replaced + superseded + unknown + refused.

    Attributes
    ----------
    added
        Predictions that had no label before.
    replaced
        Predictions whose label was replaced by one of the same time or later.
    unchanged
        Those of them whose label says the same as the one before.
    superseded
        Labels that stand behind a later one of the same prediction.
    unknown, refused
        Labels that belong to no prediction, and bad ones.
    """

    received: int
    added: int
    replaced: int
    unchanged: int
    superseded: int
    unknown: int
    refused: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where labels come from and how those that come by key are placed."""

    use_case: UseCase
    source: str
    look_back: timedelta = LOOK_BACK


class LabelIntake:
    """Takes one delivery of labels in, within one transaction: all that is good is stored with its commit.

    Parameters
    ----------
    connection
        In a transaction that the caller commits.
    delivery
        What is delivered.
    """

    def __init__(self, connection: Connection, delivery: Delivery) -> None:
        self._connection = connection
        self._delivery = delivery
        self._now = datetime.now(UTC)
        self._archive = ArchiveLook(connection, delivery.use_case.name)
        for table in (_staged, _placed):
            table.create(connection)

    def stage(self, checked: pa.RecordBatch) -> None:
        """Copy checked labels, in the columns of :data:`usecases.checking.labels.LABEL_SCHEMA`, to the database."""
        copy_rows(self._connection, _staged, checked)

    def store(self) -> LabelsStored:
        """Place what was staged and keep the latest label of each prediction."""
        # Without statistics the planner takes the staged table for a small one, and scans where it should look up.
        self._connection.execute(text("analyze staged_labels"))
        self._place(_by_id(self._delivery.use_case))
        bounds = self._bounds_by_key()
        if bounds is not None:
            self._place(_by_key(self._delivery, self._now, *bounds))
        self._connection.execute(text("analyze placed_labels"))
        added, unchanged, kept = self._connection.execute(_keep_latest(self._delivery, self._now)).one()
        counts = select(func.count(), func.count(_staged.c.refusal)).select_from(_staged)
        received, refused = self._connection.execute(counts).one()
        placed = self._connection.scalar(select(func.count()).select_from(_placed)) or 0
        return LabelsStored(
            received=received,
            added=added,
            replaced=kept - added,
            unchanged=unchanged,
            superseded=placed - kept,
            unknown=received - refused - placed,
            refused=refused,
        )

    def unplaced(self, most: int | None = None) -> Iterator[Unplaced]:
        """List what was not stored, in order."""
        where = ~select(_placed.c.item).where(_placed.c.item == _staged.c.item).exists()
        query = select(_staged).where(where).order_by(_staged.c.item).limit(most)
        for row in self._connection.execute(query):
            if row.refusal is not None:
                yield Unplaced(row.item, "refused", row.refusal)
            else:
                yield Unplaced(row.item, "unknown", self._unknown(row))

    def _place(self, found: Select[Any]) -> None:
        self._connection.execute(_placed.insert().from_select(["item", "prediction_id"], found))

    def _bounds_by_key(self) -> tuple[UUID, UUID] | None:
        """Return the ids between which predictions are searched by key; None where no label comes by key."""
        moment = func.coalesce(_staged.c.labelled_at, self._now)
        earliest, latest, open_end = self._connection.execute(
            select(func.min(moment), func.max(_staged.c.until), func.bool_or(_staged.c.labelled_at.is_(None))).where(
                _staged.c.key.is_not(None)
            )
        ).one()
        if earliest is None:
            return None
        last = _LAST_ID if open_end else first_id_at(latest + timedelta(milliseconds=1))
        return first_id_at(earliest - self._delivery.look_back), last

    def _unknown(self, row: Any) -> str:
        use_case = self._delivery.use_case
        if row.prediction_id is not None:
            archived = self._archive.of_id(UUID(row.prediction_id))
            return f"there is no prediction {row.prediction_id} of {use_case.name}{archived}"
        until = (row.until or self._now).astimezone(UTC)
        return (
            f"{use_case.key} {row.key!r} has no prediction within {self._delivery.look_back.days} days "
            f"up to {until:%Y-%m-%d %H:%M:%S} UTC{self._archive.between((until - self._delivery.look_back).date(), until.date())}"
        )


def store_labels(
    engine: Engine, delivery: Delivery, checked: Iterable[pa.RecordBatch], *, shown: int, patience: timedelta
) -> tuple[LabelsStored, Sequence[Unplaced]]:
    """Store a delivery and commit it; return also the first of the labels that were not stored.

    Parameters
    ----------
    engine, delivery, checked
        The database, what is delivered, and its checked labels.
    shown
        Most labels that are told one by one.
    patience
        How long one statement may take.
    """
    with engine.begin() as connection:
        milliseconds = str(int(patience.total_seconds() * 1000))
        connection.execute(select(func.set_config("statement_timeout", milliseconds, True)))  # noqa: FBT003  # for this transaction
        intake = LabelIntake(connection, delivery)
        for batch in checked:
            intake.stage(batch)
        stored = intake.store()
        return stored, list(intake.unplaced(shown))


def _by_id(use_case: UseCase) -> Select[Any]:
    table = prediction_table(use_case)
    return select(_staged.c.item, table.c.id).join(table, table.c.id == cast(_staged.c.prediction_id, Uuid))


def _by_key(delivery: Delivery, now: datetime, first: UUID, last: UUID) -> Select[Any]:
    """Find for each label the last prediction of its key up to its time.

    Predictions and labels of a key are put in one row by time, so it is sorted once: a join of each label with all
    predictions of its key would grow with their product.
    """
    table = prediction_table(delivery.use_case)
    key: ColumnElement[Any] = table.c[str(delivery.use_case.key)]
    wanted = select(_staged.c.key).where(_staged.c.key.is_not(None))
    nothing = literal_column("null::bigint", BigInteger)
    events = union_all(
        select(
            key.label("key"), table.c.id.label("position"), table.c.id.label("id"), nothing.label("item"),
            cast(null(), Uuid).label("oldest"),
        ).where(table.c.id >= first, table.c.id <= last, key.in_(wanted)),
        select(
            _staged.c.key, _last_id_at(_staged.c.until), cast(null(), Uuid), _staged.c.item,
            _first_id_at(func.coalesce(_staged.c.labelled_at, now) - delivery.look_back),
        ).where(_staged.c.key.is_not(None)),
    ).cte("events")  # fmt: skip
    order = (events.c.position, events.c.item.nulls_first())
    # Every prediction begins a run; the labels that follow it, up to the next prediction, are of that run.
    runs = select(events, func.count(events.c.id).over(partition_by=events.c.key, order_by=order).label("run")).cte(
        "runs"
    )
    latest = func.first_value(runs.c.id).over(
        partition_by=(runs.c.key, runs.c.run), order_by=(runs.c.position, runs.c.item.nulls_first())
    )
    matched = select(runs.c.item, latest.label("prediction_id"), runs.c.oldest).cte("matched")
    return select(matched.c.item, matched.c.prediction_id).where(
        matched.c.item.is_not(None), matched.c.prediction_id >= matched.c.oldest
    )


def _keep_latest(delivery: Delivery, now: datetime) -> Select[int, int, int]:
    """Store one label a prediction; gives how many are new, how many say the same as before, and how many were written."""
    moment = func.coalesce(_staged.c.labelled_at, now)
    latest = (
        select(
            _placed.c.prediction_id, literal(delivery.use_case.name), _staged.c.label, _staged.c.number, moment,
            literal(delivery.source),
        )
        .join(_staged, _staged.c.item == _placed.c.item)
        .ext(distinct_on(_placed.c.prediction_id))
        .order_by(_placed.c.prediction_id, moment.desc(), _staged.c.item.desc())
    )  # fmt: skip
    statement = insert(labels).from_select(
        ["prediction_id", "use_case", "label", "number", "labelled_at", "source"], latest
    )
    taken = {name: statement.excluded[name] for name in ("label", "number", "labelled_at", "source")}
    # A row that was inserted just now has no earlier version: PostgreSQL's mark of one that is gone is not set.
    is_new: ColumnElement[bool] = literal_column("labels.xmax = 0")
    kept: CTE = (
        statement.on_conflict_do_update(
            index_elements=["prediction_id"],
            set_=taken | {"recorded_at": func.now()},
            where=labels.c.labelled_at <= statement.excluded.labelled_at,
        )
        .returning(is_new.label("is_new"), labels.c.prediction_id, labels.c.label, labels.c.number)
        .cte("kept")
    )
    before = labels.alias("before")  # a statement sees the table as it was, whatever it writes
    is_alike = before.c.label.is_not_distinct_from(kept.c.label) & before.c.number.is_not_distinct_from(kept.c.number)
    return select(
        func.count().filter(kept.c.is_new), func.count().filter(~kept.c.is_new, is_alike), func.count()
    ).select_from(kept.outerjoin(before, before.c.prediction_id == kept.c.prediction_id))


def _first_id_at(moment: ColumnElement[Any]) -> ColumnElement[UUID]:
    return func.smartpredict.first_id_at(moment, type_=Uuid)


def _last_id_at(moment: ColumnElement[Any]) -> ColumnElement[UUID]:
    """Return an id after all predictions received up to a moment; after all there are where no moment is given."""
    return func.coalesce(_first_id_at(moment + timedelta(milliseconds=1)), literal(_LAST_ID, Uuid))
