"""New use case: a file of known cases is looked at, its schema put right by a person, and then it is added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from ui.gateway.answers import AddedUseCase, FindingAnswer, InferAnswer
from ui.gateway.problems import FieldsRefusedError, GatewayError
from ui.gateway.questions import ColumnDecisions
from ui.parts.administrator import admin_key_field, show_refusal
from ui.parts.chosen_file import ChosenFile, chosen_file
from ui.parts.heading import cached_use_cases, remember_use_case
from ui.parts.tables import small_table
from ui.parts.texts import escape_markdown, format_count
from ui.shared import gateway, shared
from ui.use_cases.decisions import show_decisions
from ui.use_cases.names import name_field
from ui.use_cases.profile import show_profile
from ui.use_cases.questions import show_questions
from ui.use_cases.schema_table import (
    COLUMNS,
    KEEP,
    TYPES,
    edited_use_case,
    field_title,
    schema_table,
    with_second_class,
)

TO_DO = "add use cases"
SEVERITIES = {
    "decide": ("To be decided", ":material/gavel:"),
    "look": ("Worth a look", ":material/visibility:"),
    "info": ("Good to know", ":material/info:"),
}
_COLUMNS = "new-columns"
_INFERRED = "new-inferred"
_ADDED = "new-added"
_LOOKED = "new-looked"
_DECIDED = "new-decided-findings"
_AGAIN = "new-look-again"


def show(after_adding: Callable[[str], None]) -> None:
    """Show the page; what follows once a use case is added, by its name, is shown by another topic."""
    st.title("New use case", anchor=False)
    st.markdown(
        "A file with a row per known case becomes a use case: its checks, its form, its table. Nothing is added before you "
        "have looked at what was found."
    )
    _show_added(after_adding)
    st.header("The data", anchor=False)
    key = admin_key_field(TO_DO)
    number = st.session_state.setdefault("new-number", 0)
    uploaded = st.file_uploader(
        "File with known cases",
        key=f"new-file-{number}",
        max_upload_size=shared().settings.max_infer_megabytes,
        help="CSV, Excel, Parquet, JSON Lines or JSON, also gzipped or in a ZIP; one column is what is to be predicted.",
    )
    file = None if uploaded is None else chosen_file(uploaded)
    if file is None:
        return
    columns = _columns_of(file)
    if columns is None:
        return
    _look(file, show_decisions(columns, file.id, _decided(file.id)), key)
    looked: tuple[str, InferAnswer] | None = st.session_state.get(_INFERRED)
    if looked is not None and looked[0] == file.id:
        _show_inferred(looked[1], file, key)


def _columns_of(file: ChosenFile) -> list[str] | None:
    """Have the names of the columns read, once a file; None, and said so, where it cannot be read.

    A check answers them whatever the use case. Before there is any, a person types the names: the list is empty.
    """
    known = st.session_state.get(_COLUMNS)
    if known is None or known[0] != file.id:
        summaries = cached_use_cases()
        if not summaries:
            return []
        with file.open() as content:
            checked = gateway().check_file(summaries[0].name, file.name, content)
        if not checked.columns:
            st.error(
                f"**{escape_markdown(file.name)} cannot be read.** {escape_markdown(checked.problem or '')}",
                icon=":material/error:",
            )
            return None
        known = st.session_state[_COLUMNS] = (file.id, checked.columns)
    columns: list[str] = known[1]
    return columns


def _decided(file_id: str) -> dict[str, str]:
    """Return what was said to the findings about a file."""
    decided: tuple[str, dict[str, str]] = st.session_state.get(_DECIDED, ("", {}))
    return decided[1] if decided[0] == file_id else {}


def _look(file: ChosenFile, decisions: ColumnDecisions, key: str) -> None:
    pressed = st.button("Look at the file", type="primary", icon=":material/search:", disabled=not key)
    pressed = st.session_state.pop(_AGAIN, False) or pressed
    if not key:
        st.caption("Fill in the key of an administrator first.")
    if not pressed:
        return
    st.session_state.pop(_INFERRED, None)
    st.session_state.pop(_ADDED, None)
    with st.spinner("Looking at every value"):
        try:
            with file.open() as content:
                inferred = gateway().infer_use_case(content, file.name, decisions, key)
        except GatewayError as error:
            show_refusal(error, TO_DO, "Looking at the file")
            return
    st.session_state[_INFERRED] = (file.id, inferred)
    # Another look has another table: edits of the one before are of columns that may be gone.
    st.session_state[_LOOKED] = st.session_state.get(_LOOKED, 0) + 1


def _show_inferred(inferred: InferAnswer, file: ChosenFile, key: str) -> None:
    look = st.session_state[_LOOKED]
    st.header("What was found", anchor=False)
    _show_findings(inferred)
    show_profile(inferred, file.name, key)
    before = _decided(file.id)
    chosen = show_questions(inferred.findings, before, look)
    if chosen is not None:
        st.session_state[_DECIDED] = (file.id, before | chosen)
        st.session_state[_AGAIN] = True
        st.rerun()
    st.header("The use case", anchor=False)
    use_case = _score_class(_texts(inferred.use_case, look), look)
    st.markdown(
        "**Put right what is not:** double-click a cell, or choose it and press Enter. A column that is not kept is ignored "
        "where files bring it along."
    )
    table = st.data_editor(
        schema_table(inferred.use_case),
        column_config=_columns(),
        column_order=COLUMNS,
        hide_index=True,
        width="stretch",
        num_rows="fixed",
        placeholder="",
        key=f"new-schema-{look}",
        alt="Inferred columns of the use case, to edit",
    )
    decided = not inferred.undecided or st.checkbox(
        f"I have looked at {format_count(inferred.undecided, 'finding')} to be decided; what was done is right.",
        key=f"new-decided-{look}",
    )
    if st.button("Add the use case", type="primary", icon=":material/add:", disabled=not (decided and key)):
        _add(edited_use_case(use_case, table), inferred, key)


def _show_findings(inferred: InferAnswer) -> None:
    use_case = inferred.use_case
    target = use_case.get("target_source_name") or use_case["target"]
    classes = f": {escape_markdown(', '.join(use_case['classes'][:10]))}" if use_case.get("classes") else ""
    st.markdown(
        f"**{format_count(inferred.rows, 'row')}**, {format_count(len(use_case['features']), 'column')} to predict "
        f"**{escape_markdown(target)}** from ({use_case['task']}{classes})."
    )
    if not inferred.findings:
        st.success("**Nothing that asks for a look.**", icon=":material/check_circle:")
    for severity, (title, icon) in SEVERITIES.items():
        found = [finding for finding in inferred.findings if finding.severity == severity]
        if found:
            st.markdown(f"{icon} **{title}**")
            if severity == "decide":
                st.markdown(_findings_list(found))
            else:
                small_table(_findings_table(found), title)


def _findings_list(findings: list[FindingAnswer]) -> str:
    """Write what somebody has to decide as a list: a cell would cut its end off, and that says what can be done."""
    return "\n".join(
        f"- **{escape_markdown(one.column or 'All columns')}**: {escape_markdown(one.text)} (*{escape_markdown(one.done)}*)"
        for one in findings
    )


def _findings_table(findings: list[FindingAnswer]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"Column": one.column or "(all)", "What was found": one.text, "What was done": one.done} for one in findings]
    )


def _texts(use_case: dict[str, Any], look: int) -> dict[str, Any]:
    left, right = st.columns(2)
    name = name_field(left, "Name of the use case", f"new-use-case-{look}", use_case["name"])
    title = right.text_input("Title", use_case["title"], key=f"new-title-{look}", max_chars=120)
    about = st.text_input("Description", use_case.get("description", ""), key=f"new-about-{look}", max_chars=2_000)
    return use_case | {"name": name, "title": title.strip(), "description": about.strip()}


def _score_class(use_case: dict[str, Any], look: int) -> dict[str, Any]:
    """Show which of two classes the score speaks of, and let a person choose the other one."""
    if use_case["task"] != "binary":
        return use_case
    classes = use_case["classes"]
    written = dict(zip(classes, use_case.get("class_source_names", ()), strict=False))
    chosen = st.radio(
        "The score is the probability of",
        classes,
        len(classes) - 1,
        format_func=lambda name: f"{name} ({written[name]} in the data)" if name in written else name,
        key=f"new-score-{look}",
        horizontal=True,
        help="The class that a prediction looks out for; the metrics speak of it, too.",
    )
    return with_second_class(use_case, chosen)


def _columns() -> dict[str, Any]:
    return {
        KEEP: st.column_config.CheckboxColumn("Keep", width="small"),
        "name": st.column_config.TextColumn("Name", required=True),
        "title": st.column_config.TextColumn("Title"),
        "type": st.column_config.SelectboxColumn("Type", options=TYPES, required=True),
        "unit": st.column_config.TextColumn("Unit", width="small"),
        "minimum": st.column_config.NumberColumn("Minimum", help="Of numbers: the smallest that is allowed."),
        "maximum": st.column_config.NumberColumn("Maximum", help="Of numbers: the largest that is allowed."),
        "values": st.column_config.ListColumn(
            "Values", width="medium", help="Of categories: every text that is allowed."
        ),
        "nullable": st.column_config.CheckboxColumn("Optional", width="small", help="Whether a value may be missing."),
    }


def _add(use_case: dict[str, Any], inferred: InferAnswer, key: str) -> None:
    with st.spinner("Adding it"):
        try:
            st.session_state[_ADDED] = gateway().add_use_case(use_case, inferred.data, key)
        except FieldsRefusedError as error:
            st.error("**Some fields are not valid; nothing was added.** Correct these:", icon=":material/rule:")
            wrong = [
                {"Field": field_title(one.parameter, use_case), "What is wrong": one.message} for one in error.errors
            ]
            small_table(pd.DataFrame(wrong), "Fields that are not valid")
            return
        except GatewayError as error:
            show_refusal(error, TO_DO, "Adding the use case")
            return
    file_id, _ = st.session_state.pop(_INFERRED)
    shared().large_uploads.drop(file_id)
    st.session_state["new-number"] += 1  # the widget begins anew, without the file
    cached_use_cases.clear()
    remember_use_case(st.session_state[_ADDED].name)
    st.rerun()


def _show_added(after_adding: Callable[[str], None]) -> None:
    """Show what comes after adding, until another file is looked at."""
    added: AddedUseCase | None = st.session_state.get(_ADDED)
    if added is None:
        return
    st.success(
        f"**{escape_markdown(added.name)} is added.** It predicts as soon as a version of its model is served. Train one here, or:",
        icon=":material/check_circle:",
    )
    st.code(added.next, language="bash")
    after_adding(added.name)
