"""What becomes of a part: exactly one of the outcomes; and what it is until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from broker.messages import PartCommitted, PartHeader, PartScored
from broker.transport.publisher import Outgoing
from sql.profiles.parts import PartProfile
from usecases.contract.spec import UseCase

AWAY = "database_away"
LOCKED = "database_locked"
"""Codes of what keeps a part from being recorded."""

LOCK_LASTS = (
    "another transaction keeps the tables that the rows would be stored in locked, so nothing was stored; "
    "GET /health/ready names it"
)


@dataclass(frozen=True, slots=True)
class Committed:
    """The part is in the database, by this delivery or an earlier one.

    Attributes
    ----------
    answer
        For the caller who waits; made only where one does.
    event
        For downstream systems.
    classes
        Rows by predicted class; empty where an earlier delivery stored them, or numbers are predicted.
    results
        What was predicted, for those who listen and where that is asked for.
    """

    answer: PartScored | None
    event: PartCommitted
    classes: Mapping[str, int] = field(default_factory=dict)
    results: Sequence[Outgoing] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """The rows are scored and nothing is stored, as was asked for; it is no prediction, and none is counted."""

    answer: PartScored


@dataclass(frozen=True, slots=True)
class TryLater:
    """Something the part needs is not there yet, such as a model; the same part may do well in a while."""

    code: str
    cause: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The part itself is at fault, so trying again gives the same; a person has to look."""

    code: str
    cause: str


Outcome = Committed | Scored | TryLater | Rejected


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """A part before it is recorded."""

    use_case: UseCase
    header: PartHeader
    rows: pa.RecordBatch
    model_version: int
    profiles: Mapping[str, PartProfile] | None
    contributions: list[list[list[float]]] | None = None
    trace: str | None = None
    """Span the part is worked on in."""


@dataclass(frozen=True, slots=True)
class Held:
    """A part that cannot be recorded now, through no fault of its own, and why."""

    part: ScoredPart
    code: str
    cause: str
