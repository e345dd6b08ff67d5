"""From the headers that people write to names that are columns, JSON keys and Python names alike."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from usecases.checking.row_model import Row
from usecases.columns.features import COLUMN_NAME
from usecases.contract.spec import RESERVED_COLUMNS

_LONGEST = 56
"""Characters of a name before a number is put behind it; PostgreSQL takes 63."""


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

_WORD_UNITS = {
    name: name
    for name in (
        "rpm", "kg", "mg", "km", "cm", "mm", "ms", "bar", "mbar", "psi", "mph", "years", "months", "weeks", "days",
        "hours", "minutes", "seconds",
    )
} | {
    "hz": "Hz", "khz": "kHz", "mhz": "MHz", "kpa": "kPa", "mpa": "MPa", "kw": "kW", "kwh": "kWh", "kmh": "km/h",
    "celsius": "°C", "fahrenheit": "°F", "kelvin": "K", "eur": "EUR", "usd": "USD", "gbp": "GBP", "chf": "CHF",
    "pct": "%", "percent": "%",
}  # fmt: skip
"""Units that end a name such as `speed_rpm`; short ones such as `m` and `min` mean too many other things there."""

_BRACKET_UNITS = frozenset(_WORD_UNITS) | _words(
    """
    k °c °f c f % ‰ m m² m³ m2 m3 m/s m/s² km/h l ml g t s h d min n nm kn pa v mv kv a ma w mw j kj kcal cal ohm ω lux lx
    db eur/h €  $ £ pcs ppm ppb ph rad deg ° in ft lb lbs oz yd mi gal s/m 1/min u/min u
    """
)
_IN_BRACKETS = re.compile(r"^(?P<rest>.*\S)\s*(?P<open>[\[(])\s*(?P<unit>[^\[\]()]{1,30}?)\s*[\])]$")


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


def split_unit(header: str) -> tuple[str, str]:
    """Part a header from the unit it ends with, if it does.

    >>> split_unit("Weight (kg)"), split_unit("Grade (final)"), split_unit("speed_rpm"), split_unit("Torque [Nm]")
    (('Weight', 'kg'), ('Grade (final)', ''), ('speed', 'rpm'), ('Torque', 'Nm'))
    """
    found = _IN_BRACKETS.match(header)
    if found and (found["open"] == "[" or found["unit"].lower() in _BRACKET_UNITS):
        return found["rest"], found["unit"]
    rest, separator, last = header.rpartition("_")
    if separator and rest.strip("_") and last.lower() in _WORD_UNITS:
        return rest, _WORD_UNITS[last.lower()]
    return header, ""


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
    """Return a good name for a text that is no column, such as the name of a use case."""
    return _free(slug(text) or "data", {*taken})


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
