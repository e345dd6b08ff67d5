"""The bad rows of a file that was checked: listed, and downloaded to be corrected."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.gateway.answers import CheckAnswer, UseCaseAnswer
from ui.parts.chosen_file import ChosenFile
from ui.parts.download import file_stem, table_buttons
from ui.parts.tables import errors_frame
from ui.parts.texts import format_count
from ui.shared import gateway
from ui.transfers.csv_files import EXCEL


def tell_left_out(checked: CheckAnswer) -> None:
    """Show that nothing keeps the bad rows of a file whose good rows were predicted."""
    st.warning(
        f"**{format_count(checked.bad, 'row')} {'was' if checked.bad == 1 else 'were'} left out, and nothing keeps "
        f"{'it' if checked.bad == 1 else 'them'}.** The list stands below the others. Download the rows there, correct them, and hand "
        "them in as a file of their own: the others are stored already.",
        icon=":material/rule:",
    )


def list_bad_rows(use_case: UseCaseAnswer, checked: CheckAnswer) -> pd.DataFrame:
    """List what is wrong with a file, and return the list."""
    frame = errors_frame(use_case, ((error.row, error) for error in checked.errors), checked.places)
    st.dataframe(frame, hide_index=True, width="stretch", alt="Bad rows with column, rule and value")
    st.caption(
        "Row 1 is the first below the names of the columns."
        if not checked.places
        else "Row 1 is the first below the names of the columns; *In the file* is where you find it."
    )
    return frame


def show_downloads(place: DeltaGenerator, use_case: UseCaseAnswer, file: ChosenFile, frame: pd.DataFrame) -> None:
    """Offer the bad rows of a file to be corrected, and the list of what is wrong with them."""
    client = gateway()
    place.download_button(
        "Download the rows to correct",
        lambda: client.bad_rows_of_file(use_case.name, file.name, file.open()),
        f"{file_stem(use_case.name, 'rows-to-correct')}.xlsx",
        EXCEL,
        icon=":material/edit_note:",
        on_click="ignore",
        help="The bad rows with all their values and what is wrong with each, as a workbook. Correct the red cells, save it, and "
        "hand it in here as a file of its own, once the good rows are predicted.",
    )
    stem = file_stem(use_case.name, "bad-rows")
    table_buttons(place, frame, stem, csv="Download this list", excel="Download this list for Excel")
