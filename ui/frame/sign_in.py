"""Sign-in through Streamlit's own OIDC, where an operator has configured it."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.errors import StreamlitAPIException

from ui.access import has_ended
from ui.shared import shared


def require_sign_in() -> None:
    """Stop the page for people who are not signed in, or may not use it; where no sign-in is configured, nobody is stopped."""
    if not _is_configured():
        return
    if not st.user.is_logged_in:
        _ask_to_sign_in("Sign in to predict, and to see what was predicted.")
    claims, settings = st.user.to_dict(), shared().settings
    if has_ended(claims, settings.session_hours, time.time()):
        _ask_to_sign_in(f"Your visit has ended: it lasts {settings.session_hours:g} hours. Sign in again to go on.")
    name = claims.get("name") or claims.get("email") or "somebody"
    with st.sidebar:
        st.caption(f"Signed in as {name}")
        st.button("Sign out", icon=":material/logout:", on_click=st.logout)
    if not settings.allowed.admit(claims):
        st.title("SmartPredict", anchor=False)
        st.error(
            f"**{claims.get('email') or name} may not use this page.** Ask the operator to add you to SMARTPREDICT_UI_ALLOWED, "
            "or sign out and sign in as somebody else.",
            icon=":material/block:",
        )
        st.stop()


def _ask_to_sign_in(reason: str) -> None:
    st.title("SmartPredict", anchor=False)
    st.markdown(reason)
    if st.button("Sign in", type="primary", icon=":material/login:"):
        try:
            st.login()
        except StreamlitAPIException:
            st.error(
                "**Sign-in is not set up completely.** An operator finds what is missing in docs/ui.md.",
                icon=":material/error:",
            )
    st.stop()


def _is_configured() -> bool:
    # Asked first: without any secrets file, reading a secret is an error of Streamlit's.
    configured = st.secrets.load_if_toml_exists() and "auth" in st.secrets
    if shared().settings.secrets is not None and not configured:
        # Never open to everybody because a file has vanished since the start.
        st.error("**Sign-in is not available.** Tell the operator: the file of SMARTPREDICT_UI_SECRETS is gone.")
        st.stop()
    return configured
