"""A form derived from the schema of a use case: the right widget, label, unit, range and help for every column."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.gateway.answers import FeatureAnswer, UseCaseAnswer
from ui.parts.texts import escape_label, escape_markdown, named

MAX_RADIO_VALUES = 4
"""That many are seen at a glance; more go into a list."""

_PERSON = "who-decides"
"""Who decides, remembered for the visit: the next time need not be asked again."""

_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_COULD_BE_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_POINTS_THEN_COMMA = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")
_COMMAS_THEN_POINT = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[+-]?[0-9]{1,3}(,[0-9]{3}){2,}")
_SPACE_OF_THOUSANDS = re.compile(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))")


def row_fields(use_case: UseCaseAnswer, key: str) -> dict[str, Any]:
    """Show a widget for each column that a row brings, and return the row as the gateway takes it."""
    row: dict[str, Any] = {}
    columns = _grid_columns()
    if use_case.key is not None:
        with next(columns):
            row[use_case.key] = _key_field(use_case.key, f"{key}-key")
    for feature in use_case.features:
        if feature.joined_from is not None:
            continue
        with next(columns):
            row[feature.name] = _field(feature, f"{key}-{feature.name}")
    return row


def _grid_columns() -> Iterator[DeltaGenerator]:
    # Row by row: on a phone, and for the Tab key, the fields then keep their order.
    while True:
        yield from st.columns(3)


def help_text(feature: FeatureAnswer) -> str:
    """Return what a value means and which are allowed_values.

    >>> help_text(
    ...     FeatureAnswer(
    ...         name="speed", type="integer", title="Speed [rpm]", description="Of the spindle.", unit="rpm",
    ...         nullable=False, minimum=500, maximum=5000,
    ...     )
    ... )
    'Of the spindle. From 500 to 5000 rpm.'
    """
    return " ".join(part for part in (escape_markdown(feature.description), allowed_values(feature)) if part)


def listed_values(feature: FeatureAnswer) -> list[str]:
    """Return the values of a category; none of another feature."""
    return list(feature.values or ())


def allowed_values(feature: FeatureAnswer) -> str:
    """Return which values are allowed_values, in words."""
    unit = f" {feature.unit}" if feature.unit else ""
    if feature.values is not None:
        shown = ", ".join(feature.values[:10])
        text = f"One of {shown}{', ...' if len(feature.values) > 10 else ''}."  # noqa: PLR2004  # fits a line
    elif feature.minimum is not None and feature.maximum is not None:
        text = f"From {_limit_text(feature.minimum)} to {_limit_text(feature.maximum)}{unit}."
    elif feature.minimum is not None:
        text = f"At least {_limit_text(feature.minimum)}{unit}."
    elif feature.maximum is not None:
        text = f"At most {_limit_text(feature.maximum)}{unit}."
    else:
        text = {"boolean": "Yes or no.", "timestamp": "A date and time, in UTC."}.get(feature.type, "")
    return f"{text} May be left out.".strip() if feature.nullable else text


def _limit_text(limit: float | datetime) -> str:
    return f"{limit:%Y-%m-%d %H:%M} UTC" if isinstance(limit, datetime) else f"{limit:g}"


def _key_field(name: str, key: str) -> str | None:
    title = escape_label(named(name))
    text = st.text_input(
        f"{title} (optional)", key=key, max_chars=1_000, help="Names the row, so that it is found again."
    )
    return text or None


def _field(feature: FeatureAnswer, key: str) -> Any:
    title = escape_label(feature.title) + (" (optional)" if feature.nullable else "")
    hint = help_text(feature) or None
    match feature.type:
        case "float" | "integer":
            return _number(feature, title, hint, key)
        case "category":
            return _category(feature, title, hint, key)
        case "boolean":
            return _boolean(feature, title, hint, key)
        case "timestamp":
            return _timestamp(feature, title, hint, key)


def _number(feature: FeatureAnswer, title: str, hint: str | None, key: str) -> float | str | None:
    """Show a field for a number; what cannot be read as one goes to the gateway as it is, which says why not."""
    _set_initial(key, "" if feature.example is None else number_text(feature.example))
    # A text: a browser's own field for numbers drops a decimal comma, and makes 625 of 62,5. What is out of range says the
    # gateway.
    text: str = st.text_input(
        title, key=key, help=hint, autocomplete="off", placeholder="left out" if feature.nullable else "a number"
    )
    if not text.strip():
        return None
    number = number_in(text)
    if number is None or (feature.type == "integer" and not _is_whole(number, text)):
        return text.strip()
    return float(number) if feature.type == "float" else number


def _is_whole(number: float, text: str) -> bool:
    """Return whether a whole number was written: 1.350 and 2.000 are thousands to many, and none to the gateway, which says so.

    >>> [_is_whole(number, text) for number, text in ((1350, "1350"), (2.0, "2.0"), (2.0, "2.000"), (1.35, "1.350"))]
    [True, True, False, False]
    """
    return float(number).is_integer() and not _COULD_BE_THOUSANDS.fullmatch(text.strip().replace(".", ","))


def _category(feature: FeatureAnswer, title: str, hint: str | None, key: str) -> str | None:
    values = list(feature.values or ())
    if not feature.nullable and len(values) <= MAX_RADIO_VALUES:
        place = values.index(feature.example) if feature.example in values else 0
        return st.radio(title, values, place, key=key, help=hint, horizontal=True, format_func=escape_label)
    _set_initial(key, feature.example if feature.example in values else None)
    placeholder = "left out" if feature.nullable else "choose one"
    return st.selectbox(title, values, None, key=key, help=hint, placeholder=placeholder)


def _boolean(feature: FeatureAnswer, title: str, hint: str | None, key: str) -> bool | None:
    if not feature.nullable:
        return st.toggle(title, bool(feature.example), key=key, help=hint)
    words = {True: "Yes", False: "No"}
    _set_initial(key, feature.example)
    return st.selectbox(
        title, [True, False], None, key=key, help=hint, format_func=words.__getitem__, placeholder="left out"
    )


def _timestamp(feature: FeatureAnswer, title: str, hint: str | None, key: str) -> str | None:
    example = None if feature.example is None else datetime.fromisoformat(str(feature.example))
    if example is not None and example.tzinfo is not None:
        example = example.astimezone(UTC).replace(tzinfo=None)
    _set_initial(key, example)
    earliest = feature.minimum if isinstance(feature.minimum, datetime) else datetime(1700, 1, 1, tzinfo=UTC)
    latest = feature.maximum if isinstance(feature.maximum, datetime) else None
    chosen = st.datetime_input(f"{title} (UTC)", None, key=key, help=hint, min_value=earliest, max_value=latest)
    return None if chosen is None else chosen.replace(tzinfo=UTC).isoformat()


def _set_initial(key: str, value: object) -> None:
    """Fill in a widget before it is first shown; a default of its own could not be cleared by hand."""
    if key not in st.session_state:
        st.session_state[key] = value


def number_in(text: str) -> float | int | None:
    """Return the number that a person wrote; None where it is none, or could be two.

    >>> number_in("62,5"), number_in("1480"), number_in("1.234,5"), number_in("1,234.5"), number_in("1 234,5")
    (62.5, 1480, 1234.5, 1234.5, 1234.5)
    >>> number_in("1,234"), number_in("fast"), number_in("0,125")
    (None, None, 0.125)
    """
    plain = _SPACE_OF_THOUSANDS.sub("", text.strip()).replace("\u2212", "-")
    if _POINTS_THEN_COMMA.fullmatch(plain) or (_COMMA.fullmatch(plain) and not _COULD_BE_THOUSANDS.fullmatch(plain)):
        plain = plain.replace(".", "").replace(",", ".")
    elif _COMMAS_THEN_POINT.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _PLAIN.fullmatch(plain):
        return None
    number = float(plain)
    if not math.isfinite(number):
        return None
    return int(plain) if plain.lstrip("+-").isdecimal() else number


def number_text(number: float) -> str:
    """Write a number so that it is read as the same again.

    >>> number_text(41.0), number_text(300.1), number_text(12345678901)
    ('41', '300.1', '12345678901')
    """
    short = f"{number:.10g}"
    return short if float(short) == number else str(number)


def number_field(
    place: DeltaGenerator,
    label: str,
    *,
    key: str,
    placeholder: str,
    value: float | None = None,
    about: str | None = None,
    least: float = -math.inf,
    most: float = math.inf,
) -> float | None:
    """Show a field for a number that may be left out, and say so where what is written is none, or outside of its limits."""
    text: str = place.text_input(
        label,
        "" if value is None else number_text(value),
        key=key,
        placeholder=placeholder,
        help=about,
        autocomplete="off",
    )
    number = number_in(text)
    if number is None and text.strip():
        place.caption(f":material/error: {escape_markdown(text)} is no number, or could be two. It counts as left out.")
    if number is None:
        return None
    if not least <= number <= most:
        place.caption(f":material/error: It has to lie between {least:g} and {most:g}. It counts as left out.")
        return None
    return float(number)


def choose_one(label: str, options: Mapping[str, str], first: str, *, key: str) -> str:
    """Show one of a few to choose; the choice stands in the address and so survives a reload.

    Radio buttons: Streamlit's segmented control writes its choice in the primary colour, and no blue can be read both
    there on dark ground and under the white text of a button.
    """
    names = list(options)
    chosen: str = st.radio(
        label,
        names,
        names.index(first),
        format_func=options.__getitem__,
        key=key,
        bind="query-params",
        horizontal=True,
    )
    return chosen


def person_and_reason(key: str, button: str, *, icon: str) -> tuple[str, str] | None:
    """Ask who decides and why; the answer once the button was pressed and both are there, else None."""
    with st.form(f"form-{key}", border=False):
        person = st.text_input("Your name", st.session_state.get(_PERSON, ""), max_chars=200)
        reason = st.text_input("Why", max_chars=500)
        pressed = st.form_submit_button(button, icon=icon)
    if not pressed:
        return None
    if not person.strip() or not reason.strip():
        st.warning("Write your name and the reason first; both are kept.", icon=":material/edit:")
        return None
    st.session_state[_PERSON] = person.strip()
    return person.strip(), reason.strip()
