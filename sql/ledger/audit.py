"""The audit: whether the ledger says what the tables hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from broker.messages import Lane
from sql.base.tables import batches, dead_letters, job_claims, jobs, parts, quarantine
from sql.ledger.accounts import BatchAccount, OnlineAccount, ProfileAccount
from sql.ledger.batch_ledger import BatchLedger, ledger
from sql.ledger.batches import BatchState
from sql.observations.tables import observation_table
from sql.predictions.archived import archive_at_rest, archived_of_batches
from sql.predictions.tables import prediction_table
from sql.profiles.tables import part_profiles, profiles
from sql.registry.live_catalog import registered_use_cases
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class PendingPart:
    """A part that was sent to the workers and is neither recorded nor dead."""

    part_id: UUID
    batch_id: UUID
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Everything the audit reads from the database, at one moment."""

    batches: Sequence[BatchAccount]
    online: Sequence[OnlineAccount]
    profiles: Sequence[ProfileAccount]
    strays: int
    """Rows of recorded bulk parts whose batch was never announced."""
    pending: Sequence[PendingPart]
    """Parts of batches that are read to the end: each of them has to be at the broker."""

    def problems(self) -> Iterator[str]:
        """List what does not fit."""
        for batch in self.batches:
            yield from batch.problems()
        for online in self.online:
            yield from online.problems()
        for profile in self.profiles:
            yield from profile.problems()
        if self.strays:
            yield f"{self.strays} rows were predicted for batches that nobody announced; see who may publish to the broker"


def read_books(engine: Engine, min_age_seconds: float = 0) -> Books:
    """Read all accounts at one moment, while work goes on.

    Parameters
    ----------
    engine
        The database.
    min_age_seconds
        Age past which a pending part is listed; younger ones are still on their way to the broker.
    """
    one_moment = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with archive_at_rest(engine), one_moment.connect() as connection:
        stored: dict[UUID, tuple[int, int]] = {}
        online: list[OnlineAccount] = []
        observed: dict[UUID, int] = {}
        for use_case in registered_use_cases(connection):
            archived = archived_of_batches(connection, use_case.name)
            stored |= _stored(connection, use_case, archived)
            online.append(_online(connection, use_case, archived.get(None, 0)))
            observed |= _observed(connection, use_case)
        stored |= {job: (rows, 0) for job, rows in connection.execute(_WRITTEN)}
        kept, not_kept, repeated = (
            dict(map(tuple, connection.execute(query))) for query in (_KEPT, _NOT_KEPT, _REPEATED)
        )
        accounts = [
            BatchAccount(
                ledger=book,
                stored=stored.get(book.batch_id, (0, 0))[0],
                misplaced=stored.get(book.batch_id, (0, 0))[1],
                kept=kept.get(book.batch_id, 0),
                not_kept=not_kept.get(book.batch_id, 0),
                observed=observed.get(book.batch_id, 0),
                repeated=repeated.get(book.batch_id, 0),
            )
            for book in map(BatchLedger.from_row, connection.execute(select(ledger).order_by(ledger.c.received_at)))
        ]
        pending = [
            PendingPart(row.part_id, row.batch_id, row.rows) for row in connection.execute(_pending(min_age_seconds))
        ]
        return Books(
            batches=accounts,
            online=online,
            profiles=_profiles(connection),
            strays=connection.scalar(_STRAYS) or 0,
            pending=pending,
        )


def still_pending(engine: Engine, among: Sequence[PendingPart]) -> list[PendingPart]:
    """Return those of some parts that are still pending."""
    with engine.connect() as connection:
        now = {row.part_id for row in connection.execute(_pending(0))}
    return [part for part in among if part.part_id in now]


def _stored(
    connection: Connection, use_case: UseCase, archived: Mapping[UUID | None, int]
) -> dict[UUID, tuple[int, int]]:
    """Count the predictions of each batch, and those of them with a wrong id."""
    table = prediction_table(use_case)
    inside = table.c.id.between(batches.c.first_id, batches.c.last_id)
    query = (
        select(batches.c.id, func.count(), func.count().filter(~inside))
        .select_from(table.join(batches, batches.c.id == table.c.batch_id))
        .group_by(batches.c.id)
    )
    found = {batch_id: (rows, misplaced) for batch_id, rows, misplaced in connection.execute(query)}
    for batch_id, rows in archived.items():
        if batch_id is not None:
            there, misplaced = found.get(batch_id, (0, 0))
            found[batch_id] = (there + rows, misplaced)
    return found


def _observed(connection: Connection, use_case: UseCase) -> dict[UUID, int]:
    """Count the observations that each batch brought; none where the use case is no forecast."""
    if use_case.forecast is None:
        return {}
    table = observation_table(use_case)
    query = select(table.c.batch_id, func.count()).group_by(table.c.batch_id)
    return dict(map(tuple, connection.execute(query)))


def _online(connection: Connection, use_case: UseCase, archived: int) -> OnlineAccount:
    table = prediction_table(use_case)
    stored = (
        select(func.count())
        .select_from(table.join(batches, batches.c.id == table.c.batch_id, isouter=True))
        .where(batches.c.id.is_(None))
    )
    recorded = select(func.coalesce(func.sum(parts.c.rows), 0)).where(
        parts.c.use_case == use_case.name, parts.c.recorded_at.is_not(None), _is_of_no_batch()
    )
    return OnlineAccount(
        use_case=use_case.name,
        recorded=connection.scalar(recorded) or 0,
        stored=archived + (connection.scalar(stored) or 0),
    )


def _profiles(connection: Connection) -> list[ProfileAccount]:
    """Add up what was predicted and what profiles count, by use case and version."""
    keys = ("use_case", "model_version")
    counted = union_all(
        select(
            parts.c.use_case, parts.c.model_version, parts.c.rows.label("predicted"), literal(0).label("profiled")
        ).where(parts.c.recorded_at.is_not(None)),
        select(profiles.c.use_case, profiles.c.model_version, literal(0), profiles.c.rows).where(
            profiles.c.span == "hour"
        ),
        select(part_profiles.c.use_case, part_profiles.c.model_version, literal(0), part_profiles.c.rows),
    ).subquery()
    sums = [cast(func.sum(counted.c[name]), BigInteger).label(name) for name in ("predicted", "profiled")]
    of_version = [counted.c[name] for name in keys]
    query = select(*of_version, *sums).group_by(*of_version).order_by(*of_version)
    return [ProfileAccount(**row) for row in connection.execute(query).mappings()]


def _is_of_no_batch() -> ColumnElement[bool]:
    of_its_own = select(batches.c.id).where(batches.c.id == parts.c.batch_id)
    sharing = select(batches.c.id).where(batches.c.part_id == parts.c.part_id)
    return and_(~of_its_own.exists(), ~sharing.exists())


def _pending(min_age_seconds: float) -> Select[tuple[UUID, UUID, int]]:
    """Find parts that have to be at the broker: of batches read to the end, neither recorded nor a letter."""
    old_enough = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, min_age_seconds)
    letters = select(dead_letters.c.id).where(dead_letters.c.part_id == parts.c.part_id)
    # A letter that was replayed just now is as young as its replay.
    in_a_letter = letters.where(
        dead_letters.c.replayed_at.is_(None) | (dead_letters.c.replayed_at > old_enough)
    ).exists()
    # No queue holds the claims of a job that is paused; to resume it sends them.
    of_a_stopped_job = select(jobs.c.id).where(jobs.c.id == parts.c.batch_id, jobs.c.state != "running")
    final = (BatchState.INGESTED.value, BatchState.REFUSED.value)
    of_batch = or_(batches.c.id == parts.c.batch_id, batches.c.part_id == parts.c.part_id)
    batch = select(batches.c.id).where(of_batch, batches.c.state.in_(final)).limit(1).lateral()
    return (
        select(parts.c.part_id, batch.c.id.label("batch_id"), parts.c.rows)
        .join(batch, true())
        .where(parts.c.recorded_at.is_(None), parts.c.planned_at < old_enough if min_age_seconds else true())
        .where(~in_a_letter, ~of_a_stopped_job.exists())
    )


_KEPT = select(quarantine.c.batch_id, func.count()).group_by(quarantine.c.batch_id)
_NOT_KEPT = select(batches.c.id, batches.c.rows_not_kept).where(batches.c.rows_not_kept > 0)
_REPEATED = select(batches.c.id, batches.c.rows_repeated).where(batches.c.rows_repeated > 0)
_WRITTEN = (
    select(job_claims.c.job_id, cast(func.sum(job_claims.c.rows_written), BigInteger))
    .where(job_claims.c.sha256.is_not(None))
    .group_by(job_claims.c.job_id)
)
_STRAYS = (
    select(func.coalesce(func.sum(parts.c.rows), 0))
    .where(parts.c.lane == Lane.BULK.value, parts.c.recorded_at.is_not(None))
    .where(_is_of_no_batch())
)
