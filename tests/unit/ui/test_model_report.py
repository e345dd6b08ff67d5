"""The report of a version: chosen, laid over others, a threshold weighed and kept, and what is said where there is none."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import KEY, StandInGateway, problem
from tests.unit.ui.test_models_page import button, words
from ui.gateway.answers import ThresholdCurve
from ui.models.report.threshold import cheapest, counts_at, nearest

REPORT: dict[str, Any] = examples.ANSWERS["model-report"]
CURVE = ThresholdCurve(**REPORT["report"]["curves"][0])
NUMBERS: dict[str, Any] = {
    "bins": [{"lower": -1.0, "upper": 0.0, "rows": 4}, {"lower": 0.0, "upper": 1.0, "rows": 6}],
    "groups": [{"predicted": 3.0, "observed": 3.1, "low": -0.5, "high": 0.4, "rows": 10}],
    "pairs": [{"predicted": 3.0, "observed": 3.1}],
}


def listed(*versions: int) -> dict[str, Any]:
    known = examples.ANSWERS["model-versions"]["versions"][0]
    aliases = {number: ["champion"] if number == versions[-1] else [] for number in versions}
    return {
        "use_case": "machines",
        "versions": [{**known, "version": number, "aliases": aliases[number]} for number in versions],
    }


def report(version: int, **changes: Any) -> dict[str, Any]:
    found = copy.deepcopy(REPORT) | {"use_case": "machines", "version": version, "threshold": None}
    return found | changes


@pytest.fixture
def models(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers |= {
        "GET /models/machines/versions": (200, listed(5, 4)),
        "GET /models/machines/promotions": (200, examples.ANSWERS["champion-history"]),
        "GET /models/machines/shadow": (200, examples.ANSWERS["shadow"]),
        "GET /trainings": (200, {"trainings": [], "next_cursor": None}),
        "GET /models/machines/versions/4/report": (200, report(4)),
        "GET /models/machines/versions/5/report": (200, report(5)),
        "POST /models/machines/versions/4/threshold": (201, examples.ANSWERS["kept-threshold"]),
    }
    script = (
        "from ui.frame.models_page import show\nfrom ui.parts.errors import with_error_page\nwith_error_page(show)()"
    )
    return AppTest.from_string(script, default_timeout=page.default_timeout).run()


def look_at(page: AppTest, part: str) -> AppTest:
    return page.radio(key="report-part").set_value(part).run()


def test_the_report_of_the_served_version_is_shown_first(models: AppTest) -> None:
    assert not models.exception
    assert models.selectbox(key="report-version-machines").value == 4
    assert (
        "Version 4** learned from 6,400 rows, 1,600 told it when to stop, and it was judged by 2,000 random rows"
        in words(models)
    )
    metrics = next(table.value for table in models.dataframe if "Metric" in table.value)
    assert metrics["Version 4"].tolist() == ["0.9612", "0.9840", "0.0841"]
    assert metrics["Better is"].tolist() == ["higher", "higher", "lower"]
    classes = next(table.value for table in models.dataframe if "Came true" in table.value)
    assert classes.columns.tolist() == ["Came true", "Predicted ok", "Predicted failure"]


def test_columns_have_their_titles_as_on_the_other_pages(models: AppTest, gateway: StandInGateway) -> None:
    known = report(5)
    first, second = known["report"]["features"]
    known["report"]["features"] = [first | {"feature": "torque"}, second | {"feature": "gone"}]
    known["report"]["segments"][0]["column"] = "quality"
    gateway.answers["GET /models/machines/versions/5/report"] = (200, known)
    page = look_at(models.selectbox(key="report-version-machines").set_value(5).run(), "features")
    assert page.selectbox(key="report-feature-5").options == ["Torque [Nm]"]
    page = look_at(page, "segments")
    assert page.selectbox(key="report-segment-5").options == ["Quality"]


def test_of_versions_side_by_side_the_better_one_is_named(models: AppTest, gateway: StandInGateway) -> None:
    other = report(5)
    other["report"]["metrics"] |= {"roc_auc": 0.95, "log_loss": 0.05}
    gateway.answers["GET /models/machines/versions/5/report"] = (200, other)
    page = models.multiselect(key="report-beside-machines").set_value([5]).run()
    metrics = next(table.value for table in page.dataframe if "Metric" in table.value)
    assert dict(zip(metrics["Metric"], metrics["Better is"], strict=True)) == {
        "ROC AUC": "higher: Version 4", "Accuracy": "higher: alike", "Log loss": "lower: Version 5",
    }  # fmt: skip
    assert "for every row is right for 1,9" in words(page)


@pytest.mark.parametrize("part", ["features", "threshold", "ranking", "calibration", "segments", "learning"])
def test_every_part_is_shown_with_another_version_laid_over(models: AppTest, part: str) -> None:
    page = look_at(models.multiselect(key="report-beside-machines").set_value([5]).run(), part)
    assert not page.exception
    assert page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")


def test_costs_that_nobody_can_have_count_as_left_out_and_say_so(models: AppTest) -> None:
    page = look_at(models, "threshold")
    page.text_input(key="cost-alarm-machines-4").set_value("9" * 30)
    page = page.text_input(key="cost-miss-machines-4").set_value("-5").run()
    assert not page.exception
    assert not any("cheapest" in one.label for one in page.button)
    assert sum("has to lie between 0 and 1e+12" in caption.value for caption in page.caption) == 2


def test_a_threshold_is_weighed_by_costs_and_kept(models: AppTest, gateway: StandInGateway) -> None:
    page = look_at(models, "threshold")
    assert page.select_slider(key="threshold-machines-4").value == 0.5
    page.text_input(key="cost-alarm-machines-4").set_value("1,0")
    page.text_input(key="cost-miss-machines-4").set_value("20")
    page.text_input(key="admin-key").set_value(KEY)
    page.text_input(key="threshold-reason-machines-4").set_value("the line stops")
    page = button(page.run(), "Take the cheapest threshold: 0.32").click().run()
    assert page.select_slider(key="threshold-machines-4").value == 0.32
    confusion = next(table.value for table in page.dataframe if "Predicted failure" in table.value)
    assert confusion["Predicted failure"].tolist() == [24, 56]
    page = button(page, "Keep 0.32 for version 4").click().run()
    assert not page.exception
    [asked] = gateway.requests("POST /models/machines/versions/4/threshold")
    assert asked.json == {
        "threshold": 0.32, "cost_of_false_alarm": 1.0, "cost_of_miss": 20.0, "reason": "the line stops",
    }  # fmt: skip


def test_a_kept_threshold_is_where_the_slider_stands(models: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /models/machines/versions/5/report"] = (200, report(5, threshold=REPORT["threshold"]))
    page = look_at(models.selectbox(key="report-version-machines").set_value(5).run(), "threshold")
    assert page.select_slider(key="threshold-machines-5").value == 0.32
    assert "**0.32 is kept**, by admin" in words(page)


def test_numbers_have_errors(models: AppTest, gateway: StandInGateway) -> None:
    numbers = REPORT["report"] | {"curves": [], "confusion": None, "calibration": [], "residuals": NUMBERS}
    gateway.answers["GET /models/machines/versions/5/report"] = (200, report(5, report=numbers))
    page = models.selectbox(key="report-version-machines").set_value(5).run()
    assert "threshold" not in page.radio(key="report-part").options
    assert not look_at(page, "errors").exception


def test_a_version_without_a_report_says_why(models: AppTest, gateway: StandInGateway) -> None:
    without = report(5, report=None, problem="Its training kept no report.")
    gateway.answers["GET /models/machines/versions/5/report"] = (200, without)
    page = models.selectbox(key="report-version-machines").set_value(5).run()
    assert "**Version 5 has no report.** Its training kept no report" in words(page)
    assert not page.exception


def test_a_registry_that_is_away_leaves_the_rest_of_the_page(models: AppTest, gateway: StandInGateway) -> None:
    gateway.answers["GET /models/machines/versions/5/report"] = problem(503, "registry-away", "MLflow is away.")
    page = models.selectbox(key="report-version-machines").set_value(5).run()
    assert "MLflow is away" in words(page)
    assert "What was served when" in [header.value for header in page.header]


def test_counts_at_a_threshold() -> None:
    counts = counts_at(CURVE, nearest(CURVE, 0.49))
    assert (counts.hits, counts.false_alarms, counts.misses, counts.rejections) == (49, 9, 19, 1923)
    assert counts.recall == pytest.approx(49 / 68)
    assert counts_at(CURVE, 3).precision is None
    assert cheapest(CURVE, 1, 20) == 0.32
    assert cheapest(CURVE, 1, 0) == 1.0
