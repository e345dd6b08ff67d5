"""The Models page: versions side by side, which one is served, what a challenger would have answered, and the use case itself.

A page of several topics stands here, not in one of them: topics do not import each other.
"""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import ModelVersions, UseCaseAnswer
from ui.models.promotion import show_promotion
from ui.models.report.section import show_report
from ui.models.training import show_training
from ui.models.versions import show_history, show_versions
from ui.parts.administrator import admin_key_field
from ui.parts.errors import showing_errors
from ui.parts.heading import heading
from ui.parts.links import link_to
from ui.shadow.section import show_shadow
from ui.shared import gateway
from ui.use_cases.editing import show_editing


def show() -> None:
    """Show the page."""
    use_case = heading("Models", "Every version of the model, how good it was when trained, and which one is served.")
    if use_case is None:
        return
    link_to("new", "Add a use case from a file", icon=":material/add:")
    st.header("Versions", anchor=False)
    known = gateway().model_versions(use_case.name)
    if known.versions:
        show_versions(known)
    key = admin_key_field("train models or change what is served")
    with showing_errors("Training"):
        show_training(known, key)
    if known.versions:
        _show_known(use_case, known, key)
    show_editing(use_case, key)


def _show_known(use_case: UseCaseAnswer, known: ModelVersions, key: str) -> None:
    """Show what takes a version: what is served, reports, the challenger, the history."""
    show_promotion(use_case, known, key)
    st.header("Report", anchor=False)
    with showing_errors("The report"):
        show_report(use_case, known, key)
    st.header("In shadow", anchor=False)
    with showing_errors("The comparison"):
        show_shadow(use_case, gateway().shadow_report(use_case.name))
    st.header("What was served when", anchor=False)
    with showing_errors("The history"):
        show_history(gateway().champion_history(use_case.name).changes)
