"""Profiles by key: what training looked like is published, what parts hold is kept in their transaction and rolled up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Engine, delete, func, insert, select

from sql.base.copying import copy_rows
from sql.profiles.key_tables import key_profiles, part_keys, profile_key_lengths, profile_key_numbers, profile_keys
from sql.profiles.parts import PartProfile

HOURS_KEPT_FOR = timedelta(days=9)
"""A window of more than two days, or of more than a week ago, is made of days (see `sql/functions/keys/key_sums.sql`)."""

DAYS_KEPT_FOR = timedelta(days=400)

MOST_AT_ONCE = 100
"""Parts whose keys are moved in one transaction; each may hold fifty thousand numbers."""

MOST_UNKNOWN = 100
"""Keys that training did not have, of each hour and day, that are kept apart."""


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """A number that is judged by key."""

    feature: str
    keys: int
    """Keys of the training data."""
    mean: float
    """Mean of their means."""
    deviation: float
    """Standard deviation of rows within a key."""
    between: float | None
    """Limit of the distance of a key's mean from the others, in such deviations; none where keys are few."""
    most_missing: float
    """Largest share of missing values in a window of a key."""


@dataclass(frozen=True, slots=True)
class KeyLength:
    """How far windows of a key lie from its other rows."""

    feature: str
    length: int
    windows: int
    shift: float


@dataclass(frozen=True, slots=True)
class TrainedKey:
    """A number of one key in training."""

    feature: str
    key: str
    trained_rows: int
    trained: int
    """Rows with a value."""
    mean: float
    deviation: float
    strays: float
    """By how much limits are widened for this key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKeys:
    """What training looked like by key."""

    numbers: Sequence[KeyNumber]
    lengths: Sequence[KeyLength]
    trained: Sequence[TrainedKey]


def insert_keys(connection: Connection, reference: str, published: PublishedKeys) -> None:
    """Store what training looked like by key, in the transaction that stores the reference profile."""
    for table, values in (
        (profile_key_numbers, published.numbers),
        (profile_key_lengths, published.lengths),
        (profile_keys, published.trained),
    ):
        if values:
            connection.execute(insert(table), [{"reference": reference, **asdict(one)} for one in values])


def keep_keys(connection: Connection, use_case: str, model_version: int, profiles: Mapping[str, PartProfile]) -> None:
    """Keep the keys of a part, in the transaction that records it: a row for each door, however many keys it has."""
    sums = {source: profile.keys for source, profile in profiles.items() if profile.keys is not None}
    if not sums:  # of most use cases, which name no keys
        return
    columns = {
        "use_case": pa.array([use_case] * len(sums)),
        "model_version": pa.array([model_version] * len(sums), pa.int32()),
        "reference": pa.array([profiles[source].reference for source in sums]),
        "source": pa.array(list(sums)),
        "keys": _lists([of.column("key") for of in sums.values()]),
        "rows": _lists([of.column("rows") for of in sums.values()]),
        "totals": _lists([_by_number(of, "totals") for of in sums.values()]),
    }
    # Three numbers are stored in place of two where a value is missing, which is seldom.
    if any(np.any(of.column("rows").to_numpy() != _matrix(of, "present").T) for of in sums.values()):
        columns["present"] = _lists([_by_number(of, "present") for of in sums.values()])
    copy_rows(connection, part_keys, pa.RecordBatch.from_pydict(columns))


def _matrix(sums: pa.RecordBatch, name: str) -> np.ndarray[Any, Any]:
    matrix: np.ndarray[Any, Any] = sums.column(name).flatten().to_numpy().reshape(sums.num_rows, -1)
    return matrix


def _by_number(sums: pa.RecordBatch, name: str) -> pa.Array:
    """Lay lists out column after column, as :data:`part_keys` has them."""
    return pa.array(_matrix(sums, name).T.ravel())


def _lists(of: Sequence[pa.Array]) -> pa.ListArray:
    ends = np.cumsum([0, *map(len, of)])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.concat_arrays(of))


def roll_up_keys(engine: Engine) -> None:
    """Move the keys of parts on to hours and days."""
    count = MOST_AT_ONCE
    while count >= MOST_AT_ONCE:
        with engine.begin() as connection:
            count = connection.scalar(select(func.smartpredict.roll_up_keys(MOST_AT_ONCE, MOST_UNKNOWN))) or 0


def forget_old_keys(connection: Connection) -> None:
    """Drop hours that no window is made of, and days of more than a year ago."""
    for span, kept_for in (("hour", HOURS_KEPT_FOR), ("day", DAYS_KEPT_FOR)):
        connection.execute(
            delete(key_profiles).where(key_profiles.c.span == span, key_profiles.c.start < func.now() - kept_for)
        )
