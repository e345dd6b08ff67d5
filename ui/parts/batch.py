"""Following a batch: its progress while it moves, and where its rows are."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from ui.gateway.answers import BatchAnswer
from ui.gateway.problems import GatewayError, NotFoundError
from ui.parts.clock import format_time
from ui.parts.errors import show_error
from ui.parts.refused import state_title
from ui.parts.texts import SOURCES, escape_markdown, format_count
from ui.shared import gateway

REFRESH_SECONDS = 1.0
"""How often a moving batch is looked at; the answer takes milliseconds."""


def follow_batch(batch_id: str) -> BatchAnswer | None:
    """Show a batch, again and again while it moves, and return it once it is done.

    Raises
    ------
    ui.gateway.problems.GatewayError
        If the gateway does not know it, or cannot be asked.
    """
    batch = find_batch(batch_id)
    if batch.done:
        show_ledger(batch)
        return batch
    _moving(str(batch.batch_id))
    return None


def find_batch(batch_id: str) -> BatchAnswer:
    """Find a batch by an id that may stand in the address.

    Raises
    ------
    ui.gateway.problems.GatewayError
        If the gateway does not know it, or cannot be asked.
    """
    try:
        known = UUID(batch_id)
    except ValueError:
        # Whatever else stands there must not become part of a path.
        raise NotFoundError(f"{batch_id[:60]} is not the id of a batch.") from None
    return gateway().batch(known)


@st.fragment(run_every=REFRESH_SECONDS)
def _moving(batch_id: str) -> None:
    """Show the progress; only this part of the page runs again, so that nothing else flickers."""
    try:
        batch = gateway().batch(batch_id)
    except GatewayError as error:
        # The gateway may be starting again; the batch goes on meanwhile, and so does looking.
        show_error(error, "Progress")
        return
    if batch.done:
        st.rerun(scope="app")
    show_ledger(batch)


def show_ledger(batch: BatchAnswer) -> None:
    """Show where the rows of a batch are."""
    rows = batch.rows
    settled = rows.predicted + rows.observed + rows.quarantined + rows.dead_lettered
    st.markdown(f"**{escape_markdown(batch.name)}** · {state_title(batch)} · {_when(batch)}")
    if not batch.done:
        share = min(settled / rows.rows_in, 1.0) if rows.rows_in else 0.0
        st.progress(share, _progress_in_words(batch, settled))
        st.caption("You may close this page: the rows are predicted anyway, and this address shows them again.")
    if batch.problem:
        st.error(f"**The file was refused.** {escape_markdown(batch.problem)}", icon=":material/block:")
    figures = st.columns(5)
    figures[0].metric("Rows read", f"{rows.rows_in:,}")
    if rows.observed:
        figures[1].metric("Stored", f"{rows.observed:,}", help="Observations, from which forecasts are made.")
    else:
        figures[1].metric("Predicted", f"{rows.predicted:,}", help="Their predictions are stored.")
    figures[2].metric("Refused", f"{rows.quarantined:,}", help="Bad rows, kept with their reasons; can be repaired.")
    figures[3].metric(
        "Dead letters",
        f"{rows.dead_lettered:,}",
        help="In messages that nobody could handle; can be sent again under Operations.",
    )
    figures[4].metric("On their way", f"{rows.pending:,}", help="Wait for a worker.")
    if not batch.balanced:
        st.warning("The figures do not add up yet; they are of different moments.", icon=":material/balance:")


def _progress_in_words(batch: BatchAnswer, settled: int) -> str:
    rows_in = batch.rows.rows_in
    if not rows_in:
        return "Waiting for its first rows"
    if batch.read_at is None:
        return f"{settled:,} rows done of the {rows_in:,} read so far"
    return f"{settled:,} of {rows_in:,} rows done"


def _when(batch: BatchAnswer) -> str:
    received = f"{SOURCES.get(batch.source, batch.source)}, {format_time(batch.received_at)}"
    if batch.seconds_to_commit is None:
        return received
    return f"{received} · {format_count(batch.rows.predicted + batch.rows.observed, 'row')} stored after {batch.seconds_to_commit:.1f} s"
