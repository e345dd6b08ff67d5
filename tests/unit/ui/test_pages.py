"""Every page before a gateway that answers in all ways: people see words, never a traceback."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import BATCH, BATCH_ID, ID, REASON, StandInGateway, problem, stored

PREDICTED = {
    "request_id": ID, "use_case": "machines", "model_version": 3,
    "predictions": [{"id": ID, "prediction": "failure", "score": 0.91,
                     "features": {"quality": "M", "speed": 1480, "torque": 41.5, "humid": None}}],
}  # fmt: skip


def texts(page: AppTest) -> str:
    """All that stands on the page in words."""
    kinds = (page.markdown, page.error, page.info, page.warning, page.success, page.caption, page.title, page.header)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def press(page: AppTest, label: str) -> AppTest:
    [button] = [button for button in page.button if button.label == label]
    return button.click().run()


def test_the_form_is_made_of_the_schema_and_filled_with_the_example(page: AppTest) -> None:
    page.run()
    assert not page.exception
    _, speed, torque = page.text_input
    assert (speed.label, speed.value) == ("Speed [rpm]", "1480")
    assert speed.help == r"Of the spindle. From 500 to 5000 rpm."
    assert torque.value == "41.5"
    assert [radio.value for radio in page.radio if radio.label == "Quality"] == ["M"]
    assert r"Costs \[\$\] \*much\*." in texts(page)
    assert r"**Speed \[rpm\] \* Torque \[Nm\] \< 100000**" in texts(page)


def test_a_row_is_predicted_as_it_was_filled_in(page: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /predict"] = (200, PREDICTED)
    page.run()
    machine, speed, torque = page.text_input
    machine.set_value("mill-7")
    speed.set_value("2000")
    torque.set_value("62,5")
    press(page, "Predict")
    assert not page.exception
    assert [(metric.label, metric.value) for metric in page.metric] == [
        ("Prediction", "failure"), ("Probability of failure", "91.0%"),
    ]  # fmt: skip
    [asked] = gateway.requests("POST /predict")
    assert asked.json == [{"machine_id": "mill-7", "quality": "M", "speed": 2000, "torque": 62.5, "humid": None}]
    assert "Model version 3" in texts(page)


def test_a_refused_row_says_what_to_change(page: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /predict"] = problem(422, "invalid-rows", errors=[{"row": 1, "pointer": "/0", **REASON}])
    page.run()
    press(page, "Predict")
    assert "nothing was predicted" in texts(page)
    assert "is no whole number" in texts(page)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (problem(401, "unauthorized"), "The page has no valid API key"),
        (problem(503, "no-model", "Train one."), "No model answers yet"),
        (problem(503, "overloaded", "Too many."), "The pipeline is not ready"),
        (problem(504, "deadline-passed"), "did not answer in time"),
        (problem(500, "internal-error"), "The gateway failed"),
        ((200, "no JSON"), "could not be read"),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    page: AppTest, gateway: StandInGateway, answer: tuple[int, object], said: str
) -> None:
    gateway.answers["POST /predict"] = answer
    page.run()
    press(page, "Predict")
    assert not page.exception
    assert said in texts(page)


def test_without_a_gateway_the_page_says_so_and_offers_another_try(page: AppTest, gateway: StandInGateway) -> None:
    gateway.stop()
    page.run()
    assert not page.exception
    assert "The gateway cannot be reached" in texts(page)
    assert [button.label for button in page.button] == ["Try again"]


def test_an_unknown_batch_in_the_address_is_no_accident(page: AppTest, gateway: StandInGateway) -> None:
    page.query_params["batch"] = "../../use-cases"
    page.run()
    assert not page.exception
    assert "Not found" in texts(page)
    assert all(asked.path.startswith("/use-cases") for asked in gateway.asked)


def test_a_batch_is_shown_again_after_a_reload(page: AppTest, gateway: StandInGateway) -> None:
    gateway.answers[f"GET /batches/{BATCH_ID}"] = (200, BATCH)
    gateway.answers[f"GET /batches/{BATCH_ID}/predictions"] = (
        200, {"use_case": "machines", "predictions": [stored(number) for number in range(1, 5)], "next_cursor": None},
    )  # fmt: skip
    gateway.answers[f"GET /batches/{BATCH_ID}/quarantine"] = (
        200, {"batch_id": BATCH_ID, "use_case": "machines",
              "rows": [{"row_number": 5, "raw": "{}", "reasons": [REASON], "created_at": "2026-05-04T12:00:00Z"}],
              "next_cursor": None},
    )  # fmt: skip
    page.query_params["batch"] = BATCH_ID
    page.run()
    assert not page.exception
    assert {metric.label: metric.value for metric in page.metric}["Predicted"] == "4"
    refused, predictions = (frame.value for frame in page.dataframe)
    assert list(refused["Rule"]) == ["Wrong kind of value"]
    assert list(predictions["row"]) == [1, 2, 3, 4]


def test_filters_counts_and_order_of_a_batch_are_those_of_all_its_rows(page: AppTest, gateway: StandInGateway) -> None:
    rows = BATCH["rows"] | {"rows_in": 5_000, "predicted": 5_000, "quarantined": 0}
    gateway.answers |= {
        f"GET /batches/{BATCH_ID}": (200, BATCH | {"rows": rows}),
        f"GET /batches/{BATCH_ID}/predictions": (
            200, {"use_case": "machines", "predictions": [stored(1), stored(7)], "next_cursor": "more"},
        ),
        f"GET /batches/{BATCH_ID}/predictions/summary": (
            200, {"batch_id": BATCH_ID, "use_case": "machines", "rows": 166, "by_class": {"failure": 166}},
        ),
        "GET /models": (200, {"models": [{"use_case": "machines", "versions": [{"version": 4, "workers": ["w"]}]}]}),
    }  # fmt: skip
    page.query_params["batch"] = BATCH_ID
    page.run()
    page.multiselect[0].set_value(["failure"]).run()
    page.slider[0].set_value((20, 100)).run()
    page = page.selectbox(f"batch-{BATCH_ID}-order").set_value("highest").run()
    assert "2 rows of 166, which fit of 5,000" in texts(page)
    assert "Predicted by version 3" in texts(page)
    wanted = {"prediction": "failure", "least": "0.2"}
    assert gateway.requests(f"GET /batches/{BATCH_ID}/predictions/summary")[-1].parameters == wanted
    asked = gateway.requests(f"GET /batches/{BATCH_ID}/predictions")[-1].parameters
    assert asked == wanted | {"order": "highest", "limit": "200"}


def test_a_moving_batch_shows_its_progress(page: AppTest, gateway: StandInGateway) -> None:
    rows = {"rows_in": 100, "predicted": 40, "observed": 0, "quarantined": 2, "dead_lettered": 0, "pending": 58}
    gateway.answers[f"GET /batches/{BATCH_ID}"] = (
        200,
        BATCH | {"done": False, "rows": rows, "seconds_to_commit": None},
    )
    page.query_params["batch"] = BATCH_ID
    page.run()
    assert not page.exception
    assert "You may close this page" in texts(page)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"state": "no_model"}, "no model is served, so nothing is predicted"),
        ({"state": "no_worker", "champion": 3}, "no worker runs, so nothing is predicted"),
    ],
)
def test_what_cannot_be_predicted_is_told_before_anything_is_filled_in(
    page: AppTest, gateway: StandInGateway, model: dict[str, Any], said: str
) -> None:
    gateway.answers["GET /models"] = (200, {"models": [{"use_case": "machines", "versions": [], **model}]})
    page.run()
    assert not page.exception
    assert said in texts(page)
    gateway.answers["GET /models"] = (
        200,
        {"models": [{"use_case": "machines", "versions": [{"version": 3, "workers": ["w"]}]}]},
    )
    page.run()
    assert said not in texts(page)


def test_a_refusal_for_want_of_a_model_names_no_command_of_a_shell(page: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /predict"] = problem(503, "no-model", "train one: smartpredict train machines")
    page.run()
    press(page, "Predict")
    assert "**No model answers yet.** Train one on the page Models" in texts(page)
    assert "smartpredict train" not in texts(page)
