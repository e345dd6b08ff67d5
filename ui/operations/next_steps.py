"""From an alert to where something can be done about it: the file, the door and the machine behind it, and what comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from ui.gateway.answers import AlertAnswer
from ui.gateway.problems import GatewayError
from ui.parts.heading import cached_use_case
from ui.parts.links import link_to
from ui.parts.period import address_of
from ui.parts.texts import SOURCES, escape_label, escape_markdown

MOST_FILES = 3
MOST_DOORS = 2
MOST_KEYS = 3
MOST_COLUMNS = 5

_MODELS = ("models", "See its versions", ":material/deployed_code:")
BY_RULE = {
    "ManyBadRows": ("quality", "See what was refused, and repair it", ":material/build:"),
    "OneClassOnly": ("past", "See its predictions", ":material/history:"),
    "ChampionNotServed": _MODELS,
    "WorkerWithoutModel": _MODELS,
}
"""Where to go on from an alert of Prometheus, by its name."""

COUNTED = {"ManyBadRows": timedelta(minutes=15)}
"""The time before now of which an alert of Prometheus gives a figure, so that the page behind it shows the same one."""

_ELSEWHERE = ("monitoring", "See what arrived when", ":material/query_stats:")


def show_next_steps(alert: AlertAnswer) -> None:
    """Link from what was found to where something can be done about it."""
    if alert.use_case is None:
        return
    use_case = {"use_case": alert.use_case}
    if alert.features:
        st.caption(f"Columns that moved: {escape_markdown(', '.join(_titles(alert, alert.use_case)))}.")
    if alert.files:
        st.caption(f"Files behind it: {escape_markdown(', '.join(alert.files[:MOST_FILES]))}.")
    match alert.kind:
        case "drift":
            link_to(
                "monitoring",
                "See the drift, or accept it as normal",
                icon=":material/query_stats:",
                **use_case,
            )
            _link_to_causes(alert, alert.use_case)
            link_to("models", "Train a new version", icon=":material/model_training:", **use_case)
        case "quality":
            link_to("quality", "See what was refused, and repair it", icon=":material/build:", **use_case)
            for name, batch in _batches(alert):
                label = f"What was refused of {escape_label(name)}"
                link_to("quality", label, icon=":material/description:", batch=batch, **use_case)
        case "freshness":
            link_to("monitoring", "See what arrived when", icon=":material/query_stats:", **use_case)
        case _:
            page, label, icon = BY_RULE.get(alert.title, _ELSEWHERE)
            now, counted = datetime.now(UTC), COUNTED.get(alert.title)
            period = {} if counted is None else address_of(now - counted, now)
            link_to(page, label, icon=icon, **period, **use_case)


def _link_to_causes(alert: AlertAnswer, use_case: str) -> None:
    """Link to the rows of the files, the doors and the machines that moved the columns."""
    for name, batch in _batches(alert):
        label = f"Its rows in {escape_label(name)}"
        link_to("past", label, icon=":material/description:", batch=batch, use_case=use_case)
    for door in alert.doors[:MOST_DOORS]:
        shown = SOURCES.get(door, door)
        # The address has what the boxes of that page show.
        label = f"Its rows, by how they came: {shown}"
        link_to("past", label, icon=":material/history:", source=shown, period="24 hours", use_case=use_case)
    for key in _keys(alert, use_case):
        label = f"The history of {escape_label(key)}"
        link_to("past", label, icon=":material/precision_manufacturing:", key=key, use_case=use_case)


def _titles(alert: AlertAnswer, use_case: str) -> list[str]:
    """Return the titles of the columns that moved, as the other pages call them."""
    try:
        titles = {feature.name: feature.title for feature in cached_use_case(use_case).features}
    except GatewayError:
        titles = {}
    return [titles.get(name, name.replace("_", " ")) for name in alert.features[:MOST_COLUMNS]]


def _batches(alert: AlertAnswer) -> list[tuple[str, str]]:
    named = [(name, alert.batch_ids.get(name)) for name in alert.files[:MOST_FILES]]
    return [(name, str(batch)) for name, batch in named if batch is not None]


def _keys(alert: AlertAnswer, use_case: str) -> list[str]:
    """Return the keys that moved, where past predictions can be looked through by them."""
    if not alert.keys:
        return []
    try:
        of_rows = cached_use_case(use_case).key
    except GatewayError:
        return []
    return [one.key for one in alert.keys if one.columns == [of_rows]][:MOST_KEYS]
