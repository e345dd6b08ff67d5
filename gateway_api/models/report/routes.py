"""Reports of versions over HTTP: as figures, as one page, and the threshold that is kept."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway_api.door.accounts import require_admin
from gateway_api.door.problems import InvalidParameters
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.models.problems import RegistryAway, registry_errors_as_problems
from gateway_api.models.report.answers import KeptThresholdAnswer, VersionReport, threshold_answer
from gateway_api.models.report.page import report_page
from gateway_api.models.report.reference import KEEP_THRESHOLD, REPORT, REPORT_PAGE
from gateway_api.models.report.requests import KeepThreshold, ReportPageQuery, VersionPath
from gateway_api.wire.commands import read_command
from gateway_api.wire.parameters import UseCasePath
from registry.artefact import fetch_report
from registry.client import Registry
from registry.report import UnreadableReportError
from sql.registry.thresholds import KeptThreshold, NewThreshold, keep_threshold, kept_threshold
from usecases.analysis.page import POLICY
from usecases.contract.spec import UseCase

MOST_COMMAND_BYTES = 4 * 1024

NO_REPORT = "Its training kept no report: it is from before reports were kept, or from a notebook. Train a new version to see one."

router = APIRouter(tags=["Models"])


@router.get("/models/{name}/versions/{version}/report", **REPORT)
def report(request: Request, name: UseCasePath, version: VersionPath) -> VersionReport:
    """Return what the training of a version found out about it."""
    gateway = gateway_of(request)
    return _report(gateway, gateway.use_case(name), version)


@router.get("/models/{name}/report.html", **REPORT_PAGE)
def page(request: Request, name: UseCasePath, query: Annotated[ReportPageQuery, Query()]) -> Response:
    """Return the report of a version as one page."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    content = report_page(use_case, [_report(gateway, use_case, version) for version in query.numbers])
    file_name = f"{use_case.name}-version-{query.versions.replace(',', '-')}.html"
    headers = {
        "Content-Security-Policy": f"{POLICY}; sandbox",
        "Content-Disposition": f'attachment; filename="{file_name}"',
    }
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


@router.post("/models/{name}/versions/{version}/threshold", **KEEP_THRESHOLD)
async def keep(request: Request, name: UseCasePath, version: VersionPath) -> KeptThresholdAnswer:
    """Keep a threshold for a version."""
    admin, gateway = require_admin(request, "keep a threshold"), gateway_of(request)
    use_case = gateway.use_case(name)
    command = await read_command(request, KeepThreshold, MOST_COMMAND_BYTES)
    if len(use_case.classes) != 2:  # noqa: PLR2004  # a threshold parts two
        raise InvalidParameters(f"threshold: {use_case.name} has none, for it does not tell two classes apart.")

    def act() -> KeptThreshold:
        _registry(gateway).version(use_case.name, version)
        new = NewThreshold(
            use_case=use_case.name,
            version=version,
            threshold=command.threshold,
            cost_of_false_alarm=command.cost_of_false_alarm,
            cost_of_miss=command.cost_of_miss,
            reason=command.reason,
            kept_by=admin.name,
        )
        return keep_threshold(gateway.engine, new)

    with registry_errors_as_problems():
        return threshold_answer(await asyncio.to_thread(act))


def _report(gateway: Gateway, use_case: UseCase, number: int) -> VersionReport:
    found, problem = None, None
    with registry_errors_as_problems():
        registry = _registry(gateway)
        version = registry.version(use_case.name, number)
        try:
            found = fetch_report(registry, version)
        except UnreadableReportError as error:
            problem = f"Its report cannot be read: {error}."
    kept = kept_threshold(gateway.engine, use_case.name, number)
    return VersionReport(
        use_case=use_case.name,
        version=number,
        report=found,
        problem=problem or (NO_REPORT if found is None else None),
        threshold=None if kept is None else threshold_answer(kept),
    )


def _registry(gateway: Gateway) -> Registry:
    if gateway.registry is None:
        raise RegistryAway("The gateway does not know where MLflow is. Set SMARTPREDICT_MLFLOW_URL and start it again.")
    return gateway.registry
