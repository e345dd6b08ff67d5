"""What is in a file: every column with its figures and its plot, before anything is made of it."""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import InferAnswer
from ui.gateway.problems import GatewayError
from ui.parts.administrator import show_refusal
from ui.shared import gateway

HEIGHT = 700
"""Of the frame, in pixels: most of a screen; the page in it scrolls."""

_PROFILE = "new-profile"


def show_profile(inferred: InferAnswer, file_name: str, key: str) -> None:
    """Show the page about a file in a frame, with a button to save it, once a person asks for it."""
    use_case = inferred.use_case
    target = str(use_case.get("target_source_name") or use_case["target"])
    with st.expander("What is in the file", icon=":material/bar_chart:"):
        st.caption(
            "Every column with its type, distribution, missing values, what lies far out, and how it goes with the target."
        )
        if st.button("Show every column", icon=":material/bar_chart:", disabled=not key):
            _fetch(inferred.data, file_name, target, key)
        wanted = (inferred.data, target)
        shown: tuple[tuple[str, str], str] | None = st.session_state.get(_PROFILE)
        if shown is None or shown[0] != wanted:
            return
        # The page has a policy of its own that runs no script, whatever the file holds.
        st.iframe(shown[1], height=HEIGHT, alt=f"What is in {file_name}")
        st.download_button(
            "Save this page", shown[1], f"{file_name}.profile.html", "text/html", icon=":material/download:",
            on_click="ignore",
        )  # fmt: skip


def _fetch(data: str, file_name: str, target: str, key: str) -> None:
    with st.spinner("Looking at every column"):
        try:
            page = gateway().profile_page(data, file_name, target, key)
        except GatewayError as error:
            show_refusal(error, "look at files", "Showing what is in the file")
            return
    st.session_state[_PROFILE] = ((data, target), page)
