"""What goes along from page to page: the period, told where it leaves less there, and the key of an administrator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import StandInGateway
from tests.unit.ui.test_other_pages import Open, open_page, words
from ui.parts.period import address_of

__all__ = ["open_page"]


def go(page: AppTest, name: str) -> str:
    """Go to a page as a browser does, which then sends no values of fields; AppTest itself only switches between files."""
    page._page_hash = calc_hash(name)
    page._run(WidgetStates())
    assert not page.exception
    return words(page)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("1h", "This shows only the last hour"),
        ("24h", "This shows only the last 24 hours"),
        ("30d", None),
        ("all", None),
    ],
)
def test_a_period_that_was_chosen_on_another_page_is_told_where_it_leaves_less(
    open_page: Open, chosen: str, said: str | None
) -> None:
    page = open_page("ui.predictions.page")
    page.radio(key="period").set_value(chosen).run()
    assert "as you chose on" not in words(page), "whoever chose it here knows"
    page.session_state["period-chosen"] = (chosen, "Monitoring")
    page.run()
    assert ("as you chose on *Monitoring*" in words(page)) == (said is not None)
    assert said is None or said in words(page)
    page.radio(key="period").set_value("7d").run()
    assert page.session_state["period-chosen"] == ("7d", "Past predictions")
    page.radio(key="period").set_value(chosen).run()
    assert "as you chose on" not in words(page)


@pytest.mark.usefixtures("open_page")
def test_an_alert_leads_to_the_minutes_of_its_figure(page: AppTest, gateway: StandInGateway) -> None:
    """ManyBadRows gives the share of a quarter of an hour; the page behind it showed that of seven days."""
    now = datetime(2026, 5, 4, 10, 7, 30, tzinfo=UTC)
    for name, text in address_of(now - timedelta(minutes=15), now).items():
        page.query_params[name] = text
    go(page, "data-quality")
    asked = gateway.requests("GET /quarantine/summary")[-1].parameters
    assert (asked["start"], asked["end"]) == ("2026-05-04T09:52:00+00:00", "2026-05-04T10:08:00+00:00")


@pytest.mark.usefixtures("open_page")
def test_the_last_hour_of_monitoring_is_told_on_past_predictions(page: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /monitoring/drift"] = (200, examples.ANSWERS["drift"])

    go(page, "monitoring")
    page.radio(key="period").set_value("1h").run()
    assert "as you chose on *Monitoring*" not in words(page)
    said = go(page, "past-predictions")
    assert "**This shows only the last hour**, as you chose on *Monitoring*" in said
    assert page.radio(key="period").value == "1h"
    assert "as you chose on" not in go(page, "monitoring")


@pytest.mark.usefixtures("open_page")
def test_the_key_of_an_administrator_is_kept_over_pages_without_its_field(page: AppTest) -> None:
    go(page, "predict")
    go(page, "new-use-case")
    page.text_input(key="admin-key").set_value("one").run()
    go(page, "predict")
    go(page, "operations")
    go(page, "new-use-case")
    assert page.text_input(key="admin-key").value == "one"
    page.text_input(key="admin-key").set_value("").run()
    go(page, "operations")
    go(page, "new-use-case")
    assert page.text_input(key="admin-key").value == "", "whoever empties it has it forgotten"
