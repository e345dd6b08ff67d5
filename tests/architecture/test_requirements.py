"""What is imported is locked: the product needs nothing that only tests install."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = tuple(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
OURS = {*PACKAGES, "tests", "benchmarks"}


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text, re.MULTILINE))


PRODUCT, TEST, AIRFLOW = locked("product"), locked("test"), locked("airflow")
OWN_ENVIRONMENTS = {
    "benchmarks/drift/other_judges.py": {*locked("compare")},
    "benchmarks/forecasts/other_forecaster.py": {*locked("forecast")},
    "benchmarks/forecasts/other_feature_store.py": {*locked("peers/feast")},
    "tests/integration/deploy/chart/valid.py": {*locked("peers/chart")},
    "tests/conformance/oip/clients/kserve_calls.py": {*locked("peers/clients")},
    "tests/conformance/oip/clients/triton_calls.py": {*locked("peers/clients")},
}
"""Scripts that an environment of their own runs, and what is locked for it."""


@pytest.mark.parametrize(
    ("folders", "installed"),
    [
        pytest.param(PACKAGES, {*PRODUCT}, id="product"),
        pytest.param(("benchmarks",), {*PRODUCT}, id="benchmarks"),
        pytest.param(("tests",), {*PRODUCT, *TEST}, id="tests"),
    ],
)
def test_every_import_is_locked(folders: tuple[str, ...], installed: set[str]) -> None:
    known = packages_distributions()
    missing = []
    for path in sources(folders):
        here = OWN_ENVIRONMENTS.get(str(path.relative_to(ROOT)), installed)
        for module in foreign_imports(path) - {"airflow"}:
            names = {re.sub(r"[-_.]+", "-", name).lower() for name in known.get(module, [module])}
            if not names & here:
                missing.append(f"{path.relative_to(ROOT)}: {module}")
    assert missing == []


def test_airflow_is_imported_by_orchestration_only() -> None:
    assert "apache-airflow" in AIRFLOW
    others = tuple(folder for folder in PACKAGES if folder != "orchestration")
    elsewhere = [path for path in sources(others) if "airflow" in foreign_imports(path)]
    assert elsewhere == []


def test_tests_run_with_the_versions_of_the_product() -> None:
    assert {name: version for name, version in TEST.items() if PRODUCT.get(name, version) != version} == {}


def sources(folders: tuple[str, ...]) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split() if name.split("/")[0] in folders]


def foreign_imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {module for module in imported(tree) if module not in OURS and module not in sys.stdlib_module_names}


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
