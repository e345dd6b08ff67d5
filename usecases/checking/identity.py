"""Which row a row is: named by the values of the columns that its use case declares under `inbox.identity`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usecases.checking.row_model import key_of, with_plain_names
from usecases.columns.features import TimestampFeature
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
    label
        The values, for people.
    digest
        SHA-256 of the values of all columns that anybody reads.
    """

    name: str
    label: str
    digest: str


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
    texts = [_text(use_case, name, own.get(name, plain.get(name))) for name in columns]
    for name, text in zip(columns, texts, strict=True):
        if not text:
            raise NoIdentityError(
                f"row {number} has no {name}; {use_case.name} names a row by {listed} (inbox.identity): give each a value"
            )
    said = {
        name: key_of(value) if name == use_case.key else _plain(value)
        for name, value in own.items()
        if value is not None
    }
    return RowIdentity(
        name=json.dumps(dict(zip(columns, texts, strict=True))),
        label=" ".join(text for text in texts if text),
        digest=hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest(),
    )


def _text(use_case: UseCase, name: str, value: Any) -> str | None:
    """Write a value as it is compared: however a number or a time may be written, it is one."""
    if name == use_case.key:
        value = key_of(value)
    if not isinstance(value, str | int | float):
        return None
    text = (text_of(value) or "").strip()
    if isinstance(use_case.features_by_name.get(name), TimestampFeature):
        try:
            return parse_timestamp(text).isoformat()
        except ValueError:
            return text
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    return int(value) if isinstance(value, float) and value.is_integer() else value
