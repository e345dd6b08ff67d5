"""After a training: let the new version be served if it is good enough, as schedules do it."""

from __future__ import annotations

import contextlib
from typing import Any

from registry.changes import PromotionRefusedError
from registry.client import Registry
from registry.lifecycle import Lifecycle
from sql.engine import connect_engine
from usecases.spec import UseCase


def promote_if_good(
    use_case: UseCase, version: int, actor: str, *, mlflow_url: str, database_url: str, broker_url: str
) -> dict[str, Any]:
    """Hold a version against every gate, and let it be served if all let it pass.

    That a gate keeps it out is an outcome, no error: what is served stays as it is.

    Parameters
    ----------
    use_case, version
        Which version.
    actor
        Who wants it, for the history; of a schedule, its name.
    mlflow_url, database_url, broker_url
        Where versions, history and workers are.

    Returns
    -------
    dict
        As JSON takes it: ``promoted`` (whether it is served now), ``version``, ``from_version`` (the one before, if
        any), ``gates`` (what each found), and ``problem`` (why workers could not be told; empty where they were).

    Raises
    ------
    registry.client.RegistryError
        If there is no such version, or the registry is away.
    """
    engine = connect_engine(database_url, "promotion", pool_size=1)
    try:
        with contextlib.closing(Registry(mlflow_url)) as registry:
            changed = Lifecycle(registry, engine, broker_url).promote(use_case, version, actor)
    except PromotionRefusedError as refused:
        return _outcome(version, promoted=False, gates=[result.as_json() for result in refused.results])
    finally:
        engine.dispose()
    return _outcome(
        version,
        promoted=True,
        gates=[result.as_json() for result in changed.results],
        from_version=changed.promotion.from_version if changed.promotion is not None else None,
        problem=changed.problem,
    )


def _outcome(version: int, **found: Any) -> dict[str, Any]:
    return {"version": version, "from_version": None, "problem": "", **found}
