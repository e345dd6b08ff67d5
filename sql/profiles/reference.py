"""Reference profiles in the database: what training data looked like, readable without the model registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from sql.profiles.keys import PublishedKeys, insert_keys
from sql.profiles.tables import profile_numbers, profile_slots, profile_windows, reference_profiles


class SlotKind(StrEnum):
    """What a slot counts."""

    BIN = "bin"
    MISSING = "missing"
    UNSEEN = "unseen"
    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the counts of a profile."""

    feature: str
    kind: SlotKind
    label: str
    is_number: bool
    trained: int
    """Rows of the training data in it."""


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column that is a number, and its sums over the training data."""

    feature: str
    trained: int
    total: float
    squares: float
    is_clock: bool = False
    """Whether it is a time or a running number, which moves as it should."""
    gives_time: bool = False
    """Whether its times, in days, are those at which the rows came."""


class WindowUnit(StrEnum):
    """What the length of a window is counted in."""

    ROWS = "rows"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedWindows:
    """How far windows of one length of the training data lie from the rest of it."""

    feature: str
    unit: WindowUnit
    length: int
    windows: int
    """Windows of this length that the training data holds side by side."""
    usual_psi: float
    """Median of their index, less what chance makes of it."""
    psi: float
    """Limit of the index, less what chance makes of it."""
    shift: float | None
    """Limit of the distance of the means, in standard deviations of training; none of a category."""
    outside: float | None
    """Limit of the share of rows on one side of all other rows; none of a category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedReference:
    """A reference profile, laid out in slots."""

    reference: str
    """Its digest."""
    use_case: str
    rows: int
    profile: Mapping[str, Any]
    slots: Sequence[Slot]
    numbers: Sequence[NumberColumn]
    windows: Sequence[TrainedWindows] = ()
    """Of columns whose rows depend on those before them."""
    keys: PublishedKeys | None = None
    """The same by machine or region."""


def publish_reference(engine: Engine, published: PublishedReference) -> None:
    """Store a reference profile; one that is known already is left as it is."""
    reference = published.reference
    head = {
        "reference": reference,
        "use_case": published.use_case,
        "rows": published.rows,
        "profile": published.profile,
    }
    slots = [
        {"reference": reference, "slot": number, **asdict(slot)} for number, slot in enumerate(published.slots, start=1)
    ]
    numbers = [
        {"reference": reference, "place": place, **asdict(number)}
        for place, number in enumerate(published.numbers, start=1)
    ]
    windows = [{"reference": reference, **asdict(window)} for window in published.windows]
    with engine.begin() as connection:
        stored = connection.execute(
            insert(reference_profiles).values(head).on_conflict_do_nothing().returning(reference_profiles.c.reference)
        )
        if stored.first() is not None:
            connection.execute(insert(profile_slots), slots)
            connection.execute(insert(profile_numbers), numbers)
            if windows:
                connection.execute(insert(profile_windows), windows)
            if published.keys is not None:
                insert_keys(connection, reference, published.keys)
