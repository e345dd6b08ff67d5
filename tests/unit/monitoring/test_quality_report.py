"""Quality reports: every expectation of a contract held against what was broken, and the page of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from monitoring.quality.page import quality_page
from monitoring.quality.report import QualityReport, report_as_json, results_of
from sql.quality.broken import BrokenCount, BrokenRules, Example, RowTotals
from sql.quality.rates import BadBatch
from usecases.checking.expectations import expectations_of
from usecases.contract.catalog import load_catalog

EQUIPMENT = load_catalog()["equipment_failure"]
TOO_HIGH = Example("455", "torque_nm: 455 is above <b>the maximum</b> 120.0")
RULES = [
    BrokenCount("torque_nm", "maximum", 7, (TOO_HIGH,)),
    BrokenCount(None, "number_of_columns", 3, (Example(None, "line 4 has 6 cells"),)),
    BrokenCount(None, "process_warmer_than_air", 1, (Example(None, "the row breaks it"),)),
]
BATCH = BadBatch(
    batch_id=UUID(int=7), name="night <shift>.csv", source="file", received_at=datetime(2026, 5, 4, tzinfo=UTC),
    rows_in=100, quarantined=11, not_kept=0, replayed=0, discarded=0,
)  # fmt: skip


def broken(*, rows_in: int = 100, quarantined: int = 11, counted: int = 11) -> BrokenRules:
    counts = {"batches": 1, "refused": 0, "replayed": 0, "discarded": 0}
    totals = RowTotals(**counts, rows_in=rows_in, quarantined=quarantined, counted=counted)
    return BrokenRules(totals, RULES if counted else [], [BATCH] if counted else [])


def report(found: BrokenRules) -> QualityReport:
    return QualityReport(
        use_case=EQUIPMENT, day=date(2026, 5, 4), totals=found.totals, bad_batches=found.bad_batches,
        results=results_of(EQUIPMENT, found),
    )  # fmt: skip


def test_every_limit_of_a_contract_is_an_expectation() -> None:
    found = {(one.column, one.rule): one.words for one in expectations_of(EQUIPMENT)}
    assert found["product_quality", "allowed_values"] == "is one of L, M, H"
    assert found["torque_nm", "maximum"] == "is 120.0 or less"
    assert found["rotational_speed_rpm", "type"] == "is a whole number"
    assert found[None, "process_warmer_than_air"] == "process_temperature_k > air_temperature_k holds"
    assert {column for column, _ in found} == {None, *(feature.name for feature in EQUIPMENT.features)}


def test_rows_are_counted_by_expectation() -> None:
    results = {(one.column, one.rule): one for one in results_of(EQUIPMENT, broken())}
    torque = results["torque_nm", "maximum"]
    assert (torque.rows, torque.broken, torque.holds) == (97, 7, False), "three rows had no columns"
    assert torque.share == pytest.approx(7 / 97)
    assert results[None, "process_warmer_than_air"].rows == 100
    assert results["torque_nm", "minimum"].holds is True
    assert results[None, "number_of_columns"].expected == "keeps the rule number_of_columns"


def test_rows_whose_reasons_are_not_known_were_not_looked_at() -> None:
    found = report(broken(rows_in=5_000, quarantined=2_000, counted=1_000))
    assert {one.rows for one in found.results if one.column is None} == {4_000}
    assert (found.is_whole, found.holds) == (False, False)
    nothing = report(broken(rows_in=0, quarantined=0, counted=0))
    assert {one.holds for one in nothing.results} == {None}, "no row is no pass"


def test_the_page_shows_texts_as_they_are_and_loads_nothing() -> None:
    page = quality_page(report(broken()))
    assert "<b>the maximum" not in page
    assert "night &lt;shift&gt;.csv" in page
    assert "Torque [Nm]: 455 is above" in page
    assert "Process temperature [K] &gt; Air temperature [K] holds" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    assert page == quality_page(report(broken()))
    assert "Every row keeps every expectation" in quality_page(report(broken(quarantined=0, counted=0)))


def test_a_report_is_written_with_what_was_expected_and_found() -> None:
    found = report_as_json(report(broken()))
    [torque] = [one for one in found["expectations"] if (one["column"], one["rule"]) == ("torque_nm", "maximum")]
    assert list(torque["examples"]) == [{"value": "455", "message": TOO_HIGH.message}]
    assert (found["counted"], found["bad_batches"][0]["quarantined"]) == (11, 11)
