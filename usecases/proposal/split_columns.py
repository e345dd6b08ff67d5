"""Columns looked at for what they say about the rows: when each is from, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.clocks import is_calendar
from usecases.columns.day_first import plain_days
from usecases.columns.notations import is_day_first
from usecases.proposal.alikeness import Codes, Floats, block_count, is_sorted
from usecases.proposal.columns import Kind, Values, read_values
from usecases.proposal.names import slug

FEWEST_TIMES = 5
"""Different times from which on a column gives an order worth the name."""

_BLOCKS_PER_VALUE = 1.05


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_TIME_OF_A_ROW = _words("birth birthday dob born geburt geburtsdatum geboren")
_TIME_WORDS = _words(
    """
    time date datetime timestamp ts day month year yr week hour minute second seconds period quarter cycle step tick elapsed
    epoch t datum zeit jahr monat tag woche stunde
    """
)
_CALENDAR_WORDS = _TIME_WORDS | _words("season weekday dayofweek holiday mnth hr saison wochentag")
_NAMING_WORDS = _words(
    """
    id ids key uuid guid nr no number subject patient person user customer client member machine engine unit device asset
    equipment vehicle car vin serial batch lot station site well turbine plant house household building store shop session
    trip run experiment trial episode group cluster school hospital animal chick tree country name kunde maschine geraet
    anlage werk
    """
)
_ENDINGS_OF_NAMES = _words("id ids uuid guid key")


@dataclass(frozen=True, slots=True)
class SplitColumn:
    """A column of the data that may give a time or a group, whether the model sees it or not.

    Attributes
    ----------
    source
        Its name in the data.
    values
        What it holds, row by row beside the targets.
    """

    source: str
    values: Values

    @property
    def words(self) -> frozenset[str]:
        """The words of its name."""
        return frozenset(slug(self.source).split("_"))

    @property
    def is_called_an_identifier(self) -> bool:
        """Whether its name says that it names something: `unit number` or `patient_id`, and not `patient_age`."""
        words = slug(self.source).split("_")
        return words[-1] in _ENDINGS_OF_NAMES or all(word in _NAMING_WORDS for word in words)

    @property
    def is_called_a_time(self) -> bool:
        """Whether its name is of the calendar, such as that of a month or a season."""
        return bool(self.words & _CALENDAR_WORDS)

    def numbers(self) -> Floats | None:
        """Return numbers and times as floats, NaN where one is missing; nothing of other kinds."""
        typed = self.values.typed
        if self.values.kind is Kind.TIMESTAMP:
            typed = typed.cast(pa.int64())
        elif self.values.kind not in {Kind.INTEGER, Kind.FLOAT}:
            return None
        return np.asarray(typed.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))

    def codes(self) -> Codes | None:
        """Return a code for the value of every row, if values stand in two rows each or more and are no times."""
        typed = self.values.typed
        if self.values.kind not in _CODED or self.is_called_a_time:
            return None
        if not 1 < pc.count_distinct(typed).as_py() <= len(typed) / 2:
            return None
        encoded = typed.dictionary_encode()
        return np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(), dtype=np.int64)

    def may_name(self) -> bool:
        """Return whether its values can be names: texts or whole numbers."""
        if self.values.kind is not Kind.FLOAT:
            return self.values.kind in {Kind.TEXT, Kind.INTEGER}
        numbers = self.numbers()
        return numbers is not None and bool((np.nan_to_num(numbers) % 1 == 0).all())

    def may_number_groups(self) -> bool:
        """Return whether its values can be names by the order they stand in: no measure that the file is sorted by."""
        numbers = self.numbers()
        if self.is_called_an_identifier or numbers is None or not self.is_sorted():
            return True
        # Groups that are counted begin with the first.
        return bool(numbers[0] in {0, 1} and np.isin(np.diff(numbers), (0, 1)).all())

    def is_sorted(self) -> bool:
        """Return whether the rows of the file are in its order."""
        numbers = self.numbers()
        if self.values.kind is Kind.TEXT:
            ranks = pc.rank(pc.utf8_lower(self.values.typed), tiebreaker="dense")
            numbers = np.asarray(ranks.to_numpy(), dtype=np.float64)
        return numbers is not None and is_sorted(numbers, names_classes=False)

    def time_order(self) -> tuple[Codes, int] | None:
        """Return the order of the rows in time, if the column holds one, and how sure that is: the lower, the surer."""
        numbers = self.numbers()
        if numbers is None or self.words & _NO_TIME_OF_A_ROW or np.isnan(numbers).mean() > 1 / 2:
            return None
        is_time = self.values.kind is Kind.TIMESTAMP or (
            not self.is_called_an_identifier and is_calendar(slug(self.source), numbers)
        )
        is_in_order = self.is_sorted()
        if not (is_time or (self.words & _TIME_WORDS and is_in_order)):
            return None
        if len(np.unique(numbers[~np.isnan(numbers)])) < FEWEST_TIMES:
            return None
        return in_order(numbers), 2 * (not is_time) + (not is_in_order)


def in_order(numbers: Floats) -> Codes:
    """Return the places of rows in the order of their numbers; those without one come first."""
    return np.argsort(np.where(np.isnan(numbers), -np.inf, numbers), kind="stable")


def stand_together(codes: Codes) -> bool:
    """Return whether all rows of a value stand one after the other in the file, or nearly so."""
    return block_count(codes) <= _BLOCKS_PER_VALUE * (int(codes.max()) + 1)


def read_split_column(source: str, column: pa.Array) -> SplitColumn:
    """Read a column for what it says about the rows, days such as 31.12.2026 among them.

    >>> read_split_column("datum", pa.array(["31.12.2026", "1.3.2026", None])).values.kind.value
    'timestamp'
    """
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    return SplitColumn(source, read_values(plain_days(column) if is_text and is_day_first(column) else column))


_CODED = frozenset({Kind.TEXT, Kind.INTEGER, Kind.FLOAT, Kind.BOOLEAN})
