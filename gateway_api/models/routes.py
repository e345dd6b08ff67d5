"""Versions of models over HTTP: what is served, which there are, promote one, roll back."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from gateway_api.door.accounts import require_admin
from gateway_api.gateway import Gateway, gateway_of
from gateway_api.models.answers import (
    ChampionAnswer,
    ChampionHistory,
    ModelList,
    ModelVersions,
    champion_answer,
    change_answer,
    served_model,
    version_answer,
)
from gateway_api.models.problems import RegistryAway, registry_errors_as_problems
from gateway_api.models.reference import HISTORY, MODELS, PROMOTE, RELOAD, ROLLBACK, VERSIONS
from gateway_api.wire.commands import Command, read_command
from gateway_api.wire.parameters import UseCasePath
from registry.changes import Changed
from registry.lifecycle import Lifecycle
from sql.registry.promotions import list_promotions, promoted_versions
from sql.registry.workers import alive_workers

MOST_COMMAND_BYTES = 4 * 1024

DECIDE = "decide what is served"

router = APIRouter()


class Promote(Command):
    """Which version is to be served."""

    version: int = Field(ge=1, le=2**31 - 1)
    without_metrics: bool = False
    without_golden_batch: bool = False


@router.get("/models", **MODELS)
def models(request: Request) -> ModelList:
    """Return which versions the workers that are alive serve."""
    gateway = gateway_of(request)
    workers, champions = alive_workers(gateway.engine), promoted_versions(gateway.engine)
    return ModelList(models=[served_model(name, workers, champions) for name in gateway.catalog])


@router.get("/models/{name}/versions", **VERSIONS)
def versions(request: Request, name: UseCasePath) -> ModelVersions:
    """List the versions of a model."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    with registry_errors_as_problems():
        known = _lifecycle(gateway).versions(use_case)
    return ModelVersions(use_case=use_case.name, versions=[version_answer(use_case, one) for one in known])


@router.get("/models/{name}/promotions", **HISTORY)
def promotions(request: Request, name: UseCasePath) -> ChampionHistory:
    """Return which version was served when."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    changes = [change_answer(change) for change in list_promotions(gateway.engine, use_case.name)]
    return ChampionHistory(use_case=use_case.name, changes=changes)


@router.post("/models/{name}/promote", **PROMOTE)
async def promote(request: Request, name: UseCasePath) -> ChampionAnswer:
    """Promote a version if it passes every gate."""
    admin, gateway = require_admin(request, DECIDE), gateway_of(request)
    use_case = gateway.use_case(name)
    command = await read_command(request, Promote, MOST_COMMAND_BYTES)

    def act() -> Changed:
        return _lifecycle(gateway).promote(
            use_case,
            command.version,
            admin.name,
            without_metrics=command.without_metrics,
            without_golden_batch=command.without_golden_batch,
        )

    with registry_errors_as_problems():
        return champion_answer(use_case, await asyncio.to_thread(act))


@router.post("/models/{name}/rollback", **ROLLBACK)
def rollback(request: Request, name: UseCasePath) -> ChampionAnswer:
    """Serve the version again that was served before."""
    admin, gateway = require_admin(request, DECIDE), gateway_of(request)
    use_case = gateway.use_case(name)
    with registry_errors_as_problems():
        return champion_answer(use_case, _lifecycle(gateway).rollback(use_case, admin.name))


@router.post("/models/{name}/reload", **RELOAD)
def reload(request: Request, name: UseCasePath) -> ChampionAnswer:
    """Have every worker look at the registry now."""
    require_admin(request, DECIDE)
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    with registry_errors_as_problems():
        return champion_answer(use_case, _lifecycle(gateway).reload(use_case))


def _lifecycle(gateway: Gateway) -> Lifecycle:
    if gateway.lifecycle is None:
        raise RegistryAway("The gateway does not know where MLflow is. Set SMARTPREDICT_MLFLOW_URL and start it again.")
    return gateway.lifecycle
