"""Walking through millions of rows page by page, without counting or skipping any."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

MOST_COUNTED = 10_000
"""As far as the gateway counts what it lists."""


@dataclass(slots=True)
class Pager:
    """The cursors of the pages gone through so far; the last one is that of the page shown."""

    key: str
    about: object
    cursors: list[str | None]

    @property
    def cursor(self) -> str | None:
        """Where the page shown begins."""
        return self.cursors[-1]

    @property
    def number(self) -> int:
        """Number of the page shown, counted from 1."""
        return len(self.cursors)

    def back(self) -> None:
        """Go to the page before."""
        self.cursors.pop()

    def forward(self, cursor: str) -> None:
        """Go to the page that begins there."""
        self.cursors.append(cursor)

    def buttons(self, next_cursor: str | None, shown: str) -> None:
        """Show where the reader is, with the ways back and on."""
        left, middle, right = st.columns([1, 3, 1], vertical_alignment="center")
        left.button(
            "Previous page",
            key=f"{self.key}-back",
            icon=":material/chevron_left:",
            disabled=self.number == 1,
            on_click=self.back,
            width="stretch",
        )
        middle.markdown(f"Page {self.number} · {shown}", text_alignment="center")
        right.button(
            "Next page",
            key=f"{self.key}-on",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=next_cursor is None,
            on_click=self.forward,
            args=(next_cursor,),
            width="stretch",
        )


def of_all(total: int | None) -> str:
    """Write of how many a page shows some; the gateway counts up to one more than :data:`MOST_COUNTED`, and not where it takes long.

    >>> of_all(1_234), of_all(10_001), of_all(None)
    (' of 1,234', ' of more than 10,000', '')
    """
    if total is None:
        return ""
    return f" of more than {MOST_COUNTED:,}" if total > MOST_COUNTED else f" of {total:,}"


def pager(key: str, about: object) -> Pager:
    """Return the pager of a table; after another choice it begins at the first page."""
    name = f"pager-{key}"
    known = st.session_state.get(name)
    if not isinstance(known, Pager) or known.about != about:
        known = Pager(key, about, [None])
        st.session_state[name] = known
    return known
