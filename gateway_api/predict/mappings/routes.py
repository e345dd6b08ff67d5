"""Mappings over HTTP: list them, accept one, withdraw one."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from gateway_api.door.accounts import require_person
from gateway_api.gateway import gateway_of
from gateway_api.predict.mappings.answers import MappingAnswer, MappingList, mapping_answer
from gateway_api.predict.mappings.problems import mapping_errors_as_problems
from gateway_api.predict.mappings.reference import ACCEPT, MAPPINGS, WITHDRAW
from gateway_api.predict.mappings.requests import AcceptMapping
from gateway_api.wire.commands import read_command
from gateway_api.wire.parameters import UseCaseQuery
from sql.registry.mappings import accept_mapping, list_mappings, withdraw_mapping
from usecases.contract.arriving import arriving_contract

MOST_COMMAND_BYTES = 1024 * 1024

DECIDE = "say how files are read"

router = APIRouter(tags=["Batches"])


@router.get("/mappings", **MAPPINGS)
def mappings(request: Request, query: Annotated[UseCaseQuery, Query()]) -> MappingList:
    """List how files of a use case are read."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(query.use_case)
    found = list_mappings(gateway.engine, use_case.name)
    return MappingList(use_case=use_case.name, mappings=[mapping_answer(one) for one in found])


@router.post("/mappings", **ACCEPT)
async def accept(request: Request) -> MappingAnswer:
    """Accept how files with a header are read."""
    person, gateway = require_person(request, DECIDE), gateway_of(request)
    command = await read_command(request, AcceptMapping, MOST_COMMAND_BYTES)
    use_case = gateway.use_case(command.use_case)
    with mapping_errors_as_problems():
        command.mapping.require_usable(arriving_contract(use_case))
        kept = await asyncio.to_thread(accept_mapping, gateway.engine, use_case.name, command.mapping, person.name)
    return mapping_answer(kept)


@router.post("/mappings/{number}/withdraw", **WITHDRAW)
def withdraw(
    request: Request, number: Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the mapping.")]
) -> MappingAnswer:
    """Withdraw a mapping."""
    person = require_person(request, DECIDE)
    with mapping_errors_as_problems():
        return mapping_answer(withdraw_mapping(gateway_of(request).engine, number, person.name))
