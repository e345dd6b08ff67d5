"""Quality reports over HTTP: of a batch and of a day, counted in the database over all rows, as figures and as a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, func, select

from sql.base.tables import batches, quarantine
from tests.integration.gateway.conftest import problem
from tests.integration.page_api.bad_rows.test_quarantine import csv_file, upload
from tests.support.pipeline import EQUIPMENT

pytestmark = pytest.mark.usefixtures("ingestion", "worker")


def by_expectation(report: dict[str, Any]) -> dict[tuple[str | None, str], dict[str, Any]]:
    return {(one["column"], one["rule"]): one for one in report["expectations"]}


@pytest.fixture(scope="module")
def name() -> str:
    return f"report-{uuid4()}.csv"


def test_a_batch_is_reported_expectation_by_expectation(client: httpx.Client, name: str) -> None:
    batch = upload(client, name, csv_file(7))
    answer = client.get(f"/batches/{batch}/report")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["batch_id"], report["batch_name"], report["day"], report["holds"]) == (batch, name, None, False)
    assert (report["rows_in"], report["quarantined"], report["counted"], report["batches"]) == (27, 7, 7, 1)
    found = by_expectation(report)
    torque = found["torque_nm", "maximum"]
    assert (torque["rows"], torque["broken"], torque["holds"]) == (27, 7, False)
    assert torque["share"] == pytest.approx(7 / 27)
    assert [example["value"] for example in torque["examples"]] == ["400.0", "406.0"]
    assert (found["product_quality", "missing"]["broken"], found["product_quality", "allowed_values"]["holds"]) == (
        3,
        True,
    )
    assert found[None, "process_warmer_than_air"]["expected"] == "process_temperature_k > air_temperature_k holds"
    assert [one["batch_id"] for one in report["bad_batches"]] == [batch]


def test_a_day_adds_up_to_the_tables(client: httpx.Client, engine: Engine, name: str) -> None:
    upload(client, f"further {name}", csv_file(2))
    today = datetime.now(UTC).date()
    report = client.get("/data-quality/report", params={"use_case": EQUIPMENT.name, "day": str(today)}).json()
    with engine.connect() as connection:
        of_day = batches.c.use_case == EQUIPMENT.name, func.date(func.timezone("UTC", batches.c.received_at)) == today
        rows_in, bad, count = connection.execute(
            select(func.sum(batches.c.rows_in), func.sum(batches.c.rows_quarantined), func.count()).where(*of_day)
        ).one()
        too_high = connection.scalar(
            select(func.count())
            .select_from(quarantine.join(batches, batches.c.id == quarantine.c.batch_id))
            .where(*of_day, quarantine.c.reasons.contains([{"column": "torque_nm", "rule": "maximum"}]))
        )
    assert (report["rows_in"], report["quarantined"], report["batches"]) == (rows_in, bad, count)
    assert (report["day"], report["batch_id"]) == (str(today), None)
    assert by_expectation(report)["torque_nm", "maximum"]["broken"] == too_high
    empty = client.get("/data-quality/report", params={"day": str(today - timedelta(days=400))}).json()
    assert (empty["rows_in"], empty["holds"]) == (0, True)
    assert {one["holds"] for one in empty["expectations"]} == {None}


def test_a_file_that_was_refused_as_a_whole_holds_nothing(client: httpx.Client, name: str) -> None:
    batch = upload(client, f"refused {name}", b"a,b\n1,2\n")
    report = client.get(f"/batches/{batch}/report").json()
    assert (report["refused_batches"], report["holds"]) == (1, False)
    assert "missing column" in report["problem"]


def test_the_page_loads_nothing(client: httpx.Client, name: str) -> None:
    batch = upload(client, f"page {name}", csv_file(1))
    today = datetime.now(UTC).date()
    for path in (f"/batches/{batch}/report?format=html", f"/data-quality/report?day={today}&format=html"):
        answer = client.get(path)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "attachment" in answer.headers["content-disposition"]
        assert "is 120.0 or less" in answer.text
        assert "above the maximum" in answer.text


def test_what_cannot_be_reported_is_told(client: httpx.Client) -> None:
    problem(client.get(f"/batches/{uuid4()}/report"), 404, "unknown-batch")
    problem(client.get("/data-quality/report"), 422, "invalid-parameters")
    for day in ("yesterday", "9999-12-31", "0"):
        problem(client.get("/data-quality/report", params={"day": day}), 422, "invalid-parameters")
    problem(client.get("/data-quality/report?day=2026-05-04&use_case=nope"), 404, "unknown-use-case")
    problem(client.get("/data-quality/report?day=2026-05-04&format=pdf"), 422, "invalid-parameters")
