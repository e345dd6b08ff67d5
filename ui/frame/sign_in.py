"""Sign-in through Streamlit's own OIDC, where an operator has configured it."""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitAPIException

from ui.shared import shared


def require_sign_in() -> None:
    """Stop the page for people who are not signed in; where no sign-in is configured, nobody is stopped."""
    if not _is_configured():
        return
    if st.user.is_logged_in:
        with st.sidebar:
            st.caption(f"Signed in as {st.user.get('name') or st.user.get('email') or 'somebody'}")
            st.button("Sign out", icon=":material/logout:", on_click=st.logout)
        return
    st.title("SmartPredict", anchor=False)
    st.markdown("Sign in to predict, and to see what was predicted.")
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
