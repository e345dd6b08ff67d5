"""What needs somebody: our own verdicts beside the alerts of Prometheus, the next steps, and what people said of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from ui.gateway.answers import AlertAnswer, AlertList, EndedAlert, ProcessList, ServiceProcesses
from ui.gateway.problems import GatewayError, NotFoundError, NotOfferedError
from ui.operations.next_steps import show_next_steps
from ui.operations.processes import deaths_that_are_over, known_processes, what_is_down
from ui.parts.clock import format_time
from ui.parts.errors import show_error, showing_errors
from ui.parts.heading import cached_use_case, cached_use_cases
from ui.parts.texts import RULES, escape_markdown, format_count, with_titles, with_words
from ui.shared import gateway

REFRESH_SECONDS = 10.0
"""How often the list is looked at; the monitoring judges every few minutes, Prometheus every few seconds."""

MEANINGS = {
    "drift": "Rows look otherwise than those the model learned from, so that its answers may be worse than they were.",
    "quality": "Rows that break a rule of the use case are not predicted before somebody repairs them.",
    "freshness": "Nothing was heard for longer than it may be: whoever sends rows may have stopped.",
}
"""What an alert of our monitoring is about, for those who meet it for the first time."""

_PERSON = "who-looks-after"
"""Who says so, remembered for the visit: the next alert need not be asked again."""


def show_alerts() -> None:
    """Show what needs somebody now, and what lately did; the list follows by itself."""
    # Outside of what follows by itself, or it would be gone before it is read.
    said = st.session_state.pop("alert-said", None)
    if said:
        st.success(said, icon=":material/check_circle:")
    _show_list()


@st.fragment(run_every=REFRESH_SECONDS)
def _show_list() -> None:
    with showing_errors("Alerts"):
        try:
            found = gateway().alerts()
        except NotOfferedError:
            st.info(
                "**This gateway does not list alerts yet.** It comes with a newer version.",
                icon=":material/hourglass_empty:",
            )
            return
        _show_prometheus(found)
        titles = {summary.name: summary.title for summary in cached_use_cases()}
        processes = known_processes()
        if not found.alerts:
            _show_none(found, processes)
        for alert in found.alerts:
            with st.container(border=True):
                _show_alert(alert, titles)
        _show_over(found, processes, titles)


def _show_over(found: AlertList, processes: ProcessList, titles: Mapping[str, str]) -> None:
    """Show what is over: processes that died and work again, and alerts that have ended, each under a line of its own."""
    deaths = deaths_that_are_over(processes)
    died = sum(service.died for service in deaths)
    if died:
        what = f"{format_count(died, 'process', 'processes')} died and {'is' if died == 1 else 'are'} replaced"
        with st.expander(f"{what} in the last 24 hours", icon=":material/history:"):
            for service in deaths:
                _show_deaths(service)
    if found.ended:
        with st.expander(
            f"{format_count(len(found.ended), 'alert')} ended in the last 24 hours", icon=":material/history:"
        ):
            for over in found.ended:
                _show_ended(over, titles)


def _show_deaths(service: ServiceProcesses) -> None:
    last = (
        "" if service.last_death_at is None else f", the last one was last heard {format_time(service.last_death_at)}"
    )
    st.markdown(
        f":material/check: **{escape_markdown(service.service.capitalize())}** · "
        f"{format_count(service.died, 'process', 'processes')} died{last}; {service.running:,} of this kind "
        f"work{'s' if service.running == 1 else ''} now"
    )


def _show_none(found: AlertList, processes: ProcessList) -> None:
    """Show that there is no alert; all is well only where nothing else on this page is red."""
    down = what_is_down(processes)
    if down:
        st.info(
            f"**No alert yet.** Something does not work all the same: {'; '.join(down)}. An alert begins once it lasts.",
            icon=":material/hourglass_top:",
        )
    else:
        st.success(f"**No alert.** {_watched(found)} is as it should be.", icon=":material/task_alt:")


def _watched(found: AlertList) -> str:
    return (
        "What our monitoring watches"
        if found.problem or found.prometheus == "not_set"
        else "What our monitoring and Prometheus watch"
    )


def _show_prometheus(found: AlertList) -> None:
    if found.prometheus == "away":
        st.warning(
            f"**Alerts of Prometheus are missing.** {escape_markdown(found.problem or '')} What is below is our own.",
            icon=":material/cloud_off:",
        )
    elif found.problem:
        st.caption(escape_markdown(found.problem))
    if found.prometheus == "not_set":
        st.caption("Prometheus is not asked: its address is not set (SMARTPREDICT_PROMETHEUS_URL of the gateway).")


def _show_alert(alert: AlertAnswer, titles: Mapping[str, str]) -> None:
    about = "" if alert.use_case is None else f" · {escape_markdown(titles.get(alert.use_case, alert.use_case))}"
    icon = ":material/error:" if alert.severity == "critical" else ":material/warning:"
    icon = icon if alert.silence is None else ":material/notifications_off:"
    found_by = "Prometheus" if alert.source == "prometheus" else "the monitoring of rows and predictions"
    st.markdown(f"{icon} **{escape_markdown(alert.title)}**{about}")
    if alert.kind in MEANINGS:
        st.markdown(MEANINGS[alert.kind])
    st.markdown(escape_markdown(_in_words(alert)))
    if alert.action:
        st.markdown(f"What to do: {escape_markdown(alert.action)}")
    judged = "" if alert.judged_at is None else f", looked at last {format_time(alert.judged_at)}"
    st.caption(f"Since {format_time(alert.since)}, found by {found_by}{judged}.")
    show_next_steps(alert)
    if alert.acknowledgement is not None:
        kept = alert.acknowledgement
        note = f": {escape_markdown(kept.note)}" if kept.note else "."
        st.markdown(
            f":material/person: **{escape_markdown(kept.person)}** looks after it since {format_time(kept.acknowledged_at)}{note}"
        )
    if alert.silence is not None:
        st.markdown(
            f":material/notifications_off: **Silenced** by {escape_markdown(alert.silence.person)} until "
            f"{format_time(alert.silence.until)}: {escape_markdown(alert.silence.reason)}"
        )
    label = "Somebody else looks after it" if alert.acknowledgement is not None else "I look after it"
    left, right = st.columns(2)
    with left, st.expander(label, icon=":material/assignment_ind:"):
        _show_acknowledging(alert)
    with right, st.expander("Tell nobody for a day", icon=":material/notifications_off:"):
        _show_silencing(alert)


def _show_ended(over: EndedAlert, titles: Mapping[str, str]) -> None:
    about = "" if over.use_case is None else f" · {escape_markdown(titles.get(over.use_case, over.use_case))}"
    st.markdown(
        f":material/check: **{escape_markdown(over.title)}**{about} · {format_time(over.since)} to "
        f"{format_time(over.ended_at)}"
    )
    kept = over.acknowledgement
    found = escape_markdown(_in_words(over)) or "Found by Prometheus."
    by = "Nobody said that they look after it." if kept is None else f"{escape_markdown(kept.person)} looked after it"
    note = "" if kept is None else f": {escape_markdown(kept.note)}" if kept.note else "."
    st.caption(f"{found} {by}{note}")


def _in_words(found: AlertAnswer | EndedAlert) -> str:
    """Write what was found with the titles of columns, and with rules in words, as the other pages have them."""
    if found.use_case is None:
        return found.detail
    try:
        use_case = cached_use_case(found.use_case)
    except GatewayError:
        return found.detail
    words = with_titles(use_case, found.detail)
    if found.kind != "quality":
        return words
    return with_words(words, {name: title.lower() for name, title in RULES.items()})


def _show_acknowledging(alert: AlertAnswer) -> None:
    with st.form(f"acknowledge-{alert.alert}-{alert.since}", border=False):
        person = _person()
        note = st.text_input("What others should know (optional)", max_chars=500)
        if not st.form_submit_button("Say so", icon=":material/check:"):
            return

    def act() -> str:
        kept = gateway().acknowledge_alert(alert, person, note.strip())
        return f"**{escape_markdown(kept.person)} looks after it**, everybody sees."

    _say("Saying who looks after it", act, {"your name": person})


def _show_silencing(alert: AlertAnswer) -> None:
    """Show the form that silences an alert, or ends its silence."""
    is_silenced = alert.silence is not None
    st.caption(
        "People are told again from now on."
        if is_silenced
        else "It stays in this list. What is bad still is told when the day is over."
    )
    with st.form(f"silence-{alert.alert}-{is_silenced}", border=False):
        person = _person()
        reason = st.text_input("Why", max_chars=500)
        label = "Tell people again" if is_silenced else "Silence it for a day"
        if not st.form_submit_button(label, icon=":material/check:"):
            return

    def act() -> str:
        kept = gateway().silence_alert(alert, person, reason.strip(), hours=0 if is_silenced else 24)
        return "**People are told again.**" if is_silenced else f"**Silenced until {format_time(kept.until)}.**"

    _say("Silencing it", act, {"your name": person, "why": reason.strip()})


def _person() -> str:
    name: str = st.text_input("Your name", st.session_state.get(_PERSON, ""), max_chars=200)
    return name.strip()


def _say(doing: str, act: Callable[[], str], needed: Mapping[str, str]) -> None:
    """Send what was filled in, and show the page anew with what came of it."""
    missing = [name for name, value in needed.items() if not value]
    if missing:
        st.warning(f"Write {' and '.join(missing)} first.", icon=":material/edit:")
        return
    st.session_state[_PERSON] = needed["your name"]
    try:
        st.session_state["alert-said"] = act()
    except NotFoundError:
        st.session_state["alert-said"] = "It has ended meanwhile."
    except GatewayError as error:
        show_error(error, doing)
        return
    st.rerun()
