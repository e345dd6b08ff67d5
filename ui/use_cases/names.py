"""The name of a use case: what one may be stands below its field, with one made of what was typed."""

from __future__ import annotations

import re
import unicodedata

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.parts.texts import escape_markdown

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST = 40
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_RULE = f"Small letters a to z, digits and _, a letter first, at most {_LONGEST} characters."


def proposed_name(text: str) -> str:
    """Return a name for a use case that says what a person typed; the gateway has the last word.

    >>> proposed_name("Lieferungen Verspätung"), proposed_name("2026: Qualität"), proposed_name("?")
    ('lieferungen_verspaetung', 'n_2026_qualitaet', '')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_SPELT))
    words = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode().lower()).strip("_")
    return f"{'n_' if words[:1].isdigit() else ''}{words}"[:_LONGEST].rstrip("_")


def name_field(place: DeltaGenerator, label: str, key: str, value: str = "", placeholder: str = "") -> str:
    """Show the field for a name, and below it what a name is, or what is wrong with this one; return what is typed."""
    name = place.text_input(label, value, key=key, placeholder=placeholder).strip()
    if not name or _NAME.fullmatch(name):
        place.caption(_RULE)
        return name
    place.caption(f":material/error: **{escape_markdown(name[:60])}** cannot be the name. {_RULE}")
    proposed = proposed_name(name)
    if proposed:
        place.button(f"Take {proposed}", key=f"{key}-proposed", on_click=_take, args=(key, proposed))
    return name


def _take(key: str, name: str) -> None:
    st.session_state[key] = name
