"""Handing in a file: checked first, bad rows shown, good rows predicted, large files handed on."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from tests.support.usecases.toy_format import add_toy_format, toy_file
from tests.unit.ui.checked_files import checked
from tests.unit.ui.stand_in_gateway import BATCH, BATCH_ID, ID, REASON, USE_CASE, StandInGateway, problem, stored
from ui.parts.heading import cached_use_case
from ui.predict.file_form import MAX_ROWS

HEADER = "machine_id,quality,speed,torque,humid\n"
GOOD = HEADER + "a,M,1480,41.5,\nb,M,1490,41.5,\nc,M,1500,41.5,\n"
THREE = HEADER + "a,M,1480,41.5,\nb,M,fast,41.5,\nc,M,1500,41.5,\n"
ALL_PREDICTED = {"rows_in": 3, "predicted": 3, "observed": 0, "quarantined": 0, "dead_lettered": 0, "pending": 0}
AT_HOME = USE_CASE | {
    "key_source_name": "Maschine",
    "features": [
        feature | ({"source_name": "Drehzahl (1/min)"} if feature["name"] == "speed" else {})
        for feature in USE_CASE["features"]
    ],
}


def predicted(count: int) -> dict[str, Any]:
    entry = {"id": ID, "prediction": "ok", "score": 0.1, "key": "k", "features": {"speed": 1480}}
    return {"request_id": ID, "use_case": "machines", "model_version": 3, "predictions": [entry] * count}


def press(page: AppTest, label: str) -> AppTest:
    [button] = [button for button in page.button if button.label == label]
    page = button.click().run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    kinds: tuple[Any, ...] = (page.markdown, page.error, page.info, page.warning, page.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def test_bad_rows_are_shown_before_anything_is_predicted(hand_in: Any, gateway: StandInGateway) -> None:
    page = hand_in(THREE)
    assert "1 row of 3 is not valid" in words(page)
    assert page.dataframe[1].value.iloc[0].to_dict() == {
        "Row": 2, "In the file": "line 3", "Column": "Speed [rpm]", "Rule": "Wrong kind of value", "Value": "fast",
        "What is wrong": "Speed [rpm]: 'fast' is no whole number, or too large a one (past 64 bits)",
    }  # fmt: skip
    assert gateway.requests("POST /predict") == []
    gateway.answers["POST /predict"] = (200, predicted(2))
    page = press(page, "Predict the 2 good rows")
    assert [row["machine_id"] for row in gateway.requests("POST /predict")[0].json] == ["a", "c"]
    assert list(page.dataframe[1].value["row"]) == [1, 3]
    assert "2 rows predicted and stored" in words(page)
    assert "1 row was left out, and nothing keeps it" in words(page)
    assert page.dataframe[-1].value["Row"].tolist() == [2]


def test_a_file_with_bad_rows_is_handed_in_whole_where_they_are_to_be_kept(
    hand_in: Any, gateway: StandInGateway
) -> None:
    page = hand_in(THREE)
    gateway.answers |= {
        "POST /batches": (202, {"batch_id": BATCH_ID, "name": "rows.csv", "size": len(THREE)}),
        f"GET /batches/{BATCH_ID}": (200, BATCH | {"done": False, "seconds_to_commit": None}),
    }
    page = press(page, "Hand in the whole file")
    [handed] = gateway.requests("POST /batches")
    assert handed.body.decode() == THREE
    assert BATCH_ID in str(page.query_params["batch"])
    assert gateway.requests("POST /predict") == []


def test_a_file_of_mostly_bad_rows_is_told_to_be_refused_before_it_is_handed_in(hand_in: Any) -> None:
    kept = "its bad rows are then kept under Data quality"
    told = words(hand_in(HEADER + "a,M,1480,41.5,\nb,M,fast,41.5,\n"))
    assert kept in told, "half of the rows are not more than half"
    page = hand_in(HEADER + "a,M,1480,41.5,\nb,M,fast,41.5,\nc,M,slow,41.5,\n")
    told = words(page)
    assert "2 rows of 3 are not valid" in told
    assert "Handed in whole it is refused, and none of its rows is predicted: more than 50% of them are bad" in told
    assert "go on with the good rows alone" in told
    assert kept not in told
    [whole] = [one for one in page.button if one.label == "Hand in the whole file"]
    assert whole.help.startswith("It is refused, for more than 50% of its rows are bad")
    told = words(hand_in(HEADER + "a,M,fast,41.5,\n"))
    assert "is refused, and none of its rows is predicted" in told
    assert "good rows alone" not in told, "there are none"


def test_the_question_is_gone_as_soon_as_a_file_is_followed(hand_in: Any, gateway: StandInGateway) -> None:
    """What stood at a place of the page is shown on until something else stands there, or all of the page is."""
    page = hand_in(THREE)
    [place] = [number for number, part in page.main.children.items() if isinstance(part, Block) and part.get("error")]
    gateway.answers |= {
        "POST /batches": (202, {"batch_id": BATCH_ID, "name": "rows.csv", "size": len(THREE)}),
        f"GET /batches/{BATCH_ID}": (200, BATCH | {"rows": {**BATCH["rows"], "predicted": 0}}),
        f"GET /batches/{BATCH_ID}/quarantine": (200, {"rows": [], "next_cursor": None}),
    }
    page = press(page, "Hand in the whole file")
    assert page.main.children[place].type == "empty"
    assert "is not valid" not in words(page)
    assert not [button for button in page.button if "good row" in button.label]
    assert any("kept under Data quality" in caption.value for caption in page.caption)


def test_rows_that_are_refused_only_when_they_are_predicted_are_left_out(hand_in: Any, gateway: StandInGateway) -> None:
    page = hand_in(THREE)
    gateway.answers["POST /predict"] = problem(
        422, "invalid-rows", errors=[{"row": 2, "pointer": "/1", **REASON}], errors_total=1
    )
    page = press(page, "Predict the 2 good rows")
    assert "2 rows of 3 are not valid" in words(page)
    gateway.answers["POST /predict"] = (200, predicted(1))
    page = press(page, "Predict the 1 good row")
    assert len(page.dataframe[1].value) == 1


def test_a_small_file_of_valid_rows_is_a_file_afterwards_and_its_rows_are_shown_at_once(
    hand_in: Any, gateway: StandInGateway
) -> None:
    done = iter([False, False])
    page = hand_in(GOOD)
    predictions = {"predictions": [stored(number) for number in (1, 2, 3)], "next_cursor": None}
    counted = {"batch_id": BATCH_ID, "use_case": "machines", "rows": 3, "by_class": {"ok": 3, "failure": 0}}
    gateway.answers |= {
        "POST /batches": (202, {"batch_id": BATCH_ID, "name": "rows.csv", "size": len(GOOD)}),
        f"GET /batches/{BATCH_ID}": lambda _: (200, BATCH | {"done": next(done, True), "rows": ALL_PREDICTED}),
        f"GET /batches/{BATCH_ID}/predictions": (200, predictions),
        f"GET /batches/{BATCH_ID}/predictions/summary": (200, counted),
    }
    page = press(page, "Predict 3 rows")
    [handed] = gateway.requests("POST /batches")
    assert handed.body.decode() == GOOD
    assert gateway.requests("POST /predict") == []
    assert BATCH_ID in str(page.query_params["batch"])
    assert "3 rows predicted and stored" in words(page)
    assert "You may close this page" not in "\n".join(caption.value for caption in page.caption), (
        "no progress of a moment"
    )


def test_rows_of_a_file_that_would_wait_for_its_schedule_are_predicted_at_once(
    hand_in: Any, gateway: StandInGateway
) -> None:
    gateway.answers["GET /use-cases/machines"] = (200, USE_CASE | {"mode": "scheduled"})
    cached_use_case.clear()
    page = hand_in(GOOD)
    gateway.answers["POST /predict"] = (200, predicted(3))
    assert "3 rows predicted and stored" in words(press(page, "Predict 3 rows"))
    assert gateway.requests("POST /batches") == []


def test_a_gateway_that_checks_no_files_takes_them_as_batches(hand_in: Any, gateway: StandInGateway) -> None:
    del gateway.answers["POST /check"]
    assert "goes as a batch" in words(hand_in(THREE))


def test_a_file_with_the_header_it_has_at_home_is_read(hand_in: Any, gateway: StandInGateway) -> None:
    gateway.answers["POST /check"] = lambda asked: (200, checked(AT_HOME, asked.parameters["name"], asked.body))
    page = hand_in("Maschine;quality;Drehzahl (1/min);torque\na;M;1480;41.5\nb;M;fast;41.5\n")
    gateway.answers["POST /predict"] = (200, predicted(1))
    press(page, "Predict the 1 good row")
    assert gateway.requests("POST /predict")[0].json == [
        {"machine_id": "a", "quality": "M", "speed": 1480, "torque": 41.5, "humid": None}
    ]


def test_a_format_that_was_added_is_read(
    hand_in: Any, gateway: StandInGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_toy_format(monkeypatch)
    rows = [{"machine_id": "a", "quality": "M", "speed": speed, "torque": 41.5} for speed in (1480, "fast")]
    page = hand_in(toy_file(rows).decode(), "rows.toy")
    assert "1 row of 2 is not valid" in words(page)
    gateway.answers["POST /predict"] = (200, predicted(1))
    press(page, "Predict the 1 good row")
    assert [row["speed"] for row in gateway.requests("POST /predict")[0].json] == [1480]


def test_a_failure_while_predicting_is_told_and_the_file_stays(hand_in: Any, gateway: StandInGateway) -> None:
    page = hand_in(THREE)
    gateway.answers["POST /predict"] = problem(503, "no-model", "Train one.")
    page = press(page, "Predict the 2 good rows")
    assert any("No model answers yet" in warning.value for warning in page.warning)
    gateway.answers["POST /predict"] = (200, predicted(2))
    page = press(page, "Predict the 2 good rows")
    assert "2 rows predicted" in words(page)
    page = hand_in(GOOD, "others.csv")
    gateway.answers["POST /batches"] = problem(409, "name-taken", "others.csv is waiting to be read.")
    page = press(page, "Predict 3 rows")
    assert any("is waiting to be read" in str(shown.value) for shown in (*page.warning, *page.error))
    assert any(button.label == "Predict 3 rows" for button in page.button)


def test_a_file_of_many_rows_is_handed_on_and_followed(hand_in: Any, gateway: StandInGateway) -> None:
    gateway.answers["POST /batches"] = (202, {"batch_id": BATCH_ID, "name": "rows.csv", "size": 1})
    moving = BATCH | {"done": False, "seconds_to_commit": None}
    gateway.answers[f"GET /batches/{BATCH_ID}"] = (200, moving)
    content = HEADER + "a,M,1480,41.5,\n" * (MAX_ROWS + 1)
    page = hand_in(content)
    assert "goes as a batch" in words(page)
    page = press(page, "Check and predict the file")
    [asked] = gateway.requests("POST /batches")
    assert asked.body == content.encode()
    assert BATCH_ID in str(page.query_params["batch"])
    assert "plant" in words(page)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", r"missing column 'quality', 'Speed \[rpm\] \(speed\)', 'Torque \[Nm\] \(torque\)'"),
        (HEADER, "no rows"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(hand_in: Any, content: str, said: str) -> None:
    assert said in words(hand_in(content))


def test_the_format_is_described_and_a_template_offered(page: AppTest) -> None:
    page.query_params["way"] = "A file"
    page.run()
    described = page.dataframe[0].value.set_index("Column")
    assert list(described.index) == ["machine_id", "quality", "speed", "torque", "humid"]
    assert described.loc["speed", "Allowed"] == "From 500 to 5000 rpm."
    assert [getattr(button, "label", None) for button in page.get("download_button")] == ["Download a template"]


def test_a_file_of_a_forecast_holds_observations_which_are_stored(gateway: StandInGateway, page: AppTest) -> None:
    column = {"type": "float", "title": "", "nullable": True}
    observation = [{"name": "hour", **column, "type": "timestamp"}, {"name": "level", **column, "title": "Level"}]
    gateway.answers["GET /use-cases/machines"] = (200, USE_CASE | {"task": "forecast", "observation": observation})
    gateway.answers["POST /batches"] = (202, {"batch_id": BATCH_ID, "name": "rows.csv", "size": 1})
    done = {"rows_in": 5, "predicted": 0, "observed": 4, "quarantined": 1, "dead_lettered": 0, "pending": 0}
    gateway.answers[f"GET /batches/{BATCH_ID}"] = (200, BATCH | {"rows": done})
    bad = {"row_number": 2, "raw": "{}", "reasons": [REASON], "created_at": "2026-05-04T12:00:00Z"}
    gateway.answers[f"GET /batches/{BATCH_ID}/quarantine"] = (
        200,
        {"batch_id": BATCH_ID, "use_case": "machines", "rows": [bad]},
    )
    page.query_params["way"] = "A file"
    page.run()
    assert "hour" in page.dataframe[0].value["Column"].tolist()
    assert "A correction is a further row" in words(page)
    page.file_uploader[0].set_value(("rows.csv", b"hour,level\n2026-01-01,1\n", "text/csv")).run()
    shown = press(page, "Check and store the file")
    assert gateway.requests("POST /predict") == []
    assert {metric.label: metric.value for metric in shown.metric}["Stored"] == "4"
    assert "4 observations stored" in words(shown)
