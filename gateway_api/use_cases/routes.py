"""What can be predicted, with all that a form needs; and adding a use case from a file."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway_api.door.accounts import require_admin
from gateway_api.gateway import gateway_of
from gateway_api.use_cases import editing, setup
from gateway_api.use_cases.answers import (
    AddedUseCase,
    FeatureTableList,
    InferAnswer,
    UseCaseAnswer,
    UseCaseList,
    feature_tables,
    template_csv,
    use_case_answer,
    use_case_summary,
)
from gateway_api.use_cases.reference import (
    ADD,
    CHANGE_WORDING,
    FEATURE_TABLES,
    INFER,
    PROFILE,
    TEMPLATE,
    USE_CASE,
    USE_CASES,
)
from gateway_api.use_cases.requests import AddUseCase, ChangeWording, InferQuery, ProfileQuery, StoredData
from gateway_api.wire.commands import read_command
from gateway_api.wire.parameters import UseCasePath
from gateway_api.wire.uploads import open_upload, stored_upload
from sql.base.reading import reading
from sql.observations.freshness import feature_freshness
from usecases.analysis.page import POLICY
from usecases.contract.arriving import arriving_contract

MOST_BYTES_OF_A_USE_CASE = 4 * 1024 * 1024
"""500 features, or 10,000 categories, with room to spare."""

router = APIRouter(tags=["Use cases"])


@router.post("/use-cases/infer", **INFER)
async def infer_use_case(request: Request, query: Annotated[InferQuery, Query()]) -> InferAnswer:
    """Make a use case of a file, for a person to look at."""
    require_admin(request, "add use cases")
    gateway = gateway_of(request)
    staging = setup.staging_folder(gateway.settings)
    upload = await open_upload(request, gateway.settings.max_infer_bytes)
    ending = setup.data_ending(upload.name)
    async with stored_upload(upload, staging) as stored:
        data = staging / f"{stored.digest}{ending}"
        await asyncio.to_thread(os.replace, stored.path, data)
    return await asyncio.to_thread(setup.infer_use_case, query, data, upload.name or "")


@router.get("/use-cases/infer/{data}/profile", **PROFILE)
async def profile_data(request: Request, data: StoredData, query: Annotated[ProfileQuery, Query()]) -> Response:
    """Show what is in a file, before anything is made of it."""
    require_admin(request, "look at files")
    path = setup.stored_data(gateway_of(request).settings, data)
    page = await asyncio.to_thread(setup.profile_page, path, query)
    headers = {"Content-Security-Policy": f"{POLICY}; sandbox"}
    return Response(page, media_type="text/html; charset=utf-8", headers=headers)


@router.post("/use-cases", **ADD)
async def add_use_case(request: Request) -> Response:
    """Add a use case."""
    require_admin(request, "add use cases")
    gateway = gateway_of(request)
    command = await read_command(request, AddUseCase, MOST_BYTES_OF_A_USE_CASE)
    use_case = await asyncio.to_thread(setup.add_use_case, gateway.settings, gateway.catalog, command)
    answer = AddedUseCase(
        name=use_case.name, schema_hash=use_case.schema_hash, next=f"smartpredict train {use_case.name}"
    )
    return JSONResponse(answer.model_dump(), status_code=201, headers={"Location": f"/use-cases/{use_case.name}"})


@router.get("/use-cases", **USE_CASES)
async def use_cases(request: Request) -> UseCaseList:
    """List the use cases."""
    return UseCaseList(use_cases=[use_case_summary(use_case) for use_case in gateway_of(request).catalog.values()])


@router.get("/use-cases/{name}", **USE_CASE)
async def use_case(request: Request, name: UseCasePath) -> UseCaseAnswer:
    """Return all that is needed to build a form or a file for a use case."""
    return use_case_answer(gateway_of(request).use_case(name))


@router.post("/use-cases/{name}/wording", **CHANGE_WORDING)
async def change_wording(request: Request, name: UseCasePath) -> UseCaseAnswer:
    """Change titles, descriptions and units."""
    require_admin(request, "edit use cases")
    gateway = gateway_of(request)
    found = gateway.use_case(name)
    command = await read_command(request, ChangeWording, MOST_BYTES_OF_A_USE_CASE)
    return use_case_answer(await asyncio.to_thread(editing.change_use_case, gateway.settings, found, command))


@router.get("/use-cases/{name}/feature-tables", **FEATURE_TABLES)
def feature_tables_of(request: Request, name: UseCasePath) -> FeatureTableList:
    """Return what features are joined from, and how fresh it is."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    if not use_case.feature_tables:
        return FeatureTableList(feature_tables=[])
    with reading(gateway.engine) as connection:
        return feature_tables(use_case, feature_freshness(connection, use_case.name))


@router.get("/use-cases/{name}/template.csv", **TEMPLATE)
async def template(request: Request, name: UseCasePath) -> Response:
    """Return a CSV file with the right columns and one row of examples: for a forecast, those of an observation."""
    found = arriving_contract(gateway_of(request).use_case(name))
    headers = {"Content-Disposition": f'attachment; filename="{found.name}-template.csv"'}
    return Response(template_csv(found), media_type="text/csv; charset=utf-8", headers=headers)
