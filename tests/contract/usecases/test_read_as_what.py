"""The table of what is read as what: every value in it is read so, at the doors of its column."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.usecases.doors import Verdict, by_file, by_message, by_request
from usecases.contract.spec import UseCase

DOCUMENT = Path(__file__).parents[3] / "docs" / "bring-your-own-data.md"
BAD, MISSING = "bad", "missing"
KINDS = ("float", "integer", "boolean", "category", "timestamp", "key")


def table_lines() -> list[list[str]]:
    section = DOCUMENT.read_text(encoding="utf-8").split("## What is read as what")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def use_cases_of(about: str) -> Iterator[tuple[str, UseCase]]:
    """Build the use cases that the first cell of a line speaks of: one for each kind of column."""
    options = dict(re.findall(r"`(\w+)(?:: (\[.*?\]))?`", about))
    kinds, _, _ = about.partition(" with ")
    kinds, _, allowed = kinds.partition(", of ")
    for kind in kinds.split(", "):
        assert kind in KINDS
        feature: dict[str, Any] = {"name": "x", "type": kind, "nullable": True}
        feature |= {option: True for option in ("decimal_comma", "as_text", "day_first") if option in options}
        if "missing_values" in options:
            feature["missing_values"] = json.loads(options["missing_values"])
        if allowed:
            feature["values"] = re.findall(r"`(.+?)`", allowed)
        other = {"name": "n", "type": "integer"}
        yield (
            kind,
            UseCase.model_validate(
                {
                    "name": "u", "title": "U", "task": "regression", "target": "y", "training": {"data": "u.csv"},
                    **({"key": "x", "features": [other]} if kind == "key" else {"features": [feature, other]}),
                }
            ),
        )  # fmt: skip


def examples(cell: str) -> list[str]:
    return re.findall(r"`(.+?)`", cell)


def as_csv(value: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([["x", "n"], [value, "1"]])
    return text.getvalue().encode()


def as_parquet(example: str) -> bytes:
    kind, _, text = example.partition(" ")
    file = io.BytesIO()
    pq.write_table(pa.table({"x": typed(kind, text), "n": [1]}), file)
    return file.getvalue()


def typed(kind: str, text: str) -> pa.Array:
    if kind in {"halffloat", "float", "double"}:
        return pa.array([float(text)]).cast(kind)
    make = TYPED.get(kind)
    return pa.array([int(text)], pa.type_for_alias(kind)) if make is None else make(text)


TYPED: dict[str, Callable[[str], pa.Array]] = {
    "bool": lambda text: pa.array([text == "true"]),
    "decimal": lambda text: pa.array([Decimal(text)]),
    "string": lambda text: pa.array([text]),
    "large_string": lambda text: pa.array([text], pa.large_string()),
    "string_view": lambda text: pa.array([text], pa.string_view()),
    "binary": lambda text: pa.array([text.encode()]),
    "uuid": lambda text: pa.ExtensionArray.from_storage(pa.uuid(), pa.array([UUID(text).bytes], pa.binary(16))),
    "date32": lambda text: pa.array([date.fromisoformat(text)]),
    "timestamp": lambda text: pa.array([datetime.fromisoformat(text)], pa.timestamp("us")),
}
"""Makes a column of one value of each type that holds no plain numbers."""


def read_as(kind: str, verdict: Verdict) -> str:
    if isinstance(verdict, frozenset):
        assert {column for column, _ in verdict} == {"x"}
        return BAD
    value = verdict["x"]
    match value:
        case None:
            return MISSING
        case bool():
            return str(value).lower()
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            assert type(value) is {"float": float, "integer": int}.get(kind, str)
            return str(value)


@pytest.mark.parametrize("line", table_lines(), ids=lambda line: f"{line[0]} {line[-1]}")
def test_a_line_of_the_table(line: list[str]) -> None:
    about, cells, typed_values, members, wanted = line
    wanted = wanted.strip("`")
    for kind, use_case in use_cases_of(about):
        found = {cell: by_file(use_case, "x.csv", as_csv(cell)) for cell in examples(cells)}
        found |= {value: by_file(use_case, "x.parquet", as_parquet(value)) for value in examples(typed_values)}
        for member in examples(members):
            row = f'{{"x": {member}, "n": 1}}'.encode()
            for door, verdicts in {
                "JSON Lines": by_file(use_case, "x.jsonl", row),
                "message": by_message(use_case, row),
                "request": by_request(use_case, row),
            }.items():
                found[f"{member} by {door}"] = verdicts
        assert {value: read_as(kind, verdict) for value, [verdict] in found.items()} == dict.fromkeys(found, wanted)


def test_the_table_shows_every_kind_of_column() -> None:
    shown = {kind for about, *_ in table_lines() for kind, _ in use_cases_of(about)}
    assert shown == {*KINDS}
