"""The life of a model in the running product: refused, promoted, rolled back, served without its registry."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_stack.processes.supervisor import Supervisor
from registry.client import Registry
from registry.names import CHAMPION, DIGEST_TAG, SCHEMA_HASH_TAG
from tests.support.command import smartpredict
from tests.support.documents import commands_of, run, stand_in
from tests.support.pipeline import EQUIPMENT
from tests.support.registry.versions import damage, register_from_notebook, register_sklearn, register_version
from tests.support.running_stack import RunningStack
from tests.support.session.figures import show
from tests.support.waiting import eventually
from usecases.checking.row_model import example_row

MODEL = f"/models/{EQUIPMENT.name}"
GOOD = {"roc_auc": 0.99}


@pytest.fixture(scope="module")
def registry(stack: RunningStack) -> Iterator[Registry]:
    registry = Registry(stack.settings["SMARTPREDICT_MLFLOW_URL"])
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def admin(stack: RunningStack) -> Iterator[httpx.Client]:
    with stack.api("admin") as client:
        yield client


@pytest.fixture(autouse=True)
def _leave_the_champion(registry: Registry, admin: httpx.Client) -> Iterator[None]:
    """Serve afterwards what was served before."""
    before = served(admin)
    yield
    if served(admin) != before or _champion(registry) != before:
        promote(admin, before, without_metrics=True).raise_for_status()
        eventually(lambda: served(admin) == before)


def _champion(registry: Registry) -> int | None:
    found = registry.by_alias(EQUIPMENT.name, CHAMPION)
    return None if found is None else found.version


def served(client: httpx.Client) -> int:
    """Have a row predicted and give the version that did it."""
    answer = client.post("/predict", json=example_row(EQUIPMENT))
    assert answer.status_code == 200, answer.text
    version: int = answer.json()["model_version"]
    return version


def promote(admin: httpx.Client, version: int, **more: bool) -> httpx.Response:
    return admin.post(f"{MODEL}/promote", json={"version": version, **more})


def seconds_until_served(client: httpx.Client, version: int) -> float:
    began = time.monotonic()
    eventually(lambda: served(client) == version)
    return time.monotonic() - began


def corrupted(url: str, folder: Path) -> int:
    version = register_version(url, metrics=GOOD)
    damage(url, version, folder)
    return version


REFUSED: dict[str, tuple[Any, str, str]] = {
    "another row contract": (
        lambda url, _: register_version(url, metrics=GOOD, tags={DIGEST_TAG: "0" * 64, SCHEMA_HASH_TAG: "0" * 12}),
        "schema",
        f"it was trained for the row contract {'0' * 12}",
    ),
    "a changed artefact": (corrupted, "digest", "it was changed after training"),
    "worse metrics": (
        lambda url, _: register_version(url, metrics={"roc_auc": 0.6}),
        "metrics",
        "worse than the champion's",
    ),
    "a pickle": (lambda url, _: register_sklearn(url), "format", "which may hold code (pickle)"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_may_not_be_served_is_refused_with_its_reason_and_serving_goes_on(
    kind: str, stack: RunningStack, admin: httpx.Client, tmp_path: Path
) -> None:
    register, gate, words = REFUSED[kind]
    before = served(admin)
    answer = promote(admin, register(stack.settings["SMARTPREDICT_MLFLOW_URL"], tmp_path))
    assert (answer.status_code, answer.json()["code"]) == (409, "promotion-refused"), answer.text
    found = {one["gate"]: one["detail"] for one in answer.json()["gates"] if one["verdict"] == "refused"}
    assert words in found[gate]
    assert found[gate] in answer.json()["detail"]
    assert served(admin) == before


def test_a_notebooks_model_is_promoted_and_rolled_back(stack: RunningStack, admin: httpx.Client) -> None:
    before = served(admin)
    version = register_from_notebook(stack.settings["SMARTPREDICT_MLFLOW_URL"], metrics=GOOD)
    answer = promote(admin, version)
    assert answer.status_code == 200, answer.text
    assert {name: answer.json()[name] for name in ("version", "from_version", "announced")} == {
        "version": version,
        "from_version": before,
        "announced": True,
    }
    show(f"promotion in effect after {seconds_until_served(admin, version):.2f} s")
    began = time.monotonic()
    printed = stack.command("models", "rollback", EQUIPMENT.name)
    command = time.monotonic() - began
    assert f"Version {before} of {EQUIPMENT.name} is champion again in place of version {version}." in printed
    waited = seconds_until_served(admin, before)
    show(f"rollback in effect {waited:.2f} s after a command of {command:.2f} s")
    changes = admin.get(f"{MODEL}/promotions").json()["changes"][:2]
    assert [(change["kind"], change["to_version"]) for change in changes] == [
        ("rolled_back", before),
        ("promoted", version),
    ]


def test_versions_are_listed(admin: httpx.Client) -> None:
    versions = admin.get(f"{MODEL}/versions").json()["versions"]
    [champion] = [version for version in versions if CHAMPION in version["aliases"]]
    assert champion["version"] == served(admin)
    assert champion["fits"] is True
    assert champion["metrics"]["roc_auc"] > 0.9


@pytest.mark.parametrize("role", ["api", "webapp"])
@pytest.mark.parametrize("command", ["promote", "rollback", "reload"])
def test_only_an_administrator_decides(stack: RunningStack, role: str, command: str) -> None:
    with stack.api(role) as client:
        answer = client.post(f"{MODEL}/{command}", json={"version": 1})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_what_is_not_there_is_named(admin: httpx.Client) -> None:
    assert promote(admin, 9_999).json()["code"] == "unknown-version"
    assert admin.post("/models/nothing/rollback").json()["code"] == "unknown-use-case"
    assert admin.post("/models/iris/reload").json()["code"] == "unknown-version"
    assert promote(admin, 0).json()["code"] == "invalid-parameters"


def test_a_worker_does_not_swap_in_what_it_cannot_trust_and_says_so(
    stack: RunningStack, registry: Registry, admin: httpx.Client, tmp_path: Path
) -> None:
    before = served(admin)
    version = corrupted(stack.settings["SMARTPREDICT_MLFLOW_URL"], tmp_path)
    registry.set_alias(EQUIPMENT.name, CHAMPION, version)  # by hand, past every gate
    admin.post(f"{MODEL}/reload").raise_for_status()

    def problems() -> dict[str, str]:
        models = admin.get("/models").json()["models"]
        found: dict[str, str] = next(one["problems"] for one in models if one["use_case"] == EQUIPMENT.name)
        return found

    [problem] = eventually(problems).values()
    assert problem.startswith(f"version {version} is champion in MLflow, but nobody promoted it")
    assert served(admin) == before
    assert problem in stack.command("status")
    registry.set_alias(EQUIPMENT.name, CHAMPION, before)
    admin.post(f"{MODEL}/reload").raise_for_status()
    eventually(lambda: not problems())


def test_without_the_registry_serving_goes_on_and_a_restarted_worker_starts(
    stack: RunningStack, admin: httpx.Client
) -> None:
    before = served(admin)
    supervisor = Supervisor(stack.folders)
    supervisor.stop(["mlflow"])
    try:
        assert served(admin) == before
        answer = admin.get(f"{MODEL}/versions")
        assert (answer.status_code, answer.json()["code"]) == (503, "registry-away")
        assert promote(admin, before).json()["code"] == "registry-away"
        stack.kill("worker-1")
        stack.wait_whole()
        assert served(admin) == before
    finally:
        supervisor.start(["mlflow"])
        eventually(lambda: admin.get(f"{MODEL}/versions").status_code == 200, 60)


def test_the_commands_of_the_page_about_models_work_in_their_order(
    stack: RunningStack, admin: httpx.Client, tmp_path: Path
) -> None:
    folder = stand_in(tmp_path)
    printed = {command: run(stack, folder, "bash", "-c", command) for command in commands_of("docs/models.md")}
    assert len(printed) == 12
    told = "\n".join(printed.values())
    for words in ("golden batch", "Version 1 of equipment_failure is champion", "is champion again", "is challenger"):
        assert words in told
    assert '"learning_curve"' in told
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert served(admin) > 1


def test_what_a_refused_promotion_prints_names_the_gate(stack: RunningStack) -> None:
    version = register_version(stack.settings["SMARTPREDICT_MLFLOW_URL"], metrics={"roc_auc": 0.6})
    done = smartpredict("models", "promote", EQUIPMENT.name, str(version), home=stack.home)
    assert done.returncode == 1
    assert f"Version {version} of {EQUIPMENT.name} is refused. metrics: roc_auc is 0.6000" in done.stderr
    assert "What is served stays as it is." in done.stderr
