"""What only an administrator may do: the key is typed by a person, for the page's own has fewer rights."""

from __future__ import annotations

import streamlit as st

from ui.gateway.problems import GatewayError, KeyRefusedError, NotAllowedError
from ui.parts.errors import show_error

_KEY, _KEPT = "admin-key", "admin-key-kept"
"""Where the session holds what stands in the field, and keeps it while no page with the field is shown."""


def admin_key() -> str:
    """Return the key that somebody typed into the field of this page; empty while there is none."""
    return str(st.session_state.get(_KEY, ""))


def keep_admin_key() -> None:
    """Fill in the key that was typed last: Streamlit forgets what a field held once other pages without it are shown.

    What the session holds under the name of the field is not read here: after a page without it, that is what stood there
    before the field was first shown.
    """
    st.session_state[_KEY] = st.session_state.get(_KEPT, "")


def _keep() -> None:
    st.session_state[_KEPT] = st.session_state[_KEY]


def admin_key_field(to_do: str) -> str:
    """Show the field for a key, and where to find one; its text is empty until there is one."""
    key = st.text_input(
        "Key of an administrator",
        type="password",
        autocomplete="off",
        key=_KEY,
        on_change=_keep,
        help=f"Kept for this visit only; the key of this page may not {to_do}.",
    )
    # A line either way: with one less, what stands below would be another element to the browser, and folded again.
    st.caption(
        "Kept for this visit only."
        if key
        else "Whoever started SmartPredict has one: `smartpredict up` prints it as the administrator's API key, `smartpredict env` "
        "as SMARTPREDICT_API_KEY; where it runs in containers, it is SMARTPREDICT_ADMIN_KEY."
    )
    return key


def show_refusal(error: GatewayError, to_do: str, doing: str) -> None:
    """Show why something was not done; where it is the key, it is the person's and not the page's."""
    match error:
        case KeyRefusedError():
            st.error("**The gateway does not know this key.** Ask an administrator for one.", icon=":material/key_off:")
        case NotAllowedError():
            st.error(f"**This key may not {to_do}.** It takes one of the role admin.", icon=":material/key:")
        case _:
            show_error(error, doing)
