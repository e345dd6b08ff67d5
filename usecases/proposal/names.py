"""From the headers that people write to names that are columns, JSON keys and Python names alike."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from usecases.checking.row_model import Row
from usecases.columns.patterns import COLUMN_NAME, USE_CASE_NAME
from usecases.columns.units import split_unit
from usecases.contract.spec import RESERVED_COLUMNS
from usecases.proposal.findings import CannotInferError

_LONGEST = 56
"""Characters of a name before a number is put behind it; PostgreSQL takes 63."""

_LONGEST_OF_A_USE_CASE = 40


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SQL_WORDS = _words(
    """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_date
    current_role current_time current_timestamp current_user default deferrable desc distinct do else end except false
    fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp
    not null offset on only or order placing primary references returning select session_user some symmetric system_user
    table then to trailing true union unique user using variadic when where window with
    """
)
"""Words that PostgreSQL reserves: a column of such a name would have to be quoted by everybody who writes SQL."""

_TAKEN = RESERVED_COLUMNS | _SQL_WORDS | frozenset(keyword.kwlist) | frozenset(dir(Row))
"""Names that would collide with something; all lower-case ones of the row model are its methods."""

_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "%": " pct ", "€": " eur ", "$": " usd ",
     "°": " ", "µ": "u", "μ": "u", "Ω": " ohm "}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A header, read.

    Attributes
    ----------
    source
        As the data has it, without spaces around.
    name
        As the pipeline has it.
    title, unit
        For people; the title is empty where the name says the same.
    """

    source: str
    name: str
    title: str
    unit: str


def read_headers(headers: Sequence[str]) -> list[ColumnName]:
    """Read all headers of a data set: names are valid, all different, and the same for the same headers.

    A header that is a good name already keeps it, whatever the others are.

    >>> [(found.name, found.unit) for found in read_headers(["Air temperature [K]", "speed_rpm", "Größe", "2nd", "id"])]
    [('air_temperature_k', 'K'), ('speed_rpm', 'rpm'), ('groesse', ''), ('n_2nd', ''), ('id_value', '')]
    """
    stripped = [header.strip() for header in headers]
    taken = {header for header in stripped if is_good_name(header)}
    names: list[ColumnName] = []
    for place, header in enumerate(stripped, start=1):
        text, unit = split_unit(header)
        name = header if is_good_name(header) else _free(_slug_with_unit(text, unit) or f"column_{place}", taken)
        taken.add(name)
        names.append(ColumnName(header, name, _title(text, name), unit))
    return names


def is_good_name(header: str) -> bool:
    """Return whether a header can stay as it is."""
    return COLUMN_NAME.fullmatch(header) is not None and header not in _TAKEN


def quoted(header: str) -> str:
    """Write a header as somebody may type it behind an option of the command line."""
    return header if is_good_name(header) else f'"{header}"'


def slug(text: str) -> str:
    """Write a text with lower-case letters, digits and `_` only; nothing may be left of it.

    >>> slug("CreditScore"), slug("Müller & Söhne"), slug("km/h"), slug("№ 5"), slug("???")
    ('credit_score', 'mueller_soehne', 'km_h', 'no_5', '')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_GERMAN))
    ascii_only = plain.encode("ascii", "ignore").decode()
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", ascii_only)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def free_name(text: str, taken: Iterable[str] = ()) -> str:
    """Return a good name for a text that is no column."""
    return _free(slug(text) or "data", {*taken})


def name_of_use_case(text: str) -> str:
    """Return a name for a use case, made of one that a person wrote, or of that of a file.

    >>> name_of_use_case("Lieferungen Verspätung")
    'lieferungen_verspaetung'
    """
    return free_name(text)[:_LONGEST_OF_A_USE_CASE].rstrip("_")


def require_name(name: str) -> None:
    """Check that a use case can have a name; an empty one is made of the file's.

    Raises
    ------
    CannotInferError
        If not, with one that it can have.
    """
    if name and not USE_CASE_NAME.fullmatch(name):
        raise CannotInferError(
            f"{name[:60]!r} is no name of a use case: that has small letters a to z, digits and _, a letter first, and at most "
            f"{_LONGEST_OF_A_USE_CASE} characters. {name_of_use_case(name)} would be one"
        )


def _slug_with_unit(text: str, unit: str) -> str:
    words, of_unit = slug(text), slug(unit)
    return "_".join(part for part in (words, of_unit) if part) if words else ""


def _free(wanted: str, taken: set[str]) -> str:
    if not wanted[0].isalpha():
        wanted = f"n_{wanted}"
    wanted = wanted[:_LONGEST].rstrip("_")
    if wanted in _TAKEN:
        wanted = f"{wanted}_value"
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def _title(text: str, name: str) -> str:
    words = re.sub(r"[_\s]+", " ", text).strip()
    title = words[:1].upper() + words[1:]
    return "" if title == name.replace("_", " ").capitalize() else title[:120]
