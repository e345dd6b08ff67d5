"""Editing what people read about a use case; what its rows have to be, and its end, take a shell, and the page says how."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from ui.gateway.answers import UseCaseAnswer
from ui.gateway.problems import FieldsRefusedError, GatewayError
from ui.parts.administrator import show_refusal
from ui.parts.heading import cached_use_case, cached_use_cases
from ui.parts.texts import escape_markdown
from ui.shared import gateway

TO_DO = "edit use cases"
COLUMNS = ["name", "title", "unit", "description"]
_SAVED = "use-case-saved"
_SECONDS, _LOOKS = 0.1, 30
"""Services take a change over within a second."""


def show_editing(use_case: UseCaseAnswer, key: str) -> None:
    """Show the titles, descriptions and units of a use case to edit, and what takes a shell."""
    # Before what unfolds: that is closed again when the page has taken the change over.
    if st.session_state.pop(_SAVED, None) == use_case.name:
        st.success("**Saved.** Forms, tables and reports show it from now on.", icon=":material/check_circle:")
    with st.expander("Edit or retire this use case", icon=":material/edit_note:"):
        with st.form(f"edit-{use_case.name}", border=False):
            title = st.text_input("Title", use_case.title, max_chars=120)
            about = st.text_area("Description", use_case.description, max_chars=2_000, height=90)
            table = None if use_case.task == "forecast" else _table(use_case)
            pressed = st.form_submit_button("Save these texts", icon=":material/save:", disabled=not key)
        if not key:
            st.caption("Fill in the key of an administrator first.")
        _show_the_rest(use_case)
        if pressed:
            _save(use_case, changed_wording(use_case, title.strip(), about.strip(), table), key)


def changed_wording(use_case: UseCaseAnswer, title: str, about: str, table: pd.DataFrame | None) -> dict[str, Any]:
    """Return what differs from the use case as it is; nothing for a title that was deleted."""
    wording: dict[str, Any] = {}
    if title and title != use_case.title:
        wording["title"] = title
    if about != use_case.description:
        wording["description"] = about
    if table is None:
        return wording
    before = {row["name"]: row for row in wording_table(use_case).to_dict("records")}
    features = {
        row["name"]: changed
        for row in table.to_dict("records")
        if (
            changed := {name: _text(row[name]) for name in COLUMNS[1:] if _text(row[name]) != before[row["name"]][name]}
        )
    }
    return wording | ({"features": features} if features else {})


def wording_table(use_case: UseCaseAnswer) -> pd.DataFrame:
    """Build a table with the texts of each column; its title is without the unit, which stands beside it."""
    rows = [
        [one.name, one.title.removesuffix(f" [{one.unit}]") if one.unit else one.title, one.unit, one.description]
        for one in use_case.features
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _table(use_case: UseCaseAnswer) -> pd.DataFrame:
    return st.data_editor(
        wording_table(use_case),
        column_config={
            "name": st.column_config.TextColumn("Column", disabled=True),
            "title": st.column_config.TextColumn("Title", max_chars=120),
            "unit": st.column_config.TextColumn("Unit", width="small", max_chars=30),
            "description": st.column_config.TextColumn("Help text", width="large", max_chars=1_000),
        },
        hide_index=True,
        width="stretch",
        num_rows="fixed",
        placeholder="",
        key=f"edit-columns-{use_case.name}",
        alt="Titles, units and help texts of the columns, to edit",
    )


def _show_the_rest(use_case: UseCaseAnswer) -> None:
    name = use_case.name
    st.markdown(
        "**Which rows are valid** (columns, limits, allowed values, rules) is edited in its `usecase.yaml` on the server. The "
        f"edit comes in force with a version that was trained for it, above or with `smartpredict train {name}`."
    )
    st.markdown(
        f"**It is retired** there as well, for all of it is exported and counted before anything goes: "
        f"`smartpredict retire {name} --target PLACE`."
    )


def _save(use_case: UseCaseAnswer, wording: dict[str, Any], key: str) -> None:
    if not wording:
        st.info("Nothing was changed.", icon=":material/info:")
        return
    try:
        with st.spinner("Saving"):
            saved = gateway().change_wording(use_case.name, wording, key)
            _wait_for(saved)
    except FieldsRefusedError as error:
        listed = "\n".join(f"- {escape_markdown(f'{one.parameter}: {one.message}')}" for one in error.errors)
        st.error(f"**Nothing was changed.** Correct these:\n\n{listed}", icon=":material/rule:")
        return
    except GatewayError as error:
        show_refusal(error, TO_DO, "Saving")
        return
    cached_use_cases.clear()
    cached_use_case.clear()
    st.session_state.pop(f"edit-columns-{use_case.name}", None)  # its edits are of the texts before
    st.session_state[_SAVED] = use_case.name
    st.rerun()


def _wait_for(saved: UseCaseAnswer) -> None:
    """Wait until the gateway itself answers so, or the page would show the texts before; they are saved all the same."""
    with suppress(GatewayError):
        for _ in range(_LOOKS):
            if gateway().use_case(saved.name) == saved:
                return
            time.sleep(_SECONDS)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
