"""Recording a part: count it, claim it in the ledger, keep its profile and copy its predictions, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Double,
    Engine,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from broker.ids import prediction_ids, repeated_ids
from broker.messages import PartHeader
from sql.base.copying import copy_rows
from sql.base.tables import parts, shared_parts
from sql.predictions.tables import prediction_table
from sql.profiles.keys import keep_keys
from sql.profiles.parts import PartProfile
from sql.profiles.tables import part_profiles
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores

NUMBER = ""
"""Stands in place of a class where a number is predicted; no class has this name."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The part is committed, by this call."""

    committed_at: datetime
    counts: PartCounts


@dataclass(frozen=True, slots=True)
class AlreadyRecorded:
    """The part was committed before, maybe scored by another version of the model; this call stored nothing."""

    committed_at: datetime
    model_version: int


def table_rows(
    header: PartHeader,
    row_numbers: np.ndarray[Any, np.dtype[np.int32]],
    features: pa.RecordBatch,
    scores: Scores,
    model_version: int,
) -> pa.RecordBatch:
    """Arrange a scored part in the columns of its table.

    Parameters
    ----------
    header
        What the part is.
    row_numbers
        Row number of every row within its batch.
    features, scores
        The checked rows and their answers.
    model_version
        Version that scored them.
    """
    segments, count = header.segments, features.num_rows
    of_row = pa.array(np.repeat(np.arange(len(segments), dtype=np.int32), [segment.rows for segment in segments]))
    columns: dict[str, pa.Array] = {
        "id": prediction_ids([(s.received_at, s.batch_id, s.rows) for s in segments], row_numbers),
        "batch_id": repeated_ids([(s.batch_id, s.rows) for s in segments]),
        "row_number": pa.array(row_numbers, pa.int32()),
        "source": _runs([s.source.value for s in segments], of_row, pa.string()),
        "model_version": pa.repeat(pa.scalar(model_version, pa.int32()), count),
        "received_at": _runs([s.received_at for s in segments], of_row, pa.timestamp("us", "UTC")),
    }
    for field, column in zip(features.schema, features.columns, strict=True):
        # pgpq writes plain texts only.
        columns[field.name] = column.cast(pa.string()) if pa.types.is_dictionary(field.type) else column
    columns |= {"prediction": scores.prediction, "score": scores.score}
    if scores.scores is not None:
        columns["scores"] = scores.scores
    return pa.RecordBatch.from_pydict(columns)


def record(
    engine: Engine,
    use_case: UseCase,
    header: PartHeader,
    rows: pa.RecordBatch,
    model_version: int,
    profiles: Mapping[str, PartProfile] | None = None,
    recorded_at: datetime | None = None,
) -> Recorded | AlreadyRecorded:
    """Record a part exactly once.

    Doing it again stores nothing: a second claim waits for the commit of the first and then finds it.

    Parameters
    ----------
    engine, use_case, header
        Where to, and what the part is.
    rows
        What :func:`table_rows` laid out.
    model_version
        Version that scored them.
    profiles
        Profile of the rows of each door; without, the rows are counted and no more.
    recorded_at
        Moment that is noted: the present, except for a day that is made up.
    """
    counts = count_part(rows)
    if profiles is None:
        profiles = {source: PartProfile(rows=sum(classes.values())) for source, classes in counts.rows.items()}
    with engine.begin() as connection:
        committed_at = _claim(connection, header, model_version, counts, profiles, recorded_at)
        if committed_at is None:
            earlier = select(parts.c.recorded_at, parts.c.model_version).where(parts.c.part_id == header.part_id)
            return AlreadyRecorded(*connection.execute(earlier).one())
        if header.is_shared:
            connection.execute(delete(shared_parts).where(shared_parts.c.part_id == header.part_id))
        copy_rows(connection, prediction_table(use_case), rows)
        if any(profile.keys is not None for profile in profiles.values()):
            keep_keys(connection, header.use_case, model_version, profiles)
        return Recorded(committed_at, counts)


def _claim(
    connection: Connection,
    header: PartHeader,
    model_version: int,
    counts: PartCounts,
    profiles: Mapping[str, PartProfile],
    recorded_at: datetime | None,
) -> datetime | None:
    """Claim the part for this transaction and store its profiles; return None where it was recorded already."""
    of_part: dict[str, Any] = {
        "part_id": header.part_id,
        "batch_id": header.batch_id,
        "part_number": header.part_number,
        "use_case": header.use_case,
        "lane": header.lane.value,
        "rows": header.rows,
        "model_version": model_version,
        "counts": counts.rows,
        "sums": counts.sums,
        "moment": recorded_at,
    }
    first, *others = [{**of_part, **profile_parameters(source, profile)} for source, profile in profiles.items()]
    claimed: datetime | None = connection.scalar(_CLAIM, first)
    if claimed is not None and others:
        connection.execute(INSERT_PROFILE, others)
    return claimed


_MOMENT = func.coalesce(bindparam("moment", None, type_=DateTime(timezone=True)), func.now())

_PROFILE_COLUMNS = (
    "recorded_at", "use_case", "model_version", "batch_id", "source", "reference", "rows", "slots", "counts", "totals", "squares"
)  # fmt: skip
"""Columns of :data:`sql.profiles.tables.part_profiles` that :func:`_profile_values` fills, in this order."""


def _profile_values() -> tuple[ColumnElement[Any], ...]:
    """Return the values of a profile, as parameters of the statement that records its part."""
    return (
        _MOMENT,
        bindparam("use_case", type_=Text),
        bindparam("model_version", type_=Integer),
        # A parameter that is null has no type of its own.
        cast(bindparam("batch_id", type_=Uuid), Uuid),
        bindparam("source", type_=Text),
        bindparam("reference", type_=Text),
        bindparam("profiled_rows", type_=BigInteger),
        cast(bindparam("slots", type_=Text), ARRAY(Integer)),
        cast(bindparam("slot_counts", type_=Text), ARRAY(BigInteger)),
        cast(bindparam("totals", type_=Text), ARRAY(Double)),
        cast(bindparam("squares", type_=Text), ARRAY(Double)),
    )


def profile_parameters(source: str, profile: PartProfile) -> Mapping[str, Any]:
    """Build the parameters of a statement from a profile."""
    return {
        "source": source,
        "reference": profile.reference,
        "profiled_rows": profile.rows,
        "slots": _array(profile.slots),
        "slot_counts": _array(profile.counts),
        "totals": _array(profile.totals),
        "squares": _array(profile.squares),
    }


def _array(numbers: Sequence[float]) -> str:
    """Write an array as PostgreSQL reads it; one text is taken apart there many times faster than bound numbers are."""
    return f"{{{str(list(numbers))[1:-1]}}}"


def _claim_statement() -> Select[Any]:
    # A part of the bulk lane was planned by ingestion and is updated; one of the online lane is new.
    columns = ("part_id", "batch_id", "part_number", "use_case", "lane", "rows", "model_version", "counts", "sums")
    inserted = insert(parts).values(recorded_at=_MOMENT, **{name: bindparam(name) for name in columns})
    of_worker = {name: inserted.excluded[name] for name in ("model_version", "counts", "sums")}
    claimed = (
        inserted.on_conflict_do_update(
            index_elements=["part_id"],
            set_={"recorded_at": inserted.excluded.recorded_at, **of_worker},
            where=parts.c.recorded_at.is_(None),
        )
        .returning(parts.c.recorded_at)
        .cte("claimed")
    )
    # The profile of the first door goes along: a statement of its own would cost a caller who waits a round trip.
    profiled = insert(part_profiles).from_select(_PROFILE_COLUMNS, select(*_profile_values()).select_from(claimed))
    return select(claimed.c.recorded_at).add_cte(profiled.cte("profiled"))


_CLAIM = _claim_statement()
INSERT_PROFILE = insert(part_profiles).from_select(_PROFILE_COLUMNS, select(*_profile_values()))
"""Built once: building them costs as much as running them."""


def _runs(values: list[object], of_row: pa.Array, kind: pa.DataType) -> pa.Array:
    """Repeat each value for the rows of its run."""
    return pa.array(values, kind).take(of_row)


@dataclass(frozen=True, slots=True)
class PartCounts:
    """What a part holds, in numbers."""

    rows: dict[str, dict[str, int]]
    """Rows by source and predicted class."""
    sums: dict[str, float] | None
    """Sum of the predicted numbers by source; none where classes are predicted."""

    def classes(self) -> dict[str, int]:
        """Add the sources up: rows by predicted class, none where numbers are predicted.

        >>> PartCounts({"api": {"ok": 2}, "file": {"ok": 1, "bad": 4}}, None).classes()
        {'ok': 3, 'bad': 4}
        """
        total: Counter[str] = sum(map(Counter, self.rows.values()), Counter())
        total.pop(NUMBER, None)
        return dict(total)


def count_part(rows: pa.RecordBatch) -> PartCounts:
    """Count the rows of a part.

    >>> batch = pa.RecordBatch.from_pydict({"source": ["api", "api", "file"], "prediction": ["ok", "ok", "bad"]})
    >>> count_part(batch).rows
    {'api': {'ok': 2}, 'file': {'bad': 1}}
    """
    sources, predictions = rows.column("source"), rows.column("prediction")
    # A part has one door, or a few; a group-by would cost a small part more than scoring it.
    doors = sources.unique().to_pylist()
    of_door = {door: predictions if len(doors) == 1 else predictions.filter(pc.equal(sources, door)) for door in doors}
    return _count_numbers(of_door) if pa.types.is_floating(predictions.type) else _count_classes(of_door)


def _count_classes(of_door: dict[str, pa.Array]) -> PartCounts:
    counted = {door: predictions.value_counts().flatten() for door, predictions in of_door.items()}
    return PartCounts(
        {
            door: dict(zip(classes.to_pylist(), counts.to_pylist(), strict=True))
            for door, (classes, counts) in counted.items()
        },
        None,
    )


def _count_numbers(of_door: dict[str, pa.Array]) -> PartCounts:
    return PartCounts(
        {door: {NUMBER: len(predictions)} for door, predictions in of_door.items()},
        # JSON has no infinity; a part without a sum is left out of the mean instead of failing to be recorded.
        {door: total for door, values in of_door.items() if isfinite(total := pc.sum(values).as_py())},
    )
