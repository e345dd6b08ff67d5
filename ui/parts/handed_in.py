"""A file that somebody chose, wherever its bytes are."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import IO

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.shared import shared
from ui.spool import Spooled


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file that somebody chose."""

    id: str
    name: str
    size: int
    content: UploadedFile | Spooled

    def open(self) -> IO[bytes]:
        """Give a reader at the file's beginning."""
        if isinstance(self.content, Spooled):
            return self.content.open()
        # Shares the bytes with the widget; closing it leaves the widget's own reader alone.
        return io.BytesIO(self.content.getvalue())


def handed_in(uploaded: UploadedFile) -> HandedIn | None:
    """Find the bytes of a file; none, and said so, where there are none or none any more."""
    spooled = shared().spool.find(uploaded.file_id)
    file = HandedIn(uploaded.file_id, uploaded.name, spooled.size if spooled else uploaded.size, spooled or uploaded)
    if file.size == 0:
        st.warning("The file is empty, or it was handed in too long ago. Choose it again.", icon=":material/warning:")
        return None
    return file
