"""The pages that look back, before a gateway with everything and before one with only what every gateway has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import BATCH, BATCH_ID, ID, REASON, USE_CASE, StandInGateway, problem, stored

PAST = {"use_case": "machines", "predictions": [stored(1), stored(2)], "next_cursor": "more"}
SUMMARY = {
    "use_case": "machines", "start": "2026-05-04T00:00:00Z", "end": "2026-05-05T00:00:00Z", "bucket_seconds": 3600,
    "rows": 5_000_000, "by_class": {"ok": 4_900_000, "failure": 100_000}, "by_source": {"file": 5_000_000},
    "buckets": [{"start": "2026-05-04T12:00:00Z", "rows": 5_000_000, "by_class": {"ok": 4_900_000, "failure": 100_000}}],
}  # fmt: skip
QUALITY = {
    "rows_in": 1000, "predicted": 990, "quarantined": 10, "replayed": 2,
    "by_rule": [{"column": "speed", "rule": "type", "rows": 9, "example": "fast", "message": "no whole number"},
                {"column": None, "rule": "power", "rows": 1, "example": None, "message": "breaks it"}],
    "by_time": [{"start": "2026-05-04T12:00:00Z", "rows_in": 500, "quarantined": 10},
                {"start": "2026-05-04T13:00:00Z", "rows_in": 500, "quarantined": 0}],
}  # fmt: skip
BAD_ROWS = {
    "batch_id": BATCH_ID, "use_case": "machines", "next_cursor": None,
    "rows": [
        {"row_number": 5, "raw": '{"quality": "M", "speed": "fast", "torque": 41.5}', "reasons": [REASON],
         "created_at": "2026-05-04T12:00:00Z", "replayed_as": None, "replayed_at": None},
        {"row_number": 6, "raw": "broken, line", "reasons": [{"column": None, "rule": "not_a_row", "message": "none"}],
         "created_at": "2026-05-04T12:00:00Z", "replayed_as": None, "replayed_at": None},
        {"row_number": 7, "raw": "{}", "reasons": [REASON], "created_at": "2026-05-04T12:00:00Z",
         "replayed_as": ID, "replayed_at": "2026-05-04T13:00:00Z"},
    ],
}  # fmt: skip
LETTER = {
    "letter_id": ID, "queue": "predict.bulk", "use_case": "machines", "batch_id": BATCH_ID, "rows": 10,
    "cause": "no model *yet*", "died_at": "2026-05-04T12:00:00Z", "size": 2048,
}  # fmt: skip
HOLD = {
    "number": 3, "account": "press", "use_case": "machines", "cause": "set an id", "opened_at": "2026-05-04T12:00:00Z",
    "messages": 4120, "left": 4120, "bytes": 901280,
}  # fmt: skip

Open = Callable[[str], AppTest]


@pytest.fixture
def open_page(page: AppTest, gateway: StandInGateway) -> Open:
    """Show a page by the name of its module; AppTest itself only switches between files."""
    gateway.answers |= {
        "GET /past-predictions": (200, PAST),
        "GET /batches": (200, {"batches": [BATCH], "next_cursor": None}),
        f"GET /batches/{BATCH_ID}": (200, BATCH),
        f"GET /batches/{BATCH_ID}/quarantine": (200, BAD_ROWS),
        "GET /models": (
            200,
            {"models": [{"use_case": "machines", "versions": [{"version": 3, "workers": ["a", "b"]}]}]},
        ),
        "GET /health/ready": (
            200,
            {"status": "ready", "checks": [{"name": "database", "ok": True, "detail": "answers"}]},
        ),
    }

    def show(name: str) -> AppTest:
        script = f"from {name} import show\nfrom ui.parts.errors import with_error_page\nwith_error_page(show)()"
        shown = AppTest.from_string(script, default_timeout=page.default_timeout).run()
        assert not shown.exception
        return shown

    return show


def words(page: AppTest) -> str:
    kinds: tuple[Any, ...] = (page.markdown, page.error, page.info, page.warning, page.success, page.caption)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def figures(page: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in page.metric}


def press(page: AppTest, label: str) -> AppTest:
    [button] = [button for button in page.button if button.label == label]
    page = button.click().run()
    assert not page.exception
    return page


def test_past_predictions_are_counted_and_paged(open_page: Open, gateway: StandInGateway) -> None:
    gateway.answers["GET /past-predictions/summary"] = (200, SUMMARY)
    page = open_page("ui.predictions.page")
    assert figures(page) == {"Predictions": "5,000,000", "ok": "4,900,000", "failure": "100,000"}
    assert list(page.dataframe[0].value["row"]) == [1, 2]
    page = press(page, "Next page")
    assert "Page 2" in words(page)
    assert gateway.requests("GET /past-predictions")[-1].parameters["cursor"] == "more"
    assert "cursor" not in gateway.requests("GET /past-predictions")[0].parameters
    page.selectbox(key="source").set_value("file").run()
    assert "Page 1" in words(page)
    assert gateway.requests("GET /past-predictions")[-1].parameters["source"] == "file"


def test_files_that_were_refused_as_a_whole_are_no_success(open_page: Open, gateway: StandInGateway) -> None:
    none = dict.fromkeys(BATCH["rows"], 0)
    refused = BATCH | {"state": "refused", "problem": "unknown column 'x'", "progress": None, "rows": none}
    gateway.answers["GET /quarantine/summary"] = (200, QUALITY | {"by_rule": [], "refused_batches": 1})
    gateway.answers["GET /batches"] = (200, {"batches": [refused], "next_cursor": None})
    page = open_page("ui.quarantine.page")
    page.radio(key="period").set_value("all").run()
    assert "1 file was refused as a whole**: plant.csv. Why" in words(page)
    assert "No row was refused" not in words(page)
    [chosen] = [box for box in page.selectbox if box.label == "File"]
    assert chosen.options[0].startswith("plant.csv · refused as a whole")


def test_past_predictions_of_a_span_of_ones_own(open_page: Open, gateway: StandInGateway) -> None:
    page = open_page("ui.predictions.page")
    page.radio(key="period").set_value("own").run()
    assert not page.exception
    asked = gateway.requests("GET /past-predictions")[-1].parameters
    assert asked["start"] < asked["end"]
    assert "does not count predictions over time yet" in words(page)


def test_past_predictions_are_found_by_key_class_score_file_and_outcome(
    open_page: Open, gateway: StandInGateway
) -> None:
    gateway.answers["GET /past-predictions/summary"] = (200, SUMMARY)
    page = open_page("ui.predictions.page")
    page.multiselect[0].set_value(["failure"]).run()
    assert gateway.requests("GET /past-predictions/summary")[-1].parameters["prediction"] == "failure"
    page.slider[0].set_value((20, 100)).run()
    [file] = [box for box in page.selectbox if box.label == "File"]
    assert file.options[1].startswith("plant.csv · 4 rows")
    file.set_value(file.options[1])
    next(box for box in page.selectbox if box.label == "What came true").set_value("wrong").run()
    asked = gateway.requests("GET /past-predictions")[-1].parameters
    assert {name: asked[name] for name in ("prediction", "least", "batch_id", "outcome")} == {
        "prediction": "failure", "least": "0.2", "batch_id": BATCH_ID, "outcome": "wrong",
    }  # fmt: skip
    assert len(gateway.requests("GET /past-predictions/summary")) == 2, "what parts do not tell of is not counted"


def test_the_history_of_a_key_says_what_came_true(open_page: Open, gateway: StandInGateway) -> None:
    found = [stored(1) | {"label": "ok"}, stored(2) | {"label": "failure"}, stored(3)]
    gateway.answers["GET /past-predictions"] = (200, PAST | {"predictions": found})
    page = open_page("ui.predictions.page")
    page.text_input(key="key").set_value("mill-7").run()
    assert not page.exception
    assert {asked.parameters["key"] for asked in gateway.requests("GET /past-predictions")[-2:]} == {"mill-7"}
    assert "1 of the 2 of which it is known came true as predicted" in words(page)
    assert list(page.dataframe[0].value["Came true"])[:2] == ["ok", "failure"]


@pytest.mark.parametrize("named", ["pumps", "Pump failure"])
def test_an_address_names_the_use_case_by_its_name(open_page: Open, gateway: StandInGateway, named: str) -> None:
    of_machines = {"name": "machines", "title": "Machine failure", "task": "binary", "default": True}
    gateway.answers["GET /use-cases"] = (
        200, {"use_cases": [of_machines, of_machines | {"name": "pumps", "title": "Pump failure", "default": False}]},
    )  # fmt: skip
    gateway.answers["GET /use-cases/pumps"] = (200, USE_CASE | {"name": "pumps", "title": "Pump failure"})
    page = open_page("ui.predictions.page")
    assert (page.selectbox(key="use_case").value, page.query_params["use_case"]) == ("machines", "machines")
    page.query_params["use_case"] = named
    page.run()
    assert (page.selectbox(key="use_case").value, page.query_params["use_case"]) == ("pumps", "pumps")
    page.selectbox(key="use_case").set_value("machines").run()
    assert gateway.requests("GET /past-predictions")[-1].parameters["use_case"] == "machines"
    assert page.query_params["use_case"] == "machines"


def test_a_use_case_that_was_retired_a_moment_ago_is_left_out(open_page: Open, gateway: StandInGateway) -> None:
    of_machines = {"name": "machines", "title": "Machine failure", "task": "binary", "default": True}
    retired = {"use_cases": [of_machines, of_machines | {"name": "pumps", "title": "Pump failure", "default": False}]}
    lists = [retired, {"use_cases": [of_machines]}]
    gateway.answers["GET /use-cases"] = lambda _: (200, lists.pop(0) if lists[1:] else lists[0])
    gateway.answers["GET /use-cases/pumps"] = problem(404, "Unknown use case", "There is no use case 'pumps'.")
    page = open_page("ui.predictions.page")
    page = page.selectbox(key="use_case").set_value("pumps").run()
    assert page.selectbox(key="use_case").value == "machines"
    assert (page.selectbox(key="use_case").options, len(page.warning)) == (["Machine failure"], 0)


def test_no_past_predictions_is_no_error(open_page: Open, gateway: StandInGateway) -> None:
    gateway.answers["GET /past-predictions"] = (200, PAST | {"predictions": [], "next_cursor": None})
    assert "No predictions found" in words(open_page("ui.predictions.page"))


def test_quality_shows_what_was_refused_and_why(open_page: Open, gateway: StandInGateway) -> None:
    gateway.answers["GET /quarantine/summary"] = (200, QUALITY)
    page = open_page("ui.quarantine.page")
    assert figures(page) == {
        "Rows in": "1,000", "Predicted": "990", "Refused": "10", "Repaired": "2", "Files refused": "0",
    }  # fmt: skip
    rules = page.dataframe[0].value
    assert list(rules["Rows"]) == [9, 1]
    assert list(rules["Column"]) == ["Speed [rpm]", "(the whole row)"]
    assert list(rules["Rule"]) == ["Wrong kind of value", "Power"]
    page.radio(key="period").set_value("all").run()
    assert not page.exception
    editor = page.data_editor[0].value
    assert list(editor["(row)"]) == [5, 6]
    assert list(editor["speed"].fillna("")) == ["fast", ""]


@pytest.fixture
def repaired(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page after somebody wrote a good speed into the first row; AppTest itself cannot edit a table."""

    def edit(frame: pd.DataFrame, **_: object) -> pd.DataFrame:
        edited = frame.copy()
        edited.loc[0, "speed"] = "1500"
        return edited

    monkeypatch.setattr(st, "data_editor", edit)
    page = open_page("ui.quarantine.page")
    page.radio(key="period").set_value("all").run()
    return page


def test_repaired_rows_are_sent_again(repaired: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /quarantine/replay"] = (202, {"batch_id": ID, "rows": 1})
    page = press(repaired, "Send 1 repaired row again")
    [asked] = gateway.requests("POST /quarantine/replay")
    [row] = asked.json["rows"]
    assert (row["batch_id"], row["row_number"]) == (BATCH_ID, 5)
    assert row["row"] == {"machine_id": None, "quality": "M", "speed": 1500, "torque": 41.5, "humid": None}
    assert "1 repaired row sent again" in words(page)


def test_rows_that_are_still_bad_are_named_by_their_place_in_the_file(
    repaired: AppTest, gateway: StandInGateway
) -> None:
    gateway.answers["POST /quarantine/replay"] = problem(
        422, "invalid-rows", errors=[{"row": 1, "pointer": "/0", **REASON}]
    )
    page = press(repaired, "Send 1 repaired row again")
    assert "still not valid" in words(page)
    assert list(page.dataframe[-1].value["Row"]) == [5]


def test_a_gateway_without_replay_is_no_dead_end(repaired: AppTest) -> None:
    page = press(repaired, "Send 1 repaired row again")
    assert "Hand them in as a file" in words(page)


def test_operations_at_a_glance(open_page: Open, gateway: StandInGateway) -> None:
    gateway.answers["GET /queues"] = (200, {"queues": [{"name": "predict.bulk", "messages": 7, "consumers": 1}]})
    gateway.answers["GET /dead-letters"] = (200, {"dead_letters": [LETTER], "next_cursor": None})
    gateway.answers["GET /dead-letters/holds"] = (200, {"holds": [HOLD]})
    page = open_page("ui.frame.operations_page")
    assert "Everything works" not in words(page)
    assert "Rows sent now are predicted" in words(page)
    assert "1 dead letter nobody has decided about" in words(page)
    assert "version 3, by 2 workers" in words(page)
    assert "4,120 refused messages of account press for machines" in words(page)
    assert "smartpredict holds release 3" in words(page)
    queues, batches, letters = (frame.value for frame in page.dataframe)
    assert list(queues["Waiting"]) == [7]
    assert list(batches["predicted"]) == [4]
    assert list(letters["Cause"]) == ["no model *yet*"]


def test_operations_without_what_newer_gateways_offer(open_page: Open, gateway: StandInGateway) -> None:
    checks = [{"name": "broker", "ok": False, "detail": "cannot be reached"}]
    gateway.answers["GET /health/ready"] = problem(503, "not-ready", checks=checks)
    page = open_page("ui.frame.operations_page")
    assert "Something is missing" in words(page)
    assert "does not tell the length of its queues yet" in words(page)
    assert "does not show dead letters yet" in words(page)


def test_one_part_that_fails_leaves_the_others(open_page: Open, gateway: StandInGateway) -> None:
    gateway.answers["GET /models"] = problem(503, "database-away", "PostgreSQL cannot be reached.")
    page = open_page("ui.frame.operations_page")
    assert "PostgreSQL cannot be reached" in words(page)
    assert len(page.dataframe) == 1


def test_forecasts_are_chosen_among_forecasts_and_other_pages_keep_their_choice(
    open_page: Open, gateway: StandInGateway
) -> None:
    page = open_page("ui.forecasts.page")
    assert "**No use case is a forecast yet.**" in words(page)
    assert page.selectbox.len == 0
    dust = {**USE_CASE, "name": "dust", "title": "Fine dust", "task": "forecast", "default": False}
    gateway.answers["GET /use-cases"] = (200, {"use_cases": [USE_CASE, dust]})
    gateway.answers["GET /use-cases/dust"] = (200, dust)
    st.cache_data.clear()
    page = open_page("ui.forecasts.page")
    assert page.selectbox(key="use_case").options == ["Fine dust"]
    assert page.query_params["use_case"] == "dust"
    assert page.session_state["chosen_use_case-forecast"] == "dust"
    assert "chosen_use_case" not in page.session_state
