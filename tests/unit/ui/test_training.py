"""Training on the Models page: ordered with the key of a person, followed, cancelled, and what came out of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import KEY, Asked, StandInGateway, problem
from tests.unit.ui.test_models_page import VERSIONS, button, words

TRAINED: dict[str, Any] = examples.ANSWERS["trained"]
RUNNING: dict[str, Any] = examples.ANSWERS["training"]
FOLLOWED = f"/trainings/{RUNNING['training_id']}"


def listed(*trainings: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"trainings": list(trainings), "next_cursor": None}


@pytest.fixture
def models(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers |= {
        "GET /models/machines/versions": (200, VERSIONS),
        "GET /models/machines/promotions": (200, examples.ANSWERS["champion-history"]),
        "GET /models/machines/shadow": (200, examples.ANSWERS["shadow"]),
        "GET /trainings": listed(),
        "POST /trainings": (202, RUNNING),
        f"GET {FOLLOWED}": (200, RUNNING),
    }
    script = (
        "from ui.frame.models_page import show\nfrom ui.parts.errors import with_error_page\nwith_error_page(show)()"
    )
    return AppTest.from_string(script, default_timeout=page.default_timeout)


def with_key(page: AppTest) -> AppTest:
    return page.run().text_input(key="admin-key").set_value(KEY).run()


def test_a_training_takes_the_key_of_a_person(models: AppTest, gateway: StandInGateway) -> None:
    assert button(models.run(), "Train").disabled
    page = with_key(models)
    page.radio(key="learn-from-machines").set_value("labels")
    page.number_input(key="trials-machines").set_value(20)
    page = button(page, "Train").click().run()
    assert not page.exception
    [asked] = gateway.requests("POST /trainings")
    assert asked.parameters == {"use_case": "machines", "learn_from": "labels", "trials": "20"}


@pytest.mark.parametrize(
    ("state", "said"), [({"state": "waiting"}, "**Waiting** for a trainer"), ({"step": "fitting"}, "**Fitting**")]
)
def test_what_a_first_training_does_is_told_in_words_and_no_other_is_asked_for(
    models: AppTest, gateway: StandInGateway, state: dict[str, Any], said: str
) -> None:
    gateway.answers["GET /models/machines/versions"] = (200, VERSIONS | {"versions": []})
    assert "**No version yet.** Train one here" in words(models.run())
    gateway.answers["GET /trainings"] = listed(RUNNING | state)
    gateway.answers[f"GET {FOLLOWED}"] = (200, RUNNING | state)
    page = models.run()
    assert not page.exception
    assert said in words(page)
    assert "One is being trained" in words(page)
    assert "Train one here" not in words(page)


def test_a_file_goes_along(models: AppTest, gateway: StandInGateway) -> None:
    page = with_key(models)
    page = page.radio(key="learn-from-machines").set_value("file").run()
    assert button(page, "Train").disabled
    page = page.file_uploader[0].set_value(("new.csv", b"speed,failed\n1,ok\n", "text/csv")).run()
    page = button(page, "Train").click().run()
    assert not page.exception
    [asked] = gateway.requests("POST /trainings")
    assert (asked.parameters["name"], asked.body) == ("new.csv", b"speed,failed\n1,ok\n")


def test_what_runs_is_followed_by_whoever_comes_and_cancelled(models: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /trainings"] = listed(RUNNING)
    page = models.run()
    assert not page.exception
    assert button(page, "Cancel the training").disabled
    assert "the training goes on" in words(page)
    assert "Train" not in [one.label for one in page.button]

    def cancel(_: Asked) -> tuple[int, Any]:
        cancelled = RUNNING | {"state": "cancelled", "problem": "Cancelled by alice."}
        gateway.answers["GET /trainings"] = listed(cancelled)
        return 200, cancelled

    gateway.answers[f"POST {FOLLOWED}/cancel"] = cancel
    page = with_key(models)
    page = button(page, "Cancel the training").click().run()
    assert len(gateway.requests(f"POST {FOLLOWED}/cancel")) == 1
    assert "Cancelled by alice" in words(page)


def test_one_that_could_not_be_cancelled_says_so_while_it_runs(models: AppTest, gateway: StandInGateway) -> None:
    gateway.answers |= {"GET /trainings": listed(RUNNING), f"POST {FOLLOWED}/cancel": problem(503, "database-away")}
    page = button(with_key(models), "Cancel the training").click().run()
    assert "Cancelling the training" in words(page)
    assert "Cancelling the training" in words(page.run()), "the next look wipes nothing off"


@pytest.mark.parametrize(("ordered_at", "said"), [("2026-01-01T00:00:00Z", True), (None, False)])
def test_one_that_nobody_takes_up_says_what_to_look_at(
    models: AppTest, gateway: StandInGateway, ordered_at: str | None, *, said: bool
) -> None:
    just_now = datetime.now(UTC) + timedelta(minutes=5)  # the page itself may take long where the machine is busy
    waiting = RUNNING | {"state": "waiting", "ordered_at": ordered_at or just_now.isoformat()}
    gateway.answers |= {"GET /trainings": listed(waiting), f"GET {FOLLOWED}": (200, waiting)}
    assert ("smartpredict status" in words(models.run())) is said


def test_what_came_out_stands_beside_what_is_served(models: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /trainings"] = listed(TRAINED)
    page = models.run()
    assert not page.exception
    assert "Version 5 is trained" in words(page)
    table = next(table.value for table in page.dataframe if "Metric" in table.value)
    assert table.columns.tolist() == ["Metric", "Version 5", "Version 4, served", "Better is"]
    assert table.iloc[0].tolist() == ["ROC AUC", "0.9711", "0.9612", "higher: Version 5"]


def test_a_version_that_was_trained_leads_to_its_own_report(models: AppTest, gateway: StandInGateway) -> None:
    known = [
        VERSIONS["versions"][0] | {"version": number, "aliases": aliases}
        for number, aliases in ((5, []), (4, ["champion"]))
    ]
    report = examples.ANSWERS["model-report"] | {"use_case": "machines", "threshold": None}
    gateway.answers |= {
        "GET /models/machines/versions": (200, VERSIONS | {"versions": known}),
        "GET /models/machines/versions/4/report": (200, report | {"version": 4}),
        "GET /models/machines/versions/5/report": (200, report | {"version": 5}),
        "GET /trainings": listed(TRAINED),
    }
    page = models.run()
    assert page.selectbox(key="report-version-machines").value == 4
    page = button(page, "Show its report below").click().run()
    assert not page.exception
    assert page.selectbox(key="report-version-machines").value == 5
    assert "Version 5** learned from" in words(page)
    [link] = [link.proto for link in page.get("link_button") if link.proto.label == "Open its report in MLflow"]
    assert link.url == TRAINED["result"]["report_url"]


def test_a_failure_says_why_and_a_refusal_too(models: AppTest, gateway: StandInGateway) -> None:
    failed = RUNNING | {"state": "failed", "problem": "12 good rows are too few to learn from."}
    gateway.answers |= {
        "GET /trainings": listed(failed),
        "POST /trainings": problem(403, "forbidden", "no"),
    }
    page = with_key(models)
    assert "12 good rows are too few" in words(page)
    page = button(page, "Train").click().run()
    assert "may not train models" in words(page)
