"""Quality reports over HTTP: of a batch, and of a day."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway_api.door.problems import UnknownBatch
from gateway_api.gateway import gateway_of
from gateway_api.quarantine.report.answers import QualityReportAnswer, report_answer
from gateway_api.quarantine.report.reference import BATCH_REPORT, DAY_REPORT
from gateway_api.quarantine.report.requests import DayReportQuery, ReportQuery
from monitoring.quality.page import quality_page
from monitoring.quality.report import QualityReport, report_of_batch, report_of_day
from sql.ledger.batch_ledger import find_batch
from usecases.analysis.page import POLICY

router = APIRouter(tags=["Quarantine"])


@router.get("/batches/{batch_id}/report", response_model=None, **BATCH_REPORT)
def batch_report(
    request: Request, batch_id: UUID, query: Annotated[ReportQuery, Query()]
) -> QualityReportAnswer | Response:
    """Report how good the rows of a batch are, expectation by expectation."""
    gateway = gateway_of(request)
    batch = find_batch(gateway.engine, batch_id)
    if batch is None:
        raise UnknownBatch(f"There is no batch {batch_id}. The answer of an upload and GET /batches name them.")
    report = report_of_batch(gateway.engine, gateway.use_case(batch.use_case), batch)
    return _page(report, str(batch_id)) if query.format == "html" else report_answer(report)


@router.get("/data-quality/report", response_model=None, **DAY_REPORT)
def day_report(request: Request, query: Annotated[DayReportQuery, Query()]) -> QualityReportAnswer | Response:
    """Report how good the rows of a day were, expectation by expectation."""
    gateway = gateway_of(request)
    report = report_of_day(gateway.engine, gateway.use_case(query.use_case), query.day)
    return _page(report, f"{query.use_case}-quality-{query.day}") if query.format == "html" else report_answer(report)


def _page(report: QualityReport, name: str) -> Response:
    headers = {
        "Content-Security-Policy": f"{POLICY}; sandbox",
        "Content-Disposition": f'attachment; filename="{name}.html"',
    }
    return Response(quality_page(report), media_type="text/html; charset=utf-8", headers=headers)
