"""The page New use case: one is made of a file, then it is trained, and its first version served."""

from __future__ import annotations

import time

import streamlit as st

from ui.gateway.answers import UseCaseAnswer
from ui.gateway.problems import NotFoundError
from ui.models.promotion import show_promotion
from ui.models.training import show_training
from ui.parts.administrator import admin_key
from ui.parts.errors import showing_errors
from ui.shared import gateway
from ui.use_cases import page

KNOWN_WITHIN_SECONDS = 5.0
"""A gateway knows a use case within a second of its being added, whichever gateway added it."""

LOOK_SECONDS = 0.2


def show() -> None:
    """Show the page."""
    page.show(_train)


def _train(name: str) -> None:
    """Show all that leads from a use case without a model to one that predicts."""
    with showing_errors("Training"):
        use_case = _as_soon_as_known(name)
        known = gateway().model_versions(name)
        show_training(known, admin_key())
        if known.versions:
            show_promotion(use_case, known, admin_key())


def _as_soon_as_known(name: str) -> UseCaseAnswer:
    until = time.monotonic() + KNOWN_WITHIN_SECONDS
    with st.spinner("Waiting for the gateway to take it over"):
        while True:
            try:
                return gateway().use_case(name)
            except NotFoundError:
                if time.monotonic() > until:
                    raise
            time.sleep(LOOK_SECONDS)
