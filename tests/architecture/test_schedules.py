"""Schedules hold no logic: they call one function of ours a task, and say when."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

DAGS = sorted((Path(__file__).parents[2] / "orchestration" / "dags").glob("[a-z]*.py"))
#: What Airflow needs to read a schedule; everything else is imported when a task runs.
AT_THE_TOP = ("airflow.sdk", "airflow.sdk.exceptions", "orchestration.assets", "orchestration.defaults")
LOGIC = (
    *(ast.For, ast.While, ast.Try, ast.With, ast.Lambda, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp),
    *(ast.ClassDef, ast.AsyncFunctionDef, ast.AugAssign, ast.Global),
)


@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_a_schedule_is_short_and_holds_no_logic(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert 20 <= len(source.splitlines()) <= 60
    assert [type(node).__name__ for node in ast.walk(tree) if isinstance(node, LOGIC)] == []
    sums = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and not isinstance(node.op, (ast.RShift, ast.BitOr))
    ]
    assert sums == []
    choices = [node for node in ast.walk(tree) if isinstance(node, (ast.If, ast.IfExp))]
    assert len(choices) <= len(tasks(tree)), "a task may skip, or tell, and decides nothing else"


@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_reading_a_schedule_runs_nothing(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstring, *body = tree.body
    assert isinstance(docstring, ast.Expr)
    imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    schedule, call = (node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom)))
    assert isinstance(schedule, ast.FunctionDef)
    assert schedule.name == path.stem
    assert ast.unparse(call) == f"{path.stem}()"
    for node in imports:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
        assert module in AT_THE_TOP or module.split(".")[0] in sys.stdlib_module_names, module


def tasks(tree: ast.Module) -> list[ast.FunctionDef]:
    """Return the functions within the function of a schedule."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)][1:]
