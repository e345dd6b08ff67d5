"""Predict: one row by a form, or a file."""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import BatchAnswer, UseCaseAnswer
from ui.gateway.problems import NotOfferedError, RowsRefusedError
from ui.parts.batch import follow_batch
from ui.parts.clock import format_time
from ui.parts.errors import showing_errors
from ui.parts.fields import choose_one, row_fields
from ui.parts.heading import cached_use_case, heading
from ui.parts.serving import show_if_unserved
from ui.parts.texts import escape_markdown, reason_text, with_titles
from ui.predict.feature_tables import show_feature_tables
from ui.predict.file_form import show_file_form
from ui.predict.results import ANSWER, show_batch_results, show_one
from ui.predict.waiting import predict_patiently
from ui.shared import gateway

WAYS = {"row": "One row", "file": "A file"}


def show() -> None:
    """Show the page."""
    use_case = heading("Predict", "Fill in one row, or hand in a file. Every prediction is stored with its values.")
    if "batch" in st.query_params:
        # In the place of the forms, which are gone at once and not when all of the file is shown: their buttons would ask
        # once more what is done already.
        st.empty()
        _show_batch(st.query_params["batch"])
    elif use_case is not None:
        with st.container():
            _show_forms(use_case)


def _show_forms(use_case: UseCaseAnswer) -> None:
    show_if_unserved(use_case.name, use_case.title, is_forecast=use_case.task == "forecast")
    way = choose_one("What do you have?", WAYS, "row", key="way")
    if way == "file":
        show_file_form(use_case)
    else:
        _show_row_form(use_case)


def _show_row_form(use_case: UseCaseAnswer) -> None:
    # The version of the form is part of its keys: a new one begins with the example again.
    version = st.session_state.setdefault("form-version", 0)
    key = f"row-{use_case.name}-{version}"
    with st.form(key, border=True):
        row = row_fields(use_case, key)
        asked = st.form_submit_button("Predict", type="primary", icon=":material/bolt:")
    show_feature_tables(use_case)
    _show_rules(use_case)
    if asked:
        st.session_state.pop(f"{key}-result", None)
        with st.spinner("Predicting"):
            try:
                st.session_state[f"{key}-result"] = predict_patiently(use_case.name, row)
            except RowsRefusedError as error:
                with st.container(key=ANSWER):
                    _show_refusal(use_case, error)
    result = st.session_state.get(f"{key}-result")
    if result is not None:
        show_one(use_case, result)
        st.button("Start again with the example", icon=":material/restart_alt:", on_click=_renew_form)
    if asked:
        _bring_into_view()


def _bring_into_view() -> None:
    """Scroll to the answer where it lies below the fold: the form of many columns fills a small screen."""
    number = st.session_state["answer-number"] = st.session_state.get("answer-number", 0) + 1
    # A script that stands there already is not run again.
    st.html(
        f"<script>/* {number} */ document.querySelector('.st-key-{ANSWER}')?.scrollIntoView({{block: 'nearest'}})</script>",
        unsafe_allow_javascript=True,
    )


def _renew_form() -> None:
    st.session_state["form-version"] += 1


def _show_rules(use_case: UseCaseAnswer) -> None:
    for rule in use_case.rules:
        check = escape_markdown(with_titles(use_case, rule.check))
        st.caption(f"Rule between values: **{check}**. {escape_markdown(rule.description)}")


def _show_refusal(use_case: UseCaseAnswer, error: RowsRefusedError) -> None:
    found = "\n".join(f"- {escape_markdown(reason_text(use_case, entry))}" for entry in error.errors)
    st.error(f"**The row is not valid; nothing was predicted.** Change this and press Predict again:\n\n{found}")


def _show_batch(batch_id: str) -> None:
    st.header("Your file", anchor=False)
    with showing_errors("This file"):
        batch = follow_batch(batch_id)
        if batch is not None:
            _show_done(batch)
    st.button("Hand in another file", icon=":material/upload_file:", on_click=_forget_batch)


def _show_done(batch: BatchAnswer) -> None:
    # The use case of the batch, whatever is chosen above: somebody may have been sent this address.
    _show_version(batch)
    show_batch_results(cached_use_case(batch.use_case), batch)


def _show_version(batch: BatchAnswer) -> None:
    """Show that another version is served than the one that predicted a file, where it is so."""
    try:
        models = gateway().served_models()
    except NotOfferedError:
        return
    served = [one.version for model in models if model.use_case == batch.use_case for one in model.versions]
    if batch.model_version is None or not served or batch.model_version in served:
        return
    st.info(
        f"**Predicted by version {batch.model_version}**, on {format_time(batch.received_at)}. Version {max(served)} is served "
        "now. The same file under the same name is the same batch: hand it in under another name to have it predicted anew.",
        icon=":material/history:",
    )


def _forget_batch() -> None:
    del st.query_params["batch"]
    st.session_state["way"] = "file"
