"""The processes of the pipeline: which run and since when, which fell silent, and what was begun again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import pandas as pd
import streamlit as st

from ui.gateway.answers import ProcessAnswer, ProcessList, ServiceProcesses
from ui.gateway.problems import NotOfferedError
from ui.parts.clock import format_time, local_time
from ui.parts.tables import time_column
from ui.parts.texts import escape_markdown, format_count
from ui.shared import gateway

STATES = {"running": "Runs", "silent": "Silent", "stopped": "Ended in good order"}

LISTED_FOR = timedelta(days=1)
"""For how long the gateway lists a process that is gone."""

RECENT_SECONDS = 60.0
"""For how long a death is told in large letters; after that it stands in the table."""


def show_processes() -> None:
    """Show what died just now, what was begun again, and every process."""
    found = gateway().processes()
    for one in found.processes:
        if _has_just_died(one):
            _show_death(one, found)
    if not found.processes:
        st.caption("No process reports itself yet; those of an older release do not.")
        return
    again = [one for one in found.services if one.died]
    for service in again:
        last = "" if service.last_death_at is None else f", the last one on {format_time(service.last_death_at)}"
        st.markdown(
            f":orange[:material/restart_alt:] **{escape_markdown(service.service.capitalize())}**: "
            f"{format_count(service.died, 'process', 'processes')} died in the last 24 hours{last}."
        )
    gone = [one for one in found.processes if _is_over(one, found)]
    _show_table(
        [one for one in found.processes if one not in gone], "Processes of the pipeline, by service, the newest first"
    )
    if gone:
        with st.expander(
            f"{format_count(len(gone), 'process', 'processes')} of before {'is' if len(gone) == 1 else 'are'} gone",
            icon=":material/history:",
        ):
            st.caption(
                "They were replaced, or ended in good order. Each is listed for a day after it was last heard, and then forgotten."
            )
            _show_table(gone, "Processes that are gone, by service, the newest first", until=True)


def _is_over(one: ProcessAnswer, found: ProcessList) -> bool:
    """Return whether a process is gone and nobody waits for it: it ended in good order, or another was begun in its place."""
    return one.state == "stopped" or (one.state == "silent" and not _has_just_died(one) and _begun_again(one, found))


def _show_table(processes: Sequence[ProcessAnswer], about: str, *, until: bool = False) -> None:
    rows = [
        {
            "Service": one.service,
            "State": STATES.get(one.state, one.state),
            "Since": local_time(one.started_at),
            "Last heard": local_time(one.last_heard_at),
            **({"Listed until": local_time(one.last_heard_at + LISTED_FOR)} if until else {}),
            "Machine": one.host,
            "Process": one.pid,
        }
        for one in processes
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height="content" if len(rows) <= 12 else 450,  # noqa: PLR2004  # a screen
        placeholder="",
        alt=about,
        column_config={
            "Since": time_column("Since"),
            "Last heard": time_column("Last heard"),
            "Listed until": time_column("Listed until"),
            "Process": st.column_config.NumberColumn(format="%d", width="small"),
        },
    )


def known_processes() -> ProcessList:
    """Return the processes and their services; none where the gateway does not tell of them."""
    try:
        return gateway().processes()
    except NotOfferedError:
        return ProcessList(processes=[], services=[])


def silent_workers() -> frozenset[str]:
    """Return the ids of workers that fell silent, by which models name those that serve them."""
    found = known_processes().processes
    by_state = {
        state: {f"{one.host}-{one.pid}" for one in found if one.service == "worker" and one.state == state}
        for state in ("silent", "running")
    }
    # A container that begins again has the name, and often the number, that it had before.
    return frozenset(by_state["silent"] - by_state["running"])


def what_is_down(found: ProcessList) -> list[str]:
    """Return what does not work now, in words: processes that just died and were not begun again, and checks that fail."""
    down = [
        f"a {escape_markdown(one.service)} was last heard {format_time(one.last_heard_at)} "
        f"(process {one.pid} on {escape_markdown(one.host)})"
        for one in found.processes
        if _has_just_died(one) and not _begun_again(one, found)
    ]
    with suppress(NotOfferedError):
        health = gateway().health()
        failing = [escape_markdown(check.name) for check in health.checks if not check.ok]
        down += [] if health.ready else [f"Health says that {name} does not work" for name in failing or ["something"]]
    return down


def deaths_that_are_over(found: ProcessList) -> list[ServiceProcesses]:
    """Return the services of which processes died within a day and none is missing any more."""
    missing = {one.service for one in found.processes if one.state == "silent" and not _begun_again(one, found)}
    return [one for one in found.services if one.died and one.running and one.service not in missing]


def _has_just_died(one: ProcessAnswer) -> bool:
    return one.state == "silent" and (one.silent_seconds or 0.0) < RECENT_SECONDS


def _begun_again(one: ProcessAnswer, found: ProcessList) -> bool:
    """Return whether another of its service was begun since, one for each that is missing by then."""
    of_it = [other for other in found.processes if other.service == one.service]
    begun = sum(other.state == "running" and other.started_at > one.last_heard_at for other in of_it)
    later = sum(other.state == "silent" and other.last_heard_at > one.last_heard_at for other in of_it)
    return begun > later


def _show_death(one: ProcessAnswer, found: ProcessList) -> None:
    """Show that a process died, and whether others of its service work on."""
    others = next((service.running for service in found.services if service.service == one.service), 0)
    if _begun_again(one, found):
        what = "It was begun again and works."
    elif others:
        what = f"{format_count(others, 'other')} of its kind work{'s' if others == 1 else ''} on."
    else:
        what = "No other of its kind runs; it is begun again by whatever keeps it running."
    kind = st.warning if others else st.error
    kind(
        f"**A {escape_markdown(one.service)} died.** Process {one.pid} on {escape_markdown(one.host)} was last heard "
        f"{one.silent_seconds or 0:.0f} s ago. {what}",
        icon=":material/heart_broken:",
    )
