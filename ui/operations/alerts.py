"""What needs somebody: our own verdicts beside the alerts of Prometheus, the next steps, and who looks after each."""

from __future__ import annotations

import streamlit as st

from ui.gateway.answers import AlertAnswer, AlertList
from ui.gateway.problems import GatewayError, NotFoundError, NotOfferedError
from ui.parts.clock import format_time
from ui.parts.errors import show_error
from ui.parts.heading import cached_use_cases
from ui.parts.links import link_to
from ui.parts.texts import SOURCES, escape_markdown
from ui.shared import gateway

_PERSON = "who-looks-after"
"""Who says so, remembered for the visit: the next alert need not be asked again."""

MOST_FILES = 3
MOST_DOORS = 2


def show_alerts() -> None:
    """Show what needs somebody now, the critical first, each with its next steps and who looks after it."""
    said = st.session_state.pop("alert-said", None)
    if said:
        st.success(said, icon=":material/check_circle:")
    try:
        found = gateway().alerts()
    except NotOfferedError:
        st.info(
            "**This gateway does not list alerts yet.** It comes with a newer version.",
            icon=":material/hourglass_empty:",
        )
        return
    _show_prometheus(found)
    if not found.alerts:
        st.success("**No alert.** Nothing was found that needs somebody.", icon=":material/task_alt:")
        return
    titles = {summary.name: summary.title for summary in cached_use_cases()}
    for alert in found.alerts:
        with st.container(border=True):
            _show_alert(alert, titles)


def _show_prometheus(found: AlertList) -> None:
    if found.prometheus == "away":
        st.warning(
            f"**Alerts of Prometheus are missing.** {escape_markdown(found.problem or '')} What is below is our own.",
            icon=":material/cloud_off:",
        )
    if found.prometheus == "not_set":
        st.caption("Prometheus is not asked: its address is not set (SMARTPREDICT_PROMETHEUS_URL of the gateway).")


def _show_alert(alert: AlertAnswer, titles: dict[str, str]) -> None:
    about = "" if alert.use_case is None else f" · {escape_markdown(titles.get(alert.use_case, alert.use_case))}"
    icon = ":material/error:" if alert.severity == "critical" else ":material/warning:"
    found_by = "Prometheus" if alert.source == "prometheus" else "the monitoring of rows and predictions"
    st.markdown(f"{icon} **{escape_markdown(alert.title)}**{about}")
    st.markdown(escape_markdown(alert.detail))
    if alert.action:
        st.markdown(f"What to do: {escape_markdown(alert.action)}")
    judged = "" if alert.judged_at is None else f", looked at last {format_time(alert.judged_at)}"
    st.caption(f"Since {format_time(alert.since)}, found by {found_by}{judged}.")
    _show_next_steps(alert)
    if alert.acknowledgement is not None:
        kept = alert.acknowledgement
        note = f": {escape_markdown(kept.note)}" if kept.note else "."
        st.markdown(
            f":material/person: **{escape_markdown(kept.person)}** looks after it since {format_time(kept.acknowledged_at)}{note}"
        )
    label = "Somebody else looks after it" if alert.acknowledgement is not None else "I look after it"
    with st.expander(label, icon=":material/assignment_ind:"):
        _show_form(alert)


def _show_next_steps(alert: AlertAnswer) -> None:
    """Link from what was found to where something can be done about it."""
    if alert.use_case is None:
        return
    use_case = {"use_case": alert.use_case}
    if alert.files:
        st.caption(f"Files behind it: {escape_markdown(', '.join(alert.files[:MOST_FILES]))}.")
    match alert.kind:
        case "drift":
            link_to(
                "monitoring",
                "See how far the columns moved, or accept it as normal",
                icon=":material/query_stats:",
                **use_case,
            )
            for door in alert.doors[:MOST_DOORS]:
                shown = SOURCES.get(door, door)
                # The address has what the boxes of that page show.
                label = f"Its rows, by the door: {shown}"
                link_to("past", label, icon=":material/history:", source=shown, period="24 hours", **use_case)
            link_to("models", "Train a new version", icon=":material/model_training:", **use_case)
        case "quality":
            link_to("quality", "See what was refused, and repair it", icon=":material/build:", **use_case)
        case "freshness":
            link_to("monitoring", "See what arrived when", icon=":material/query_stats:", **use_case)
        case _:
            link_to("monitoring", "See its use case", icon=":material/query_stats:", **use_case)


def _show_form(alert: AlertAnswer) -> None:
    with st.form(f"acknowledge-{alert.alert}-{alert.since}", border=False):
        person = st.text_input("Your name", st.session_state.get(_PERSON, ""), max_chars=200)
        note = st.text_input("What others should know (optional)", max_chars=500)
        if not st.form_submit_button("Say so", icon=":material/check:"):
            return
    if not person.strip():
        st.warning("Write your name first.", icon=":material/edit:")
        return
    st.session_state[_PERSON] = person.strip()
    try:
        kept = gateway().acknowledge_alert(alert, person.strip(), note.strip())
    except NotFoundError:
        st.session_state["alert-said"] = "It has ended meanwhile."
    except GatewayError as error:
        show_error(error, "Saying who looks after it")
        return
    else:
        st.session_state["alert-said"] = f"**{escape_markdown(kept.person)} looks after it**, everybody sees."
    st.rerun()
