"""Registering a use case: its table is made, or brought to an edited contract without losing what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Column, Connection, MetaData, Table, Text, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.ddl import DDL

from sql.base.tables import use_cases
from sql.observations.joining_from import FeatureTableError, require_feature_tables
from sql.observations.tables import observation_table
from sql.predictions.tables import ensure_partitions, prediction_table
from sql.registry.tables import use_case_contracts
from usecases.contract.spec import UseCase
from usecases.contract.wording import Wording, with_wording

_LOCK = 7_301_406
"""Any number of our own: one registration at a time, for two would trip over each other's statements."""

_WORDS = {
    "double precision": "a real number",
    "bigint": "a whole number",
    "text": "a text",
    "boolean": "a boolean",
    "timestamp with time zone": "a time",
}


class SchemaChangedError(Exception):
    """The use case was edited in a way its table cannot follow; says what and why, and what to do."""


@dataclass(frozen=True, slots=True)
class TableChange:
    """One step from the table there is to the table that is wanted."""

    table: str
    column: str
    text: str
    """What becomes of the column, in words."""
    clause: str
    """Of ALTER TABLE; every name in it is quoted."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A column that is there."""

    kind: str
    nullable: bool


def register(connection: Connection, use_case: UseCase) -> list[TableChange]:
    """Make the tables of a use case exist and fit, with their partitions, and put the contract in force.

    Each has a table of predictions; a forecast has one of observations as well.

    New columns are null in the rows there are; columns that are no features any more stay, null in new rows.

    Returns
    -------
    list
        What had to be changed of tables that were there.

    Raises
    ------
    SchemaChangedError
        If a table cannot follow, or features are joined from what is not there; nothing is changed then.
    """
    lock_registration(connection)
    changes = planned_changes(connection, use_case)
    for table in _tables(use_case):
        table.create(connection, checkfirst=True)
        for change in changes:
            if change.table == str(table):
                # DDL takes no parameters.
                connection.execute(DDL(f"ALTER TABLE {_quoted(connection, table)} {change.clause}"))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    ensure_partitions(connection, prediction_table(use_case))
    _put_in_force(connection, use_case)
    return changes


def change_wording(connection: Connection, name: str, wording: Wording) -> UseCase | None:
    """Change titles, descriptions and units of the contract in force, which checks rows as before; None if there is none.

    Raises
    ------
    usecases.contract.wording.UnknownFeatureError
        If it has no feature of a name.
    """
    lock_registration(connection)
    contract = connection.scalar(select(use_cases.c.contract).where(use_cases.c.name == name))
    if contract is None:
        return None
    changed = with_wording(UseCase.model_validate(contract), wording)
    _put_in_force(connection, changed)
    return changed


def lock_registration(connection: Connection) -> None:
    """Keep others from registering until the transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def planned_changes(connection: Connection, use_case: UseCase) -> list[TableChange]:
    """List what registering would change in the tables that are there.

    Raises
    ------
    SchemaChangedError
        If a table cannot follow, or features are joined from what is not there.
    """
    try:
        require_feature_tables(connection, use_case)
    except FeatureTableError as error:
        raise SchemaChangedError(str(error)) from None
    changes: list[TableChange] = []
    for table in _tables(use_case):
        query = _COLUMNS.where(_COLUMN.c.table_schema == table.schema, _COLUMN.c.table_name == table.name)
        found = {row.column_name: _Found(row.data_type, row.is_nullable == "YES") for row in connection.execute(query)}
        if found:
            _require_same_question(connection, use_case)
            changes += _changes(connection, use_case, table, found)
    return changes


def _tables(use_case: UseCase) -> list[Table]:
    return [prediction_table(use_case), *([] if use_case.forecast is None else [observation_table(use_case)])]


def _require_same_question(connection: Connection, use_case: UseCase) -> None:
    """Refuse another task or key: then the rows there are answer another question, or answer it about something else."""
    registered = connection.scalar(select(use_cases.c.contract).where(use_cases.c.name == use_case.name)) or {}
    task, key = registered.get("task", use_case.task), registered.get("key")
    classes = tuple(registered.get("classes", ()))
    if task != use_case.task:
        raise _refused(use_case, f"was a {task} task and is to be a {use_case.task} task")
    if key not in (None, use_case.key):
        raise _refused(use_case, f"had the key {key!r} and is to have {use_case.key!r}; labels join on it")
    if classes != use_case.classes[: len(classes)]:
        raise _refused(
            use_case,
            f"had the classes {', '.join(classes)}, which have to stay in this order: their scores are stored by it. "
            "More may follow them",
        )


def _changes(
    connection: Connection, use_case: UseCase, table: Table, found: dict[str, _Found]
) -> Iterator[TableChange]:
    quote = connection.dialect.identifier_preparer.quote
    change = partial(TableChange, str(table))
    left = dict(found)
    for column in table.columns:
        name, wanted = quote(column.name), _kind(connection, column)
        there = left.pop(column.name, None)
        if there is None:
            yield change(column.name, "is new, null in the rows there are", f"ADD COLUMN {name} {wanted}")
            continue
        if (there.kind, wanted) == ("bigint", "double precision"):
            yield from _widened(connection, table, column.name)
        elif there.kind != wanted and not (there.kind == "ARRAY" and wanted.endswith("[]")):
            raise _refused(
                use_case,
                f"had {_WORDS.get(there.kind, there.kind)} in {column.name} and is to have {_WORDS.get(wanted, wanted)} there. "
                f"Give the feature a name of its own, with source_name: {column.name}",
            )
        if column.nullable and not there.nullable:
            yield change(column.name, "may be missing from now on", f"ALTER COLUMN {name} DROP NOT NULL")
    for column_name, there in left.items():
        if not there.nullable:
            text = "is no feature any more; what it held stays"
            yield change(column_name, text, f"ALTER COLUMN {quote(column_name)} DROP NOT NULL")


def _widened(connection: Connection, table: Table, column: str) -> Iterator[TableChange]:
    """Make whole numbers real ones.

    A worker that has not heard of it copies whole numbers, byte by byte, into the column for up to a second. Read as
    floats, the bytes of a whole number are next to zero, or none: the constraint refuses them, so that the part is
    tried again instead of being stored wrongly.
    """
    quote = connection.dialect.identifier_preparer.quote
    change = partial(TableChange, str(table))
    name, constraint = quote(column), quote(f"{column}_is_real"[:63])
    sound = f"{name} = 0 OR (abs({name}) > 1e-290 AND {name} <> 'NaN')"
    yield change(column, "holds real numbers from now on", f"ALTER COLUMN {name} TYPE double precision")
    yield change(column, "refuses other bytes", f"ADD CONSTRAINT {constraint} CHECK ({sound})")


def _put_in_force(connection: Connection, use_case: UseCase) -> None:
    """Remember the contract; services take over what is remembered, and keep earlier ones for rows on their way."""
    contract = use_case.model_dump(mode="json")
    values = {"name": use_case.name, "schema_hash": use_case.schema_hash, "contract": contract}
    statement = insert(use_cases).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "schema_hash": statement.excluded.schema_hash,
                "contract": statement.excluded.contract,
                "registered_at": func.now(),
            },
            # Its time tells services that there is something new, so it must not change for nothing.
            where=use_cases.c.contract.is_distinct_from(statement.excluded.contract),
        )
    )
    history = insert(use_case_contracts).values(values)
    connection.execute(
        history.on_conflict_do_update(
            index_elements=["name", "schema_hash"],
            set_={"contract": history.excluded.contract, "registered_at": func.now()},
        )
    )


def _refused(use_case: UseCase, what: str) -> SchemaChangedError:
    return SchemaChangedError(
        f"{use_case.name} {what}. The predictions there are could not be read as that: undo the change, or give the use "
        "case another name (and its folder, too)"
    )


def _kind(connection: Connection, column: Column[object]) -> str:
    return column.type.compile(connection.dialect).lower()


def _quoted(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


_COLUMN = Table(
    "columns",
    MetaData(schema="information_schema"),
    *(Column(name, Text) for name in ("table_schema", "table_name", "column_name", "data_type", "is_nullable")),
)
_COLUMNS = select(_COLUMN.c.column_name, _COLUMN.c.data_type, _COLUMN.c.is_nullable)
