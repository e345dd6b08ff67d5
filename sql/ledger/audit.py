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
    Subquery,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from broker.messages import Lane
from sql.base.tables import batches, dead_letters, job_claims, jobs, parts, quarantine
from sql.ledger.accounts import BatchAccount, OnlineAccount, ProfileAccount, Totals
from sql.ledger.batch_ledger import BatchLedger, ledger
from sql.ledger.batches import BatchState
from sql.observations.tables import observation_table
from sql.predictions.archived import archive_at_rest, archived_of_requests, archived_rows
from sql.predictions.tables import prediction_table
from sql.profiles.tables import part_profiles, profiles
from sql.registry.live_catalog import registered_use_cases
from usecases.contract.spec import UseCase

MOST_UNBALANCED = 1_000
"""Batches out of balance that are named."""


@dataclass(frozen=True, slots=True)
class PendingPart:
    """A part that was sent to the workers and is neither recorded nor dead."""

    part_id: UUID
    batch_id: UUID
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Everything the audit reads from the database, at one moment."""

    totals: Mapping[str, Totals]
    """Sums by use case."""
    unbalanced: Sequence[BatchAccount]
    """Batches whose rows are not all in one place, the oldest first."""
    further: int
    """Such batches beyond those."""
    online: Sequence[OnlineAccount]
    profiles: Sequence[ProfileAccount]
    strays: int
    """Rows of recorded bulk parts whose batch was never announced."""
    pending: Sequence[PendingPart]
    """Parts of batches that are read to the end: each of them has to be at the broker."""

    def problems(self) -> Iterator[str]:
        """List what does not fit."""
        for batch in self.unbalanced:
            yield from batch.problems()
        if self.further:
            yield f"{self.further} more batches are out of balance: audit again when these are mended"
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
        known = registered_use_cases(connection)
        accounts = _accounts(known)
        totals, out_of_balance = _totals(connection, accounts)
        unbalanced = _unbalanced(connection, accounts) if out_of_balance else []
        online = [_online(connection, use_case) for use_case in known]
        for requests in online:
            totals.setdefault(requests.use_case, Totals()).online += requests.stored
        pending = [
            PendingPart(row.part_id, row.batch_id, row.rows) for row in connection.execute(_pending(min_age_seconds))
        ]
        return Books(
            totals=totals,
            unbalanced=unbalanced,
            further=out_of_balance - len(unbalanced),
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


def _accounts(known: Sequence[UseCase]) -> Subquery:
    """Select the account of every batch: what the ledger says of it, and what was counted."""
    stored, observed = _stored(known), _observed(known)
    counts = {
        "stored": stored.c.stored, "misplaced": stored.c.misplaced, "kept": _KEPT.c.kept, "found": observed.c.found,
    }  # fmt: skip
    return (
        select(
            *ledger.c,
            batches.c.rows_not_kept.label("not_kept"),
            batches.c.rows_repeated.label("repeated"),
            *(cast(func.coalesce(counted, 0), BigInteger).label(name) for name, counted in counts.items()),
        )
        .select_from(ledger)
        .join(batches, batches.c.id == ledger.c.batch_id)
        .outerjoin(stored, stored.c.batch_id == batches.c.id)
        .outerjoin(_KEPT, _KEPT.c.batch_id == batches.c.id)
        .outerjoin(observed, observed.c.batch_id == batches.c.id)
        .subquery("account")
    )


def _fits(account: Subquery) -> ColumnElement[bool]:
    """Whether :meth:`BatchAccount.problems` lists nothing.

    It is asked in the database, since every message is a batch: to read millions of them one by one takes an hour, and gigabytes.
    """
    of = account.c
    return and_(
        of.rows_in == of.predicted + of.observed + of.quarantined + of.dead_lettered + of.pending,
        of.observed == of.found + of.repeated,
        of.stored == of.predicted,
        of.misplaced == 0,
        of.kept + of.not_kept == of.quarantined,
    )


def _totals(connection: Connection, account: Subquery) -> tuple[dict[str, Totals], int]:
    """Add up the batches of each use case, and count those that do not fit."""
    names = ("rows_in", "predicted", "observed", "quarantined", "dead_lettered", "pending")
    sums = [cast(func.sum(account.c[name]), BigInteger).label(name) for name in names]
    out_of_balance = func.count().filter(~_fits(account)).label("out_of_balance")
    query = select(account.c.use_case, func.count().label("batches"), *sums, out_of_balance).group_by(
        account.c.use_case
    )
    totals, wrong = {}, 0
    for row in connection.execute(query).mappings():
        totals[row["use_case"]] = Totals(**{name: row[name] for name in ("batches", *names)})
        wrong += row["out_of_balance"]
    return totals, wrong


def _unbalanced(connection: Connection, account: Subquery) -> list[BatchAccount]:
    """Read the accounts of the oldest batches that do not fit."""
    query = select(account).where(~_fits(account)).order_by(account.c.received_at).limit(MOST_UNBALANCED)
    return [
        BatchAccount(
            ledger=BatchLedger.from_row(row),
            stored=row.stored,
            misplaced=row.misplaced,
            kept=row.kept,
            not_kept=row.not_kept,
            observed=row.found,
            repeated=row.repeated,
        )
        for row in connection.execute(query)
    ]


def _stored(known: Sequence[UseCase]) -> Subquery:
    """Count the predictions of each batch, and those of them with a wrong id: in tables, in archives, and in the files of jobs."""
    found = [
        select(archived_rows.c.batch_id, archived_rows.c.rows.label("stored"), literal(0).label("misplaced")).where(
            archived_rows.c.batch_id.is_not(None), archived_rows.c.use_case.in_([use_case.name for use_case in known])
        ),
        select(job_claims.c.job_id, job_claims.c.rows_written, literal(0)).where(job_claims.c.sha256.is_not(None)),
    ]
    for table in map(prediction_table, known):
        inside = table.c.id.between(batches.c.first_id, batches.c.last_id)
        found.append(
            select(table.c.batch_id, func.count(), func.count().filter(~inside))
            .join(batches, batches.c.id == table.c.batch_id)
            .group_by(table.c.batch_id)
        )
    counted = union_all(*found).subquery()
    sums = [func.sum(counted.c[name]).label(name) for name in ("stored", "misplaced")]
    return select(counted.c.batch_id, *sums).group_by(counted.c.batch_id).subquery("stored")


def _observed(known: Sequence[UseCase]) -> Subquery:
    """Count the observations that each batch brought."""
    tables = [observation_table(use_case) for use_case in known if use_case.forecast is not None]
    found = [select(table.c.batch_id, func.count().label("found")).group_by(table.c.batch_id) for table in tables]
    nothing = select(batches.c.id.label("batch_id"), literal(0).label("found")).where(false())
    counted = union_all(nothing, *found).subquery()
    return (
        select(counted.c.batch_id, func.sum(counted.c.found).label("found"))
        .group_by(counted.c.batch_id)
        .subquery("observed")
    )


def _online(connection: Connection, use_case: UseCase) -> OnlineAccount:
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
        stored=archived_of_requests(connection, use_case.name) + (connection.scalar(stored) or 0),
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


_KEPT = select(quarantine.c.batch_id, func.count().label("kept")).group_by(quarantine.c.batch_id).subquery("kept")
_STRAYS = (
    select(func.coalesce(func.sum(parts.c.rows), 0))
    .where(parts.c.lane == Lane.BULK.value, parts.c.recorded_at.is_not(None))
    .where(_is_of_no_batch())
)
