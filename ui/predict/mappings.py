"""The mappings of a use case: which files are read otherwise, who said so, and how to take it back."""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import CheckAnswer, MappingAnswer, UseCaseAnswer
from ui.gateway.problems import GatewayError, NotOfferedError
from ui.parts.clock import local_time
from ui.parts.errors import show_error
from ui.parts.texts import escape_markdown, format_count
from ui.predict.mapping_form import ACCEPTED, DAYS, ENCODINGS, NOTATIONS
from ui.shared import gateway


def show_mappings(use_case: UseCaseAnswer) -> None:
    """Show the mappings that count, where there are any."""
    try:
        mappings = [one for one in gateway().mappings(use_case.name) if one.withdrawn_at is None]
    except NotOfferedError:
        return
    if not mappings:
        return
    with st.expander(f"Files that are read otherwise ({format_count(len(mappings), 'mapping')})"):
        for mapping in mappings:
            _show(mapping)


def show_used_mapping(checked: CheckAnswer) -> None:
    """Show by which mapping a file was read, where it was by one."""
    if checked.mapping is not None:
        by = "you have just said" if checked.mapping == st.session_state.get(ACCEPTED) else "it was said before"
        st.caption(
            f":material/rule_settings: Read as {by}, for every file with these columns (mapping {checked.mapping}); it is shown at "
            "the end of this page, where it can be withdrawn."
        )


def _show(mapping: MappingAnswer) -> None:
    st.markdown(
        f"**Mapping {mapping.id}**: {_words(mapping)}. *Accepted by {escape_markdown(mapping.accepted_by)}, "
        f"{local_time(mapping.accepted_at):%Y-%m-%d %H:%M}.*"
    )
    if st.button(f"Withdraw mapping {mapping.id}", icon=":material/undo:"):
        try:
            gateway().withdraw_mapping(mapping.id)
        except GatewayError as error:
            show_error(error, "Withdrawing it")
            return
        st.session_state.pop("file-rows", None)  # a file that was read by it is another one now
        st.rerun()


def _words(mapping: MappingAnswer) -> str:
    """Return what a mapping says, in a line of Markdown."""
    renamed = [
        f"{escape_markdown(name)} is {escape_markdown(column)}"
        for name, column in mapping.columns.items()
        if column is not None and column != name
    ]
    ignored = [escape_markdown(name) for name, column in mapping.columns.items() if column is None]
    numbers = [
        f"{escape_markdown(name)} as {(NOTATIONS | DAYS).get(one, one)}" for name, one in mapping.notations.items()
    ]
    parts = [
        ", ".join(renamed) or "the columns have their own names",
        f"ignored: {', '.join(ignored)}" if ignored else "",
        f"numbers: {', '.join(numbers)}" if numbers else "",
        "" if mapping.encoding == "utf-8" else f"text in {ENCODINGS.get(mapping.encoding, mapping.encoding)}",
    ]
    return "; ".join(filter(None, parts))
