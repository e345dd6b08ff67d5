"""Writing the profile of a part, in the transaction that records it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Double, Integer, Text, Uuid, bindparam, cast

NO_REFERENCE = ""
"""Stands for the reference of a version that came without a profile: its rows are counted, in no bins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartProfile:
    """Rows of one door within a part, counted in the slots of a reference profile; empty slots are left out."""

    rows: int
    reference: str = NO_REFERENCE
    """Digest of the reference profile."""
    slots: Sequence[int] = ()
    """Slots that are not empty, counted from 1."""
    counts: Sequence[int] = ()
    """Rows in each of them."""
    totals: Sequence[float] = ()
    """Sum of each number column, in the order of the reference."""
    squares: Sequence[float] = ()
    """Sum of their squares."""


PROFILE_COLUMNS = (
    "use_case", "model_version", "batch_id", "source", "reference", "rows", "slots", "counts", "totals", "squares"
)  # fmt: skip
"""Columns of :data:`sql.profiles.tables.part_profiles` that :func:`profile_values` fills, in this order."""


def profile_values() -> tuple[ColumnElement[Any], ...]:
    """Return the values of a profile, as parameters of the statement that records its part."""
    return (
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
