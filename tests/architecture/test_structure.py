"""The shape of the tree: folders that can be taken in at a glance, files worth opening, imports without circles."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import defaultdict
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = tuple(
    sorted(folder.name for folder in ROOT.iterdir() if (folder / "__init__.py").exists() and folder.name != "tests")
)

MOST_ENTRIES = 20
WIDE_FOLDERS = {
    ".": "the top level is a table of contents; its folders are places in the flow",
    "docs/images": "pictures that the documents show, by the name of the page",
    "findings": "a list: each script shows what one library, tool or format does, and knows no other",
}
"""Folders with more entries, and why each has them."""

LEAST_LINES = 40
SHORT_FILES = {
    "gateway_api/*/*.py": "every topic of the gateway has the same rooms, however little one holds",
    "usecases/tasks/*.py": "a task is a file",
    "usecases/metrics/*.py": "a metric is a file",
    "usecases/formats/*.py": "a format is a file",
    "broker/envelopes/*.py": "an envelope is a file",
    "training/datasets/*.py": "a data set is a file",
    "orchestration/dags/*.py": "a schedule is a file",
    "sql/migrations/*.py": "a migration is a file",
    "monitoring/grafana/manual.py": "writes the manual; the files beside it write what Grafana reads",
    "benchmarks/bounds/echo.py": "a program of its own: what the gateway is measured beside",
}
"""Files under the floor that only one other file uses, and why each is a file of its own."""


def _listed(*patterns: str) -> list[str]:
    found = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(name for name in found.stdout.split() if (ROOT / name).exists())


def _imports(path: str, known: set[str]) -> set[str]:
    """Return the modules of ours that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & known


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Modules of product and tests, each with those that it imports."""
    paths = {_module(path): path for path in _listed("*.py")}
    return {module: _imports(path, set(paths)) - {module} for module, path in paths.items()}


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    entries: dict[str, set[str]] = defaultdict(set)
    for name in _listed():
        parts = Path(name).parts
        for depth in range(len(parts)):
            if parts[depth] != "__init__.py":
                entries["/".join(parts[:depth]) or "."].add(parts[depth])
    wide = {folder: len(inside) for folder, inside in entries.items() if len(inside) > MOST_ENTRIES}
    assert {folder: count for folder, count in wide.items() if folder not in WIDE_FOLDERS} == {}
    assert [folder for folder in WIDE_FOLDERS if folder not in wide] == []


def test_a_short_file_has_a_second_user_or_a_reason(graph: dict[str, set[str]]) -> None:
    users: dict[str, int] = defaultdict(int)
    for imported in graph.values():
        for module in imported:
            users[module] += 1
    short = [
        path
        for path in _listed(*(f"{folder}/*.py" for folder in PRODUCT))
        if not path.endswith(("__init__.py", "__main__.py"))
        and len((ROOT / path).read_text(encoding="utf-8").splitlines()) < LEAST_LINES
        and users[_module(path)] < 2
    ]
    assert [path for path in short if not any(fnmatch(path, pattern) for pattern in SHORT_FILES)] == []


def test_no_import_comes_back_to_where_it_began(graph: dict[str, set[str]]) -> None:
    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def test_what_the_design_names_is_there() -> None:
    pages = [ROOT / name for name in _listed("docs/design.md", "docs/decisions/*.md", "CONTRIBUTING.md")]
    named = {path for page in pages for path in re.findall(r"`([a-z_]+/[\w/.]+)`", page.read_text(encoding="utf-8"))}
    # In capitals: what a person puts there.
    assert [path for path in sorted(named) if not (ROOT / path).exists() and not re.search("NAME|TOPIC", path)] == []


def test_every_migration_file_is_numbered_in_order() -> None:
    names = [Path(name).name for name in _listed("sql/migrations/versions/*.py")]
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
