"""A prediction that waits while a part of the pipeline is away, and shows what it waits for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import streamlit as st

from ui.gateway.answers import PredictAnswer
from ui.gateway.problems import AwayError
from ui.parts.texts import escape_markdown
from ui.shared import gateway

PATIENCE_SECONDS = 30.0
"""For how long it is tried again: a worker that died is back within ten."""

PAUSE_SECONDS = 1.0


def predict_patiently(use_case: str, row: Mapping[str, Any]) -> PredictAnswer:
    """Predict a row of the form; while no worker can, show why and try again.

    Raises
    ------
    ui.gateway.problems.GatewayError
        If it cannot be predicted, or not for as long as somebody waits.
    """
    # By its key it counts once, however often it is sent: whether the first try was stored is not always known.
    key, began = str(uuid4()), time.monotonic()
    place = st.empty()
    try:
        while True:
            try:
                return gateway().predict(use_case, [row], explain=True, key=key)
            except AwayError as error:
                waited = time.monotonic() - began
                if waited > PATIENCE_SECONDS:
                    raise
                why = escape_markdown(error.detail) if error.detail else error.title
                place.info(
                    f"**Waiting for {waited:.0f} s.** {why} It goes on by itself.", icon=":material/hourglass_top:"
                )
            time.sleep(PAUSE_SECONDS)
    finally:
        place.empty()
