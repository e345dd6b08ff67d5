"""What becomes of a part: exactly one of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.messages import PartCommitted, PartScored


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
    """

    answer: PartScored | None
    event: PartCommitted
    classes: Mapping[str, int] = field(default_factory=dict)


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


Outcome = Committed | TryLater | Rejected
