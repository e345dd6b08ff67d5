"""A file that somebody chose, wherever its bytes are."""

from __future__ import annotations

import io
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import IO, TypeVar

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.shared import shared
from ui.transfers.large_uploads import FileOnDisk

T = TypeVar("T")

BEGINNING_BYTES = 1024 * 1024
"""Bytes of a large file that tell how it is written."""


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file that somebody chose."""

    id: str
    name: str
    size: int
    content: UploadedFile | FileOnDisk

    def open(self) -> IO[bytes]:
        """Open the file at its beginning."""
        if isinstance(self.content, FileOnDisk):
            return self.content.open()
        # Shares the bytes with the widget; closing it leaves the widget's own reader alone.
        return io.BytesIO(self.content.getvalue())

    def beginning(self) -> IO[bytes] | None:
        """Open the file as far as it has to be read to see what is in it: the first lines of a large CSV file.

        None where a file is too large to be looked at, and no part of it can be read alone.
        """
        if not isinstance(self.content, FileOnDisk):
            return self.open()
        if not self.name.lower().endswith((".csv", ".tsv")):
            return None
        with self.open() as file:
            begin = file.read(BEGINNING_BYTES)
        return io.BytesIO(begin[: begin.rfind(b"\n") + 1] or begin)


def looked_at(place: str, wanted: Hashable, look: Callable[[], T]) -> T:
    """Return what a look at a file found; the session keeps it, so that a page drawn anew does not look again.

    Parameters
    ----------
    place
        Where the session keeps it: one file for each place.
    wanted
        What is looked at; another look is taken once it differs.
    look
        Takes the look.
    """
    known = st.session_state.get(place)
    if known is None or known[0] != wanted:
        known = st.session_state[place] = (wanted, look())
    found: T = known[1]
    return found


def chosen_file(uploaded: UploadedFile) -> ChosenFile | None:
    """Find the bytes of a file; where there are none, or none any more, show a warning and return None."""
    on_disk = shared().large_uploads.find(uploaded.file_id)
    file = ChosenFile(uploaded.file_id, uploaded.name, on_disk.size if on_disk else uploaded.size, on_disk or uploaded)
    if file.size == 0:
        st.warning("The file is empty, or it was handed in too long ago. Choose it again.", icon=":material/warning:")
        return None
    return file
