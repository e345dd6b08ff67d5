"""Quarantine: bad rows with their reasons, until someone repairs or discards them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TextIO
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Engine, Integer, Row, Select, and_, column, func, not_, select, true, update
from sqlalchemy.dialects.postgresql import JSONB

from sql.base.csv_lines import csv_lines
from sql.base.reading import CSV_CHUNK_ROWS, CSV_PATIENCE, reading
from sql.base.tables import SCHEMA, quarantine, use_cases
from usecases.checking.raw_rows import plain_row
from usecases.checking.repaired_file import RAW, REASONS, ROW_NUMBER
from usecases.columns.number_texts import cell_text
from usecases.contract.arriving import arriving_contract
from usecases.contract.spec import UseCase

IS_REPLAYED = quarantine.c.replayed_at.is_not(None)
IS_DISCARDED = quarantine.c.discarded_at.is_not(None)
IS_WAITING = and_(quarantine.c.replayed_at.is_(None), quarantine.c.discarded_at.is_(None))
"""What somebody still has to decide about: a row is sent again or discarded, never both."""


class QuarantinedRow(NamedTuple):
    """A bad row on its way into quarantine."""

    row_number: int
    raw: str
    """The row as it came: a JSON object, or the text that was none."""
    reasons: str
    """JSON list of column, rule, value, message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineEntry:
    """A bad row in quarantine."""

    batch_id: UUID
    row_number: int
    use_case: str
    raw: str
    reasons: list[dict[str, Any]]
    created_at: datetime
    replayed_as: UUID | None
    replayed_at: datetime | None
    discarded_at: datetime | None
    discarded_by: str | None
    discarded_account: str | None
    discarded_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineFilter:
    """Which bad rows are meant; what is not given does not matter."""

    use_case: str | None = None
    batch_id: UUID | None = None
    column: str | None = None
    """Column that one of the reasons names."""
    rule: str | None = None
    """Rule that the same reason names."""
    value: str | None = None
    """Value that the same reason names."""
    waiting: bool = False
    """Only rows about which nobody has decided."""
    replayed: bool = False
    """Only rows that were replayed."""
    discarded: bool = False
    """Only rows that were discarded."""

    def apply(self, query: Select[Any]) -> Select[Any]:
        """Narrow a query down."""
        if self.use_case is not None:
            query = query.where(quarantine.c.use_case == self.use_case)
        if self.batch_id is not None:
            query = query.where(quarantine.c.batch_id == self.batch_id)
        named = {"column": self.column, "rule": self.rule, "value": self.value}
        wanted = {name: value for name, value in named.items() if value is not None}
        if wanted:
            query = query.where(quarantine.c.reasons.contains([wanted]))
        decisions = ((self.waiting, IS_WAITING), (self.replayed, IS_REPLAYED), (self.discarded, IS_DISCARDED))
        return query.where(*(condition for is_wanted, condition in decisions if is_wanted))


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a rule was broken in a column."""

    use_case: str
    column: str | None
    rule: str
    rows: int


def copy_into_quarantine(connection: Connection, batch_id: UUID, use_case: str, rows: Sequence[QuarantinedRow]) -> None:
    """Store bad rows of a batch."""
    begin, middle = f"{batch_id}\t", f"\t{_escaped(use_case)}\t"
    lines = [
        f"{begin}{row.row_number}{middle}{_escaped(row.raw)}\t{_escaped(_without_nul(row.reasons))}\n" for row in rows
    ]
    buffer = io.BytesIO("".join(lines).encode("utf-8", "replace"))
    statement = f"COPY {SCHEMA}.quarantine (batch_id, row_number, use_case, raw, reasons) FROM STDIN"
    connection.connection.cursor().copy_expert(statement, buffer)


def list_quarantined(
    engine: Engine, which: QuarantineFilter, *, limit: int = 50, offset: int = 0
) -> list[QuarantineEntry]:
    """List bad rows, those of the newest batch first."""
    order = quarantine.c.created_at.desc(), quarantine.c.batch_id, quarantine.c.row_number
    query = which.apply(select(quarantine)).order_by(*order).limit(limit).offset(offset)
    with engine.connect() as connection:
        return [_entry(row) for row in connection.execute(query)]


def list_of_batches(engine: Engine, batch_ids: Collection[UUID], limit: int) -> list[QuarantineEntry]:
    """List bad rows of some batches, in their order."""
    query = select(quarantine).where(quarantine.c.batch_id.in_(batch_ids))
    query = query.order_by(quarantine.c.batch_id, quarantine.c.row_number).limit(limit)
    with engine.connect() as connection:
        return [_entry(row) for row in connection.execute(query)]


def batches_not_replayed(engine: Engine, batch_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some batches that have a bad row which was not sent again: it waits, or was discarded."""
    query = select(quarantine.c.batch_id).where(quarantine.c.batch_id.in_(batch_ids), not_(IS_REPLAYED))
    with engine.connect() as connection:
        return set(connection.scalars(query))


def stream_quarantined(engine: Engine, which: QuarantineFilter) -> Generator[QuarantineEntry]:
    """Yield bad rows in the order of their batches and numbers, however many there are."""
    query = which.apply(select(quarantine)).order_by(quarantine.c.batch_id, quarantine.c.row_number)
    with reading(engine, CSV_PATIENCE) as connection:
        for row in connection.execution_options(yield_per=CSV_CHUNK_ROWS).execute(query):
            yield _entry(row)


def count_quarantined(engine: Engine, which: QuarantineFilter) -> int:
    """Count bad rows that are kept."""
    with engine.connect() as connection:
        return connection.scalar(which.apply(select(func.count()).select_from(quarantine))) or 0


def count_reasons(engine: Engine, which: QuarantineFilter) -> list[ReasonCount]:
    """Count what is wrong, the most frequent first."""
    reason = func.jsonb_array_elements(quarantine.c.reasons).table_valued(column("value", JSONB))
    name, rule = reason.c.value["column"].astext, reason.c.value["rule"].astext
    query = which.apply(
        select(quarantine.c.use_case, name, rule, func.count(type_=Integer)).select_from(
            quarantine.join(reason, onclause=true())
        )
    )
    grouped = query.group_by(quarantine.c.use_case, name, rule).order_by(func.count().desc(), name, rule)
    with engine.connect() as connection:
        return [ReasonCount(*row) for row in connection.execute(grouped)]


def mark_replayed(where: Engine | Connection, batch_id: UUID, row_numbers: Sequence[int], replayed_as: UUID) -> None:
    """Note under which batch rows were sent again."""
    if isinstance(where, Engine):
        with where.begin() as connection:
            mark_replayed(connection, batch_id, row_numbers, replayed_as)
        return
    where.execute(
        update(quarantine)
        .where(quarantine.c.batch_id == batch_id, quarantine.c.row_number.in_(row_numbers))
        .values(replayed_as=replayed_as, replayed_at=func.now())
    )


def write_csv(engine: Engine, which: QuarantineFilter, file: TextIO) -> int:
    """Write bad rows as CSV, see :func:`csv_header`; gives their number."""
    count = 0
    writer = csv.writer(file)
    columns: list[str] = []
    for entry in stream_quarantined(engine, which):
        if count == 0:
            columns = columns_of(engine, entry.use_case)
            writer.writerow(csv_header(columns))
        writer.writerow(csv_row(entry, columns))
        count += 1
    return count


def quarantined_numbers(where: Engine | Connection, batch_id: UUID) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return the numbers of the rows of a batch that were put into quarantine, whatever became of them since."""
    if isinstance(where, Engine):
        with where.connect() as connection:
            return quarantined_numbers(connection, batch_id)
    query = select(quarantine.c.row_number).where(quarantine.c.batch_id == batch_id)
    return np.fromiter(where.scalars(query), dtype=np.int32)


def csv_of_quarantine(engine: Engine, which: QuarantineFilter, columns: Sequence[str]) -> Generator[bytes]:
    """Write bad rows of one use case as CSV, chunk by chunk as they come from the database; see :func:`csv_header`."""
    yield csv_lines([csv_header(columns)])
    rows = (csv_row(entry, columns) for entry in stream_quarantined(engine, which))
    while chunk := list(islice(rows, CSV_CHUNK_ROWS)):
        yield csv_lines(chunk)


def csv_header(columns: Sequence[str]) -> list[str]:
    """Name the columns of an export: those of the use case, then row number, reasons, and rows that fit no columns.

    Repaired, and without the last three columns, the file can be dropped again. So values stay as they are, also those that a
    spreadsheet would take for formulas.
    """
    return [*columns, ROW_NUMBER, REASONS, RAW]


def csv_row(entry: QuarantineEntry, columns: Sequence[str]) -> list[str]:
    """Arrange a bad row in the columns of an export."""
    values = plain_row(entry.raw, columns)
    about = [str(entry.row_number), "; ".join(str(reason["message"]) for reason in entry.reasons)]
    if values is None:
        return [*("" for _ in columns), *about, entry.raw]
    return [*(cell_text(values.get(name)) or "" for name in columns), *about, ""]


def columns_of(engine: Engine, use_case: str) -> list[str]:
    """Return the columns that rows of a registered use case come in; none if there is no such use case."""
    with engine.connect() as connection:
        contract = connection.scalar(select(use_cases.c.contract).where(use_cases.c.name == use_case))
    if contract is None:
        return []
    return list(arriving_contract(UseCase.model_validate_json(json.dumps(contract))).columns)


def _entry(row: Row[Any]) -> QuarantineEntry:
    return QuarantineEntry(**row._asdict())


def _escaped(text: str) -> str:
    """Write a text as COPY reads it; a NUL is the one character that PostgreSQL cannot hold."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _without_nul(json_text: str) -> str:
    """Replace the escape of a NUL, which JSONB refuses."""
    return json_text.replace("\\u0000", "\\ufffd")
