"""Which row a row is: named by the values of the columns that its use case declares under `inbox.identity`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import PydanticCustomError

from usecases.checking.row_model import key_of, reader_of, with_plain_names
from usecases.columns.day_first import plain_day
from usecases.columns.features import Feature, TimestampFeature
from usecases.columns.texts import text_of
from usecases.columns.timestamps import parse_timestamp
from usecases.contract.row_layout import canonical_row
from usecases.contract.spec import UseCase


class NoIdentityError(ValueError):
    """A row has no value for a column that names it; says which row and which column."""


@dataclass(frozen=True, slots=True)
class RowIdentity:
    """What a row is called, and what it says.

    Attributes
    ----------
    name
        The columns that name it with their values, as JSON: the same for the same row, however a program writes it.
    name_as_written
        The same with times of columns that nobody declares as the program wrote them, under which rows were known once.
    label
        The values, for people.
    digest
        SHA-256 of the values of all columns that anybody reads, as they are read.
    digest_as_written
        The same of the values as the program wrote them, by which rows were known once.
    """

    name: str
    name_as_written: str
    label: str
    digest: str
    digest_as_written: str


def row_identities(use_case: UseCase, rows: Sequence[Any]) -> list[RowIdentity]:
    """Return the identity of each row.

    Raises
    ------
    NoIdentityError
        If a row has none.

    Examples
    --------
    >>> from usecases.contract.catalog import load_catalog
    >>> machines = load_catalog()["equipment_failure"]
    >>> machines = machines.model_copy(update={"inbox": machines.inbox.model_copy(update={"identity": ("machine_id",)})})
    >>> [found.label for found in row_identities(machines, [{"machine_id": " M-1 "}, {"machine_id": 1000.0}])]
    ['M-1', '1000']
    """
    return [_identity(use_case, row, number) for number, row in enumerate(rows, start=1)]


def _identity(use_case: UseCase, row: Any, number: int) -> RowIdentity:
    columns = use_case.inbox.identity
    listed = ", ".join(columns)
    plain = with_plain_names(use_case, row)
    if not isinstance(plain, dict):
        raise NoIdentityError(f"row {number} is no object with {listed}, which name a row of {use_case.name}")
    own: Mapping[str, Any] = canonical_row(use_case, plain)
    found = [_text(use_case, name, own.get(name, plain.get(name))) for name in columns]
    for name, text in zip(columns, found, strict=True):
        if not text:
            raise NoIdentityError(
                f"row {number} has no {name}; {use_case.name} names a row by {listed} (inbox.identity): give each a value"
            )
    declared = {use_case.key, *use_case.features_by_name}
    texts = [
        text if name in declared or not text else _moment_or_text(text)
        for name, text in zip(columns, found, strict=True)
    ]
    guarded = _guarded_key(own.get(str(use_case.key)))
    as_written = [
        guarded if guarded and name == use_case.key else text for name, text in zip(columns, found, strict=True)
    ]
    written = {
        name: key_of(value) if name == use_case.key else _plain(value)
        for name, value in own.items()
        if value is not None
    }
    read = {name: _read(use_case.features_by_name.get(name), value) for name, value in written.items()}
    read = {name: value for name, value in read.items() if value is not None}
    return RowIdentity(
        name=json.dumps(dict(zip(columns, texts, strict=True))),
        name_as_written=json.dumps(dict(zip(columns, as_written, strict=True))),
        label=" ".join(text for text in texts if text),
        digest=_digest(read),
        digest_as_written=_digest({**read, str(use_case.key): guarded} if guarded else written),
    )


def _guarded_key(value: Any) -> str | None:
    """Return a key with what guards it from Excel, as in ="007", under which its row was known once; none where nothing does."""
    text = value.strip() if isinstance(value, str) else ""
    return text if text.startswith('="') and key_of(text) != text else None


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _read(feature: Feature | None, value: Any) -> Any:
    """Read a value as every door does: a time, a category or a missing number is one however a program writes it."""
    read = None if feature is None else reader_of(feature)
    try:
        found = value if read is None else read(value)
    except PydanticCustomError:
        return value
    return found.isoformat() if isinstance(found, datetime) else _plain(found)


def _text(use_case: UseCase, name: str, value: Any) -> str | None:
    """Write a value as it is compared: however a number or a time may be written, it is one."""
    if name == use_case.key:
        value = key_of(value)
    if not isinstance(value, str | int | float):
        return None
    text = (text_of(value) or "").strip()
    feature = use_case.features_by_name.get(name)
    if isinstance(feature, TimestampFeature):
        try:
            return parse_timestamp(plain_day(text) if feature.day_first else text, feature.time_zone).isoformat()
        except ValueError:
            return text
    return text


_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?", re.ASCII | re.IGNORECASE
)


def _moment_or_text(text: str) -> str:
    """Write a time as most programs do, in UTC and with no digit too many; any other text stays what it is.

    >>> [_moment_or_text(text) for text in ("2026-03-01 14:00:00.500+02:00", "2026-03-01T12:00:00.000Z", "2026-03-01", "M-1")]
    ['2026-03-01T12:00:00.5Z', '2026-03-01T12:00:00Z', '2026-03-01', 'M-1']
    """
    if _MOMENT.fullmatch(text) is None:
        return text
    try:
        plain, fraction, digits = parse_timestamp(text).replace(tzinfo=None).isoformat().partition(".")
    except ValueError:
        return text
    return f"{plain}{fraction}{digits.rstrip('0')}Z"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    return int(value) if isinstance(value, float) and value.is_integer() else value
