"""Files stay small enough to be read at once."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMIT = 300
EXCEPTIONS: dict[str, str] = {"ui/gateway/answers.py": "generated from the OpenAPI document"}
"""Longer files and why each is."""


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    lengths = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in listed.stdout.split()}
    assert {name: length for name, length in lengths.items() if length > LIMIT and name not in EXCEPTIONS} == {}
    assert [name for name in EXCEPTIONS if lengths.get(name, 0) <= LIMIT] == []
