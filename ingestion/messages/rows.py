"""What a foreign message brings, once it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ingestion.messages.tables import TableRows
from usecases.checking.identity import RowIdentity
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class ForeignRows:
    """What a message brings that can be read.

    Attributes
    ----------
    use_case, rows
        Rows as JSON has them, and what they are of.
    message_id
        What makes the message the same message; none if its sender gave it no id.
    account
        Whose id it is, where the sender says so.
    digest
        SHA-256 of the body.
    identities
        What makes each row the same row, where columns name rows; no id matters then.
    table
        The rows instead, where the body is a file.
    arrival
        The batch of a message without an id, once it is known to be another or the same.
    """

    use_case: UseCase
    message_id: str | None
    rows: Sequence[Any]
    digest: str
    identities: Sequence[RowIdentity] = ()
    table: TableRows | None = None
    arrival: UUID | None = None
    account: str | None = None
