"""A worker's look at the registry: whatever becomes of the champion there, what is served goes on being served."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from inference_worker.artefact_cache import ArtefactCache
from inference_worker.metrics import WorkerMetrics
from inference_worker.model_cache import ModelCache, ServedBaseline
from inference_worker.registry_poller import RegistryPoller, poll_forever
from registry.artefact import fetch
from registry.client import Registry
from registry.names import CHAMPION, DIGEST_TAG, SCHEMA_HASH_TAG
from tests.support.registry.versions import linear_model, register_from_notebook, register_version
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase


def by_hand(registry: Registry, use_case: UseCase, number: int, folder: Path) -> None:
    """Make a version champion past every gate, with the tags of one that passed."""
    version = registry.version(use_case.name, number)
    registry.set_tag(version, DIGEST_TAG, fetch(registry, version, folder).digest)
    registry.set_tag(version, SCHEMA_HASH_TAG, use_case.schema_hash)
    registry.set_alias(use_case.name, CHAMPION, number)


async def test_what_is_served_stays_whatever_becomes_of_the_champion(
    registry: Registry, use_case: UseCase, mlflow_url: str, tmp_path: Path
) -> None:
    good = register_version(mlflow_url, use_case=use_case)
    linear = register_from_notebook(mlflow_url, use_case=use_case, is_proven=False, model=linear_model())
    registry.set_alias(use_case.name, CHAMPION, good)
    models = ModelCache()
    artefacts = ArtefactCache(registry, tmp_path / "models", threads=1)
    poller = RegistryPoller(artefacts, models, {use_case.name: use_case}, WorkerMetrics())

    async def look() -> tuple[int | None, str]:
        await poller.refresh(use_case.name)
        return models.versions().get(use_case.name), poller.problems.get(use_case.name, "")

    assert await look() == (good, "")
    by_hand(registry, use_case, linear, tmp_path)
    assert await look() == (
        good, f"version {linear} cannot be served: its booster is gblinear, which is not served; fit trees, with gbtree or dart",
    )  # fmt: skip
    registry.drop_alias(use_case.name, CHAMPION)
    served, problem = await look()
    assert served == good
    assert problem.startswith(f"no version of {use_case.name} is champion in MLflow any more")
    registry.set_alias(use_case.name, CHAMPION, good)
    assert await look() == (good, "")


async def test_a_registry_that_starts_later_is_asked_again_soon(registry: Registry, tmp_path: Path) -> None:
    use_case = load_catalog()["pm25"]
    registries = [registry, Registry("http://127.0.0.1:9")]  # where nobody listens
    models, tried = ModelCache(), asyncio.Event()

    async def refresh(name: str) -> bool:
        # Whoever starts with an empty machine: the registry is not up at the first look.
        artefacts = ArtefactCache(registries.pop(), tmp_path / "models", threads=1)
        try:
            return await RegistryPoller(artefacts, models, {name: use_case}, WorkerMetrics()).refresh(name)
        finally:
            if not registries:
                tried.set()

    polling = asyncio.create_task(poll_forever(refresh, {use_case.name: use_case}, timedelta(hours=1)))
    await asyncio.wait_for(tried.wait(), 20)
    polling.cancel()
    assert isinstance(models.take(use_case), ServedBaseline)


async def test_a_version_that_nobody_promoted_is_not_served_whoever_sets_the_alias(
    registry: Registry, use_case: UseCase, mlflow_url: str, tmp_path: Path
) -> None:
    good, other = register_version(mlflow_url, use_case=use_case), register_version(mlflow_url, use_case=use_case)
    history = [good]
    artefacts = ArtefactCache(registry, tmp_path / "models", threads=1, promoted=lambda _: history[-1])
    models = ModelCache()
    poller = RegistryPoller(artefacts, models, {use_case.name: use_case}, WorkerMetrics())

    async def champion(version: int) -> tuple[int | None, str]:
        registry.set_alias(use_case.name, CHAMPION, version)
        await poller.refresh(use_case.name)
        return models.versions().get(use_case.name), poller.problems.get(use_case.name, "")

    assert await champion(good) == (good, "")
    served, problem = await champion(other)
    assert served == good
    assert problem.startswith(f"version {other} is champion in MLflow, but nobody promoted it")
    history.append(other)
    assert await champion(other) == (other, "")
