"""The Monitoring page before every state of things that the gateway may tell of."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import KEY, StandInGateway, problem
from ui.parts.texts import escape_markdown

DRIFT: dict[str, Any] = examples.ANSWERS["drift"]
BY_KEY: dict[str, Any] = examples.ANSWERS["drift-by-key"]
QUALITY: dict[str, Any] = examples.ANSWERS["watched-quality"]
ACCEPTED: dict[str, Any] = examples.ANSWERS["accepted-windows"]
PERFORMANCE: dict[str, Any] = examples.ANSWERS["performance"]


@pytest.fixture
def monitoring(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers |= {
        "GET /monitoring/drift": (200, DRIFT),
        "GET /monitoring/drift/accepted": (200, ACCEPTED),
        "GET /monitoring/quality": (200, QUALITY),
        "GET /monitoring/metrics": (200, PERFORMANCE),
    }
    script = "from ui.frame.monitoring_page import show\nfrom ui.parts.errors import with_error_page\nwith_error_page(show)()"
    return AppTest.from_string(script, default_timeout=page.default_timeout)


def words(page: AppTest) -> str:
    elements = [*page.markdown, *page.error, *page.info, *page.success, *page.warning, *page.caption]
    return "\n".join(str(element.value) for element in elements)


def charts(page: AppTest) -> str:
    return "\n".join(str(element.proto.spec) for element in page.get("vega_lite_chart"))


def tables(page: AppTest) -> list[pd.DataFrame]:
    return [table.value for table in page.dataframe]


def test_a_drift_is_named_with_where_it_comes_from(monitoring: AppTest, gateway: StandInGateway) -> None:
    monitoring.run()
    assert not monitoring.exception
    assert "The data has drifted: Torque" in words(monitoring)
    assert "line\\-3.csv" in words(monitoring)
    assert tables(monitoring)[0].iloc[0]["PSI"] == 0.4127
    asked = gateway.requests("GET /monitoring/drift")[-1].parameters
    assert asked["use_case"] == "machines"
    assert "since" in asked


def test_a_drift_tells_how_it_came_and_lies_outside_the_band(monitoring: AppTest) -> None:
    monitoring.run()
    assert "**How it came**: sudden, at 2026" in words(monitoring)
    assert "within the band of training: 1 of 2 spans lie outside" in charts(monitoring)


def test_false_alarms_to_expect_stand_where_the_limits_do(monitoring: AppTest) -> None:
    monitoring.run()
    assert "an index (PSI) of 0.2, and 500 rows at least" in words(monitoring)
    assert "about 0.04 false alarms a month; the monitor judges windows of 1 h" in words(monitoring)


def test_columns_left_out_of_the_false_alarms_are_those_of_the_monitors_windows(
    monitoring: AppTest, gateway: StandInGateway
) -> None:
    """The table judges the period, another length: a column may be stable there."""
    assert DRIFT["features"][0]["verdict"] in ("drifted", "stable")
    alarms = {**DRIFT["false_alarms"], "not_known": [DRIFT["features"][0]["feature"]]}
    gateway.answers["GET /monitoring/drift"] = (200, {**DRIFT, "false_alarms": alarms})
    shown = words(monitoring.run())
    assert f"This number leaves out {escape_markdown(DRIFT['features'][0]['title'])}: training is too short" in shown
    assert "in windows of 1 h. Whether they passed them in the period chosen above is told in the table" in shown


def test_a_column_without_a_mean_shows_its_index_in_the_band(monitoring: AppTest, gateway: StandInGateway) -> None:
    feature = DRIFT["features"][0]
    spans = [{**span, "mean": None, "mean_low": None, "mean_high": None} for span in feature["over_time"]]
    category = {**feature, "is_number": False, "mean_trained": None, "over_time": spans}
    gateway.answers["GET /monitoring/drift"] = (200, {**DRIFT, "features": [category]})
    monitoring.run()
    assert not monitoring.exception
    assert "PSI over time within the band of training: 1 of 2 spans lie outside" in charts(monitoring)


def test_a_drift_is_accepted_as_normal_with_a_key_and_a_reason(monitoring: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /monitoring/drift/accepted"] = (201, ACCEPTED["windows"][0])
    monitoring.run()
    assert "Accepted by maria" in words(monitoring)
    button = next(one for one in monitoring.button if one.label == "Accept as normal")
    assert button.disabled
    key, reason = (
        next(one for one in monitoring.text_input if one.label == label)
        for label in ("Key of an administrator", "Why it is normal")
    )
    key.input(KEY)
    reason.input(" New spindles. ")
    monitoring.run()
    next(one for one in monitoring.button if one.label == "Accept as normal").click().run()
    assert not monitoring.exception
    assert "Window 7 is normal from now on" in words(monitoring)
    asked = gateway.requests("POST /monitoring/drift/accepted")[-1].json
    assert asked == {
        "use_case": DRIFT["use_case"], "since": "2026-01-02T16:00:00+00:00", "until": "2026-01-02T17:00:00+00:00",
        "reason": "New spindles.", "source": None, "model_version": 3,
    }  # fmt: skip


def test_an_accepted_window_is_withdrawn(monitoring: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["POST /monitoring/drift/accepted/7/withdraw"] = (200, ACCEPTED["windows"][1])
    monitoring.run()
    next(one for one in monitoring.text_input if one.label == "Key of an administrator").input(KEY).run()
    next(one for one in monitoring.button if one.label == "Withdraw window 7").click().run()
    assert not monitoring.exception
    assert "Window 7 counts no more" in words(monitoring)
    gateway.answers["POST /monitoring/drift/accepted/7/withdraw"] = problem(403, "forbidden", "Not you.")
    next(one for one in monitoring.button if one.label == "Withdraw window 7").click().run()
    assert "This key may not decide what is normal" in words(monitoring)


def test_machines_that_moved_are_named_where_the_use_case_tells_them_apart(
    monitoring: AppTest, gateway: StandInGateway
) -> None:
    monitoring.run()
    assert gateway.requests("GET /monitoring/drift/keys") == []
    gateway.answers |= {
        "GET /monitoring/drift": (200, {**DRIFT, "keys": ["machine_id"]}),
        "GET /monitoring/drift/keys": (200, BY_KEY),
    }
    monitoring.run()
    assert not monitoring.exception
    assert "Moved away from what training knew of them: M\\-17** (1 of 50)" in words(monitoring)
    assert "1 are new" in words(monitoring)
    table = next(table for table in tables(monitoring) if "Band from" in table)
    assert table.iloc[0][["Key", "Verdict", "Mean now"]].tolist() == ["M-17", "Moved", 55.3]
    assert "Means of the worst within the bands of training: 1 of 1 lie outside" in charts(monitoring)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"keys": 0, "worst": []}, "No row of this time names one"),
        ({"has_reference": False, "worst": []}, "was not counted by these columns"),
        ({"worst": [], "moved_keys": 0, "rows_not_kept": 12}, "12 of 5,000 rows name none"),
    ],
)
def test_what_cannot_be_told_of_machines_is_said(
    monitoring: AppTest, gateway: StandInGateway, changed: dict[str, Any], expected: str
) -> None:
    gateway.answers |= {
        "GET /monitoring/drift": (200, {**DRIFT, "keys": ["machine_id"]}),
        "GET /monitoring/drift/keys": (200, {**BY_KEY, **changed}),
    }
    monitoring.run()
    assert not monitoring.exception
    assert expected in words(monitoring)


def test_measured_and_estimated_figures_stand_side_by_side(monitoring: AppTest) -> None:
    monitoring.run()
    table = next(table for table in tables(monitoring) if "Figures" in table)
    assert table["Figures"].tolist() == ["measured", "estimated"]
    assert table["ROC AUC"].tolist() == [0.9604, 0.9587]


def test_classes_are_counted_as_in_the_report_of_a_version(monitoring: AppTest) -> None:
    monitoring.run()
    table = next(table for table in tables(monitoring) if "Came true" in table)
    assert table.to_dict("split")["data"] == [["ok", 5743, 26], ["failure", 51, 208]]
    assert table.columns.tolist() == ["Came true", "Predicted ok", "Predicted failure"]


def test_refused_files_are_listed(monitoring: AppTest) -> None:
    monitoring.run()
    table = next(table for table in tables(monitoring) if "Why" in table)
    assert "missing column 'torque_nm'" in table.iloc[0]["Why"]


STABLE = {**DRIFT["features"][0], "verdict": "stable"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"verdict": "stable", "features": [{**DRIFT["features"][0], "verdict": "stable"}]}, "No drift"),
        (
            {"verdict": "stable", "features": [STABLE, {**STABLE, "feature": "wear", "verdict": "not_enough_history"}]},
            "**No drift in 1 of 2 columns; the others cannot be judged yet.**",
        ),
        (
            {"verdict": "not_enough_history", "features": [{**STABLE, "verdict": "not_enough_history"}]},
            "**Whether the data drifted cannot be told yet.**",
        ),
        ({"rows": 20, "verdict": "not_enough_rows", "features": []}, "Too few rows to judge"),
        ({"has_reference": False, "features": []}, "has no profile of its training data"),
        ({"rows": 0, "model_version": None, "features": []}, "Nothing was predicted in this time"),
    ],
)
def test_other_verdicts(monitoring: AppTest, gateway: StandInGateway, changes: dict[str, Any], said: str) -> None:
    gateway.answers["GET /monitoring/drift"] = (200, {**DRIFT, **changes})
    monitoring.run()
    assert not monitoring.exception
    assert said in words(monitoring)


def test_without_labels_the_page_says_how_they_come(monitoring: AppTest, gateway: StandInGateway) -> None:
    version = {**PERFORMANCE["versions"][0], "labelled": 0, "metrics": {}, "confusion": None}
    gateway.answers["GET /monitoring/metrics"] = (200, {**PERFORMANCE, "versions": [version]})
    monitoring.run()
    assert not monitoring.exception
    assert "No outcome is known yet" in words(monitoring)


def test_a_part_that_fails_leaves_the_others(monitoring: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /monitoring/drift"] = problem(504, "timeout", "The database took too long.")
    monitoring.run()
    assert not monitoring.exception
    assert "did not answer in time" in words(monitoring)
    assert any("Figures" in table for table in tables(monitoring))


def test_changes_of_the_version_stand_on_the_time_of_a_metric(monitoring: AppTest, gateway: StandInGateway) -> None:
    known = examples.ANSWERS["champion-history"]
    first = {**known["changes"][0], "from_version": None, "to_version": 1}
    gateway.answers["GET /models/machines/promotions"] = (200, {**known, "changes": [*known["changes"], first]})
    monitoring.run()
    assert not monitoring.exception
    assert "; version 4 served (promoted)" in charts(monitoring)
    assert "version 1 served" not in charts(monitoring), "there was none before it"
    assert "Dashed lines: 2026" in words(monitoring)
    assert "version 4 served" in words(monitoring)


def test_what_may_explain_a_drift_stands_on_its_time(monitoring: AppTest, gateway: StandInGateway) -> None:
    history = examples.ANSWERS["champion-history"]
    served = [{**history["changes"][0], "at": DRIFT["since"]}]
    changed = {**QUALITY["refused"][0], "received_at": DRIFT["since"], "is_schema_change": True, "name": "new.csv"}
    too_bad = {**changed, "is_schema_change": False, "name": "bad.csv"}
    gateway.answers["GET /models/machines/promotions"] = (200, {**history, "changes": served})
    gateway.answers["GET /monitoring/quality"] = (200, QUALITY | {"refused": [changed, too_bad]})
    monitoring.run()
    assert not monitoring.exception
    assert "spans lie outside; columns changed in new.csv, which was refused; version 4 served" in charts(monitoring)
    assert "bad.csv" not in charts(monitoring)
    [said] = [str(one.value) for one in monitoring.caption if "Dashed lines" in str(one.value)][:1]
    assert "columns changed in new.csv" in said


def test_a_gateway_without_a_registry_costs_only_the_lines(monitoring: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /models/machines/promotions"] = problem(503, "registry-away")
    gateway.answers["GET /monitoring/quality"] = (200, QUALITY | {"refused": []})
    monitoring.run()
    assert not monitoring.exception
    assert "over time" in charts(monitoring)
    assert "Dashed lines" not in words(monitoring)
