"""A file that is written otherwise than a use case expects: a person says once how it is read."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.gateway.answers import SuggestedColumnAnswer, SuggestedMapping, UseCaseAnswer
from ui.gateway.problems import GatewayError
from ui.gateway.questions import NewMapping
from ui.parts.chosen_file import ChosenFile
from ui.parts.errors import show_error
from ui.parts.tables import as_arriving
from ui.parts.texts import escape_label, escape_markdown, named, with_words
from ui.shared import gateway

_IGNORED = ""
_PLAIN = ""
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16 (Unicode text)",
    "cp1252": "Windows-1252 (ANSI, Western Europe)",
}
NOTATIONS = {
    _PLAIN: "1234.5 (as programs write)",
    "decimal_comma": "1.234,5 (decimal comma)",
    "thousands_comma": "1,234.5 (commas between thousands)",
}
DAYS = {_PLAIN: "2026-12-31 (as programs write)", "day_first": "31.12.2026 (day first)"}
ACCEPTED = "mapping-accepted"
"""Where the session keeps the number of the mapping that was accepted last in it."""


def refusal_in_words(use_case: UseCaseAnswer, problem: str) -> str:
    """Write why a file is refused with the titles of columns beside their names, which the file has to have."""
    titles = {
        one.name: f"{one.title} ({one.name})" for one in use_case.features if one.title not in {"", named(one.name)}
    }
    return with_words(problem, {use_case.name: use_case.title, **titles})


def show_mapping_form(
    use_case: UseCaseAnswer, file: ChosenFile, suggested: SuggestedMapping, problem: str | None
) -> None:
    """Show what is not as expected, with the likeliest reading of it, and have a person accept that or another one."""
    st.warning(
        f"**{escape_markdown(file.name)} is not written as this use case expects.** Say once how it is read: files with the "
        "same columns are read so from then on, whoever hands them in.",
        icon=":material/rule_settings:",
    )
    # The form has its own field for an encoding.
    if problem is not None and suggested.encoding == "utf-8":
        st.caption(escape_markdown(refusal_in_words(use_case, problem)))
    key = f"mapping-{file.id}"
    encoding = _encoding(suggested, key)
    columns = _columns(use_case, suggested, key)
    notations = _notations(use_case, suggested, columns, key)
    reason = _what_is_wrong(use_case, columns)
    if reason is not None:
        st.caption(f":material/error: {escape_markdown(reason)}")
    buttons = st.container(horizontal=True)
    if buttons.button(
        "Read it so, and remember it", type="primary", icon=":material/check:", disabled=reason is not None
    ):
        _accept(NewMapping(use_case.name, columns, encoding, notations))
    buttons.button(
        "Hand it in as it is", icon=":material/skip_next:", on_click=_leave, args=(file.id,),
        help="Nothing is remembered, and the file is held against the names and numbers that the use case expects.",
    )  # fmt: skip


def is_left(file: ChosenFile) -> bool:
    """Return whether somebody wants this file read as it is."""
    return st.session_state.get("mapping-left") == file.id


def _leave(file_id: str) -> None:
    st.session_state["mapping-left"] = file_id


def _encoding(suggested: SuggestedMapping, key: str) -> str:
    if suggested.encoding == "utf-8":
        return "utf-8"
    choices = [suggested.encoding, *(name for name in ENCODINGS if name not in {"utf-8", suggested.encoding})]
    return st.selectbox(
        "The text is written in", choices, format_func=lambda name: ENCODINGS.get(name, name), key=f"{key}-encoding",
        help="Right if the letters of the names and examples below look right.",
    )  # fmt: skip


def _columns(use_case: UseCaseAnswer, suggested: SuggestedMapping, key: str) -> dict[str, str | None]:
    """Show a field for each column that is not certain; return what all columns are."""
    titles = _titles(use_case)
    columns = {one.name: one.column for one in suggested.columns}
    open_ones = [one for one in suggested.columns if not one.is_certain]
    if not open_ones:
        return columns
    certain = {one.column for one in suggested.columns if one.is_certain}
    choices = [_IGNORED, *(name for name in titles if name not in certain)]
    left, right = st.columns(2)
    for number, one in enumerate(open_ones):
        side = (left, right)[number % 2]
        chosen = side.selectbox(
            f"{escape_label(one.name)} is",
            choices,
            index=choices.index(one.column) if one.column in choices else 0,
            format_func=lambda name: titles.get(name, "nothing: ignore it"),
            key=f"{key}-column-{number}",
            help=_examples(one),
        )
        columns[one.name] = chosen or None
        _show_other_unit(use_case, one, chosen, side)
    return columns


def _show_other_unit(use_case: UseCaseAnswer, column: SuggestedColumnAnswer, chosen: str, side: DeltaGenerator) -> None:
    """Show that a name has another unit than what it is said to be, where it has: numbers are taken as they stand."""
    units = {feature.name: feature.unit for feature in as_arriving(use_case).features}
    unit = units.get(chosen)
    if unit and unit in (column.other_units or ()):
        side.warning(
            f"**{escape_markdown(column.name)}** says another unit than **{escape_markdown(unit)}**, which this use case has. "
            "Its numbers are taken as they stand: convert them in the file, unless only the name is wrong.",
            icon=":material/straighten:",
        )


def _examples(column: SuggestedColumnAnswer) -> str:
    found = "; ".join(escape_markdown(text) for text in column.examples)
    return f"Its values begin with {found}." if found else "It has no values in the first rows."


def _notations(
    use_case: UseCaseAnswer, suggested: SuggestedMapping, columns: dict[str, str | None], key: str
) -> dict[str, str]:
    """Show a field for each column whose values seem to be written otherwise; return how they are written."""
    titles = _titles(use_case)
    given = _written_otherwise(use_case, suggested, columns)
    if not given:
        return {}
    st.markdown(
        "These values seem to be written otherwise: with a decimal comma, commas or points between thousands, or the day first:"
    )
    notations: dict[str, str] = {}
    left, right = st.columns(2)
    for number, (name, (written, one)) in enumerate(given.items()):
        values = "; ".join(escape_label(text) for text in one.examples)
        words = DAYS if written in DAYS else NOTATIONS
        chosen = (left, right)[number % 2].selectbox(
            f"{escape_label(titles.get(name, name))}: {values}" if values else escape_label(titles.get(name, name)),
            list(words),
            index=list(words).index(written),
            format_func=words.__getitem__,
            key=f"{key}-notation-{name}-{one.name}",
        )
        if chosen != _PLAIN:
            notations[name] = chosen
    return notations


def _written_otherwise(
    use_case: UseCaseAnswer, suggested: SuggestedMapping, columns: dict[str, str | None]
) -> dict[str, tuple[str, SuggestedColumnAnswer]]:
    """Return the notation of each column of numbers or times that seems to have one, with what it is in the file.

    A column that a person has picked otherwise than was suggested has the notation that its own numbers show.
    """
    of_type = {"float": NOTATIONS, "integer": NOTATIONS, "timestamp": DAYS}
    words = {one.name: of_type[one.type] for one in as_arriving(use_case).features if one.type in of_type}
    found: dict[str, tuple[str, SuggestedColumnAnswer]] = {}
    for one in suggested.columns:
        name = columns[one.name]
        if name is None or name not in words:
            continue
        written = suggested.notations.get(name) if one.column == name else one.notation
        if written and written in words[name]:
            found[name] = (written, one)
    return found


def _what_is_wrong(use_case: UseCaseAnswer, columns: dict[str, str | None]) -> str | None:
    """Return what keeps the file from being read so; None if it can be."""
    titles = _titles(use_case)
    meant = [column for column in columns.values() if column is not None]
    twice = next((name for name in meant if meant.count(name) > 1), None)
    if twice is not None:
        return f"Two columns are {titles.get(twice, twice)}; which of them is it? Ignore the other one."
    required = [feature.name for feature in as_arriving(use_case).features if not feature.nullable]
    missing = [titles[name] for name in required if name not in meant]
    if missing:
        return f"No column is {', '.join(missing)}, which every row needs."
    return None


def _titles(use_case: UseCaseAnswer) -> dict[str, str]:
    """Return what people call the columns of a file: the key first where there is one."""
    arriving = as_arriving(use_case)
    key = {} if arriving.key is None else {arriving.key: named(arriving.key)}
    return key | {feature.name: feature.title or feature.name for feature in arriving.features}


def _accept(mapping: NewMapping) -> None:
    try:
        accepted = gateway().accept_mapping(mapping)
    except GatewayError as error:
        show_error(error, "Remembering it")
        return
    st.session_state.pop("file-rows", None)  # the same file is another one now
    st.session_state[ACCEPTED] = accepted.id
    st.rerun()
