"""What only a person knows about a file: the column to predict, and what to do with the others whatever is found."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ui.gateway.questions import ColumnDecisions
from ui.use_cases.names import name_field

TASKS = {"binary": "One of two classes", "multiclass": "One of several classes", "regression": "A number"}


def show_decisions(columns: list[str], file_id: str, by_finding: Mapping[str, str]) -> ColumnDecisions:
    """Show the fields, and return what was filled in.

    Parameters
    ----------
    columns
        Names of the columns; where they are not known they are typed.
    file_id
        The file; another one has other fields.
    by_finding
        What was said to findings before.
    """
    left, right = st.columns(2)
    # The answer stands last in most files.
    target = (
        left.selectbox("Column to predict", columns, len(columns) - 1, key=f"new-target-{file_id}")
        if columns
        else left.text_input("Column to predict", key=f"new-typed-target-{file_id}")
    )
    name = name_field(right, "Name", f"new-name-{file_id}", placeholder="from the file's name")
    others = [column for column in columns if column != target]
    with st.expander("Decide about columns", icon=":material/gavel:"):
        st.caption(
            "Without a decision the suggestion beside each finding stands. Look at the file again afterwards; what was found asks by itself."
        )
        task, key_column = _kinds(others, file_id, are_typed=not columns)
        keep = st.multiselect(
            "Keep, suspicious as they are", columns, key=f"new-keep-{file_id}", accept_new_options=not columns
        )
        drop = st.multiselect("Leave out", others, key=f"new-drop-{file_id}", accept_new_options=not columns)
        category = st.multiselect(
            "Take values as names, however many", others, key=f"new-category-{file_id}", accept_new_options=not columns
        )
        missing = st.multiselect(
            "Take values as missing",
            columns,
            key=f"new-missing-{file_id}",
            accept_new_options=True,
            placeholder="load=-1, or a column whose values in question are missing",
            help="Type the column, =, and the text or number that stands for a missing value there; then press Enter.",
        )
    return ColumnDecisions(
        target=target, name=name, key=key_column, task=task, keep=keep, drop=drop, category=category,
        missing=missing, by_finding=by_finding,
    )  # fmt: skip


def _kinds(others: list[str], file_id: str, *, are_typed: bool) -> tuple[str, str]:
    """Show what is otherwise told from the data: the kind of answer and the key; empty where nobody says."""
    left, right = st.columns(2)
    task = left.selectbox(
        "Kind of answer", list(TASKS), None, format_func=lambda kind: TASKS[kind], key=f"new-task-{file_id}",
        placeholder="told from the column",
    )  # fmt: skip
    key_column = right.selectbox(
        "Column that names a row", others, None, key=f"new-key-{file_id}", placeholder="told from the data",
        accept_new_options=are_typed,
    )  # fmt: skip
    return task or "", key_column or ""
