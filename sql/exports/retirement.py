"""Retiring a use case: what keeps it, taking it out of force, and removing what is stored of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Select,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    text,
)

from sql.base.tables import (
    SCHEMA,
    batches,
    dead_letters,
    job_claims,
    jobs,
    parts,
    request_keys,
    shared_parts,
    use_cases,
)
from sql.dead_letters.tables import held_messages, holds, letter_decisions
from sql.forecasts.tables import forecast_requests
from sql.labels.tables import labels
from sql.ledger.batch_ledger import ledger
from sql.ledger.batches import BatchState
from sql.observations.tables import observation_table
from sql.predictions.archived import count_archived
from sql.predictions.tables import prediction_table
from sql.profiles.key_tables import profile_key_lengths, profile_key_numbers, profile_keys
from sql.profiles.tables import profile_numbers, profile_slots, profile_windows, reference_profiles
from sql.profiles.windows import lock_roll_ups
from sql.registry.live_catalog import read_contract, registered_use_cases
from sql.registry.registration import lock_registration
from sql.registry.tables import trainings, use_case_contracts
from usecases.contract.spec import UseCase

_HELD_BY: Final = (
    (held_messages, held_messages.c.hold_id, holds, holds.c.id),
    (letter_decisions, letter_decisions.c.letter_id, dead_letters, dead_letters.c.letter_id),
    (job_claims, job_claims.c.job_id, jobs, jobs.c.id),
    (request_keys, request_keys.c.batch_id, batches, batches.c.id),
    (shared_parts, shared_parts.c.part_id, parts, parts.c.part_id),
    *(
        (table, table.c.reference, reference_profiles, reference_profiles.c.reference)
        for table in (
            *(profile_slots, profile_numbers, profile_windows),
            *(profile_key_numbers, profile_key_lengths, profile_keys),
        )
    ),
)
"""Tables that name no use case: each with its column, and the table and column that it follows."""


# From the database: a table that is added later is found, too.
_SHARED: Final = text("""
    select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = :schema and column_name = 'use_case' and table_type = 'BASE TABLE' order by table_name
""")


class RetirementError(Exception):
    """A use case cannot be retired; the message says what keeps it, and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a use case."""

    predictions: int
    labels: int
    observations: int


def find_use_case(connection: Connection, name: str) -> UseCase:
    """Return a use case that is in force, or that a retirement which was cut off took out of force.

    Raises
    ------
    RetirementError
        If there is none of this name.
    """
    contracts = (
        select(use_cases.c.contract).where(use_cases.c.name == name),
        select(use_case_contracts.c.contract)
        .where(use_case_contracts.c.name == name)
        .order_by(use_case_contracts.c.registered_at.desc())
        .limit(1),
    )
    for query in contracts:
        found = connection.scalar(query)
        if found is not None and (use_case := read_contract(name, found)):
            return use_case
    known = ", ".join(one.name for one in registered_use_cases(connection))
    raise RetirementError(f"there is no use case {name}; there are: {known}")


def require_nothing_waits(connection: Connection, use_case: UseCase) -> None:
    """Refuse a use case that something waits for.

    Raises
    ------
    RetirementError
        Naming all that does.
    """
    if found := list(_what_waits(connection, use_case)):
        raise RetirementError(f"{use_case.name} cannot be retired yet: {'; '.join(found)}")


def take_out_of_force(engine: Engine, use_case: UseCase) -> None:
    """Have services accept no further row of a use case; those that run see it with their next look."""
    with engine.begin() as connection:
        lock_registration(connection)
        connection.execute(use_cases.delete().where(use_cases.c.name == use_case.name))


def put_back(engine: Engine, use_case: UseCase) -> None:
    """Put a use case in force again as it was."""
    contract = use_case.model_dump(mode="json")
    values = {"name": use_case.name, "schema_hash": use_case.schema_hash, "contract": contract}
    with engine.begin() as connection:
        lock_registration(connection)
        if not connection.scalar(select(func.count()).where(use_cases.c.name == use_case.name)):
            connection.execute(insert(use_cases).values(values))


def count_kept(connection: Connection, use_case: UseCase) -> Kept:
    """Count what is stored of a use case, which an export has to hold before it goes."""
    own = select(func.count()).select_from(labels).where(labels.c.use_case == use_case.name)
    tables = [prediction_table(use_case), *_observations(use_case)]
    counts = [connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    archived = count_archived(connection, use_case.name)
    return Kept(counts[0] + archived, connection.scalar(own) or 0, sum(counts[1:]))


def remove(connection: Connection, use_case: UseCase, exported: Kept) -> dict[str, int]:
    """Remove a use case with all that is stored of it; return the rows that went, by table.

    Raises
    ------
    RetirementError
        If something waits for it, or more is stored than was exported; nothing is removed then.
    """
    lock_roll_ups(connection)
    tables = [prediction_table(use_case), *_observations(use_case)]
    preparer = connection.dialect.identifier_preparer
    for table in tables:
        connection.execute(text(f"lock table {preparer.format_table(table)} in access exclusive mode"))
    require_nothing_waits(connection, use_case)
    kept = count_kept(connection, use_case)
    if kept != exported:
        raise RetirementError(f"{use_case.name} has {kept}, and {exported} is exported: retire it again")
    gone: dict[str, int] = {}
    for table, condition in _rows_of(connection, use_case):
        removed = connection.execute(table.delete().where(condition)).rowcount
        if removed:
            gone[table.name] = removed
    for table in tables:
        # Its partitions go with it.
        connection.execute(text(f"drop table {preparer.format_table(table)}"))
    return gone


def _what_waits(connection: Connection, use_case: UseCase) -> Iterator[str]:
    """Name what waits for a use case, each with what to do."""
    name = use_case.name
    joining = [
        one.name
        for one in registered_use_cases(connection)
        if one.name != name and any(table.table == name for table in one.feature_tables)
    ]
    if joining:
        yield f"{', '.join(joining)} join features from it; retire them first, or register them without"
    final = (BatchState.INGESTED.value, BatchState.REFUSED.value)
    for query, words in (
        (
            select(func.count()).select_from(ledger).where(
                ledger.c.use_case == name, or_(ledger.c.pending > 0, ledger.c.state.not_in(final))
            ),
            "batches have rows that are not predicted yet (smartpredict audit)",
        ),
        (
            _count(dead_letters, name).where(
                dead_letters.c.replayed_at.is_(None), dead_letters.c.discarded_at.is_(None)
            ),
            "dead letters wait for somebody; replay or discard them (smartpredict dead-letters list)",
        ),
        (
            _count(holds, name).where(holds.c.decision.is_(None)),
            "senders have messages that are held; release or discard them (smartpredict holds list)",
        ),
        (_count(jobs, name).where(jobs.c.finished_at.is_(None)), "jobs are not finished; cancel them, or wait"),
        (_count(trainings, name).where(trainings.c.finished_at.is_(None)), "trainings are not finished; cancel them, or wait"),
        (_count(forecast_requests, name).where(forecast_requests.c.done_at.is_(None)), "forecasts were asked for and are not made"),
    ):  # fmt: skip
        if count := connection.scalar(query):
            yield f"{count:,} {words}"


def _count(table: Table, name: str) -> Select[int]:
    return select(func.count()).select_from(table).where(table.c.use_case == name)


def _observations(use_case: UseCase) -> list[Table]:
    return [] if use_case.forecast is None else [observation_table(use_case)]


def _rows_of(connection: Connection, use_case: UseCase) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Name all rows of a use case in the tables that use cases share, those first that follow others."""
    for table, column, holder, key in _HELD_BY:
        yield table, column.in_(select(key).where(holder.c.use_case == use_case.name))
    for name in connection.scalars(_SHARED, {"schema": SCHEMA}):
        table = Table(name, MetaData(schema=SCHEMA), Column("use_case", Text))
        yield table, table.c.use_case == use_case.name
    for table in (use_cases, use_case_contracts):
        yield table, table.c.name == use_case.name
