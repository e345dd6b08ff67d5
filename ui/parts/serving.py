"""Why nothing is predicted for a use case: no worker runs, no version is there yet, or one is on its way."""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import ServedModel
from ui.gateway.problems import GatewayError
from ui.parts.links import link_to
from ui.parts.texts import escape_label, escape_markdown, training_in_words
from ui.shared import gateway

REFRESH_SECONDS = 3.0
"""How often it is looked again; a training says a new step every few seconds."""


def unserved_in_words(model: ServedModel, *, is_forecast: bool = False) -> str:
    """Write in Markdown why a use case is not served and what becomes of its rows; empty where it is served."""
    if model.versions:
        return ""
    match model.state:
        case "no_worker":
            after = "" if model.champion is None else f" Version {model.champion} answers again as soon as one runs."
            return f"no worker runs, so nothing is predicted. Files that are handed in wait until one does.{after}"
        case "not_loaded":
            problem = next(iter((model.problems or {}).values()), "")
            why = f": {escape_markdown(problem)}" if problem else ". It takes a worker some seconds."
            return f"version {model.champion} is chosen, and no worker has loaded it yet{why}"
        case _:
            instead = "a simple rule answers meanwhile" if is_forecast else "so nothing is predicted"
            return f"no model is served, {instead}."


def show_way_out(model: ServedModel, title: str) -> None:
    """Show where something can be done about it: how far a training is, or the link to where one is ordered."""
    if model.state == "no_worker":
        link_to("operations", "See what runs", icon=":material/monitor_heart:")
        return
    if model.state == "not_loaded":
        link_to("models", "See its versions", icon=":material/deployed_code:", use_case=model.use_case)
        return
    training = _open_training(model.use_case)
    if training:
        st.markdown(f":material/model_training: One is being trained: {training}")
        link_to("models", "See how far it is", icon=":material/model_training:", use_case=model.use_case)
    else:
        link_to(
            "models", f"Train one for {escape_label(title)}", icon=":material/model_training:", use_case=model.use_case
        )


def show_if_unserved(use_case: str, title: str, *, is_forecast: bool) -> None:
    """Show, before anybody fills something in, that it would not be predicted; follows by itself until it would."""
    model = _model(use_case)
    if model is not None and not model.versions and not (is_forecast and model.state != "no_worker"):
        _follow(use_case, title)


@st.fragment(run_every=REFRESH_SECONDS)
def _follow(use_case: str, title: str) -> None:
    model = _model(use_case)
    if model is None:
        return
    if model.versions:
        st.success("**A model is served now.** Rows are predicted.", icon=":material/check_circle:")
        return
    words = unserved_in_words(model)
    st.warning(f"**{escape_markdown(title)}**: {words}", icon=":material/warning:")
    show_way_out(model, title)


def _model(use_case: str) -> ServedModel | None:
    """Look up how a use case is served; None where the gateway cannot tell, which is said by what asks for more."""
    try:
        return next((one for one in gateway().served_models() if one.use_case == use_case), None)
    except GatewayError:
        return None


def _open_training(use_case: str) -> str:
    """Write how far the training is that waits or runs; empty where none does."""
    try:
        newest = gateway().trainings(use_case, limit=1)
    except GatewayError:
        return ""
    return training_in_words(newest[0]) if newest and newest[0].state in {"waiting", "running"} else ""
