"""Counts of a part: every row once, whatever was predicted."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sql.ledger.recording import NUMBER, count_part
from tests.support import doctests

SOURCES = st.sampled_from(["api", "webapp", "file"])


def part(rows: list[tuple[str, str]] | list[tuple[str, float]]) -> pa.RecordBatch:
    sources, predictions = zip(*rows, strict=True)
    return pa.RecordBatch.from_pydict({"source": sources, "prediction": predictions})


@given(st.lists(st.tuples(SOURCES, st.sampled_from(["ok", "failure", "é"])), min_size=1))
def test_classes_are_counted_by_door(rows: list[tuple[str, str]]) -> None:
    found = count_part(part(rows))
    assert {(door, name): n for door, names in found.rows.items() for name, n in names.items()} == Counter(rows)
    assert found.sums is None


@given(st.lists(st.tuples(SOURCES, st.integers(-100, 100).map(float)), min_size=1))
def test_numbers_are_counted_and_added_by_door(rows: list[tuple[str, float]]) -> None:
    found = count_part(part(rows))
    doors = {door for door, _ in rows}
    assert found.rows == {door: {NUMBER: sum(one == door for one, _ in rows)} for door in doors}
    assert found.sums == {door: sum(number for one, number in rows if one == door) for door in doors}


def test_a_sum_past_every_number_is_left_out() -> None:
    assert count_part(part([("api", 1e308), ("api", 1e308), ("file", 2.0)])).sums == {"file": 2.0}


@pytest.mark.parametrize("module", doctests.modules_with_examples("sql"))
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    assert doctests.failures(module) == 0
