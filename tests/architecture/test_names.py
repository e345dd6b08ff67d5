"""One home per name: queues and exchanges are named in the topology and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

from broker.topology import BULK, BULK_RETRY, DEAD_LETTERS, MODEL_CHANGES, ONLINE

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "broker",
    "sql",
    "registry",
    "ingestion",
    "gateway_api",
    "inference_worker",
    "training",
    "local_stack",
    "cli",
)
NAMES = {BULK, BULK_RETRY, ONLINE, DEAD_LETTERS, MODEL_CHANGES}
ELSEWHERE = {"broker/topology.py", "cli/main.py"}


def test_no_other_module_spells_the_name_of_a_queue() -> None:
    found = []
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        if str(path.relative_to(ROOT)) in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in NAMES:
                found += [f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"]
    assert found == []
