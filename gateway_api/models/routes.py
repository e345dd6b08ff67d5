"""Versions of models over HTTP: list them, promote one, roll back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence

from fastapi import APIRouter
from starlette.requests import Request

from gateway_api.door.accounts import Account, Role
from gateway_api.door.problems import Forbidden
from gateway_api.gateway import Gateway, account_of, gateway_of
from gateway_api.models.answers import (
    ChampionAnswer,
    ChampionChange,
    ChampionHistory,
    GateAnswer,
    ModelVersion,
    ModelVersions,
    Promote,
)
from gateway_api.models.problems import (
    NothingToRollBack,
    PromotionRefused,
    RegistryAway,
    RegistryFailed,
    UnknownVersion,
)
from gateway_api.models.reference import HISTORY, PROMOTE, RELOAD, ROLLBACK, VERSIONS
from gateway_api.wire.commands import read_command
from gateway_api.wire.parameters import UseCasePath
from registry.changes import Changed, KnownVersion, NothingToRollBackError, PromotionRefusedError
from registry.client import NoSuchVersionError, RegistryAwayError, RegistryError
from registry.gates import GateResult
from registry.lifecycle import Lifecycle
from sql.registry.promotions import Promotion, list_promotions
from usecases.spec import UseCase

MOST_COMMAND_BYTES = 4 * 1024

router = APIRouter(tags=["Models"])


@router.get("/models/{name}/versions", **VERSIONS)
def versions(request: Request, name: UseCasePath) -> ModelVersions:
    """List the versions of a model."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    with _as_problems():
        known = _lifecycle(gateway).versions(use_case)
    return ModelVersions(use_case=use_case.name, versions=[_version(use_case, one) for one in known])


@router.get("/models/{name}/promotions", **HISTORY)
def promotions(request: Request, name: UseCasePath) -> ChampionHistory:
    """Tell which version was served when."""
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    changes = [_change(change) for change in list_promotions(gateway.engine, use_case.name)]
    return ChampionHistory(use_case=use_case.name, changes=changes)


@router.post("/models/{name}/promote", **PROMOTE)
async def promote(request: Request, name: UseCasePath) -> ChampionAnswer:
    """Let a version be served, if every gate lets it pass."""
    admin, gateway = _admin_of(request), gateway_of(request)
    use_case = gateway.use_case(name)
    command = await read_command(request, Promote, MOST_COMMAND_BYTES)

    def act() -> Changed:
        return _lifecycle(gateway).promote(
            use_case, command.version, admin.name, without_metrics=command.without_metrics
        )

    with _as_problems():
        return _answer(use_case, await asyncio.to_thread(act))


@router.post("/models/{name}/rollback", **ROLLBACK)
def rollback(request: Request, name: UseCasePath) -> ChampionAnswer:
    """Serve the version again that was served before."""
    admin, gateway = _admin_of(request), gateway_of(request)
    use_case = gateway.use_case(name)
    with _as_problems():
        return _answer(use_case, _lifecycle(gateway).rollback(use_case, admin.name))


@router.post("/models/{name}/reload", **RELOAD)
def reload(request: Request, name: UseCasePath) -> ChampionAnswer:
    """Have every worker look at the registry now."""
    _admin_of(request)
    gateway = gateway_of(request)
    use_case = gateway.use_case(name)
    with _as_problems():
        return _answer(use_case, _lifecycle(gateway).reload(use_case))


def _admin_of(request: Request) -> Account:
    """Give the caller, if it is one who may decide what is served.

    Raises
    ------
    Forbidden
        If the key is of another role: the page shows, an administrator decides.
    """
    account = account_of(request)
    if account.role is not Role.ADMIN:
        raise Forbidden(f"A key of the role {account.role} may not decide what is served. Use one of the role admin.")
    return account


def _lifecycle(gateway: Gateway) -> Lifecycle:
    if gateway.lifecycle is None:
        raise RegistryAway("The gateway does not know where MLflow is. Set SMARTPREDICT_MLFLOW_URL and start it again.")
    return gateway.lifecycle


@contextlib.contextmanager
def _as_problems() -> Iterator[None]:
    try:
        yield
    except PromotionRefusedError as error:
        raise PromotionRefused(str(error), gates=[gate.model_dump() for gate in _gates(error.results)]) from error
    except NothingToRollBackError as error:
        raise NothingToRollBack(str(error)) from error
    except NoSuchVersionError as error:
        raise UnknownVersion(str(error)) from error
    except RegistryAwayError as error:
        raise RegistryAway(f"{error}. What is served goes on being served.") from error
    except RegistryError as error:
        raise RegistryFailed(f"{error}. What is served goes on being served.") from error


def _version(use_case: UseCase, known: KnownVersion) -> ModelVersion:
    version = known.version
    return ModelVersion(
        version=version.version,
        aliases=list(version.aliases),
        created_at=version.created_at,
        metrics=dict(known.run.metrics),
        tags=dict(version.tags),
        fits=None if version.schema_hash is None else version.schema_hash == use_case.schema_hash,
        run_url=known.run.url,
    )


def _gates(results: Sequence[GateResult]) -> list[GateAnswer]:
    return [GateAnswer(gate=one.gate, verdict=one.verdict, detail=one.detail) for one in results]


def _change(change: Promotion) -> ChampionChange:
    return ChampionChange(
        kind=change.kind,
        actor=change.actor,
        from_version=change.from_version,
        to_version=change.to_version,
        gates=[GateAnswer.model_validate(gate) for gate in change.gates],
        at=change.at,
    )


def _answer(use_case: UseCase, changed: Changed) -> ChampionAnswer:
    return ChampionAnswer(
        use_case=use_case.name,
        version=changed.version,
        from_version=changed.promotion.from_version if changed.promotion is not None else None,
        gates=_gates(changed.results),
        announced=not changed.problem,
    )
