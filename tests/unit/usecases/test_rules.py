"""The language of row rules."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usecases.contract.rules import RuleError, parse_rule

KINDS = {
    "a": "float",
    "b": "integer",
    "quality": "category",
    "hot": "boolean",
    "start": "timestamp",
    "end": "timestamp",
}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a >", "is not an expression"),
        ("", "is not an expression"),
        ("a", "is not a condition"),
        ("a + b", "is not a condition"),
        ("1 < 2", "names no feature"),
        ("a > c", "c is not a feature"),
        ("a > '1'", "compares float with category"),
        ("quality > 'L'", "has no order"),
        ("hot < True", "has no order"),
        ("a and b", "is a float where a boolean is needed"),
        ("not a", "is a float where a boolean is needed"),
        ("-hot > 1", "is a boolean where a float is needed"),
        ("start + 1 > end", "is a timestamp where a float is needed"),
        ("a > 1j", "Constant is not allowed"),
        ("a > None", "Constant is not allowed"),
        ("quality in ('L', 'M')", "Tuple is not allowed"),
        ("quality is quality", "Is is not allowed"),
        ("a ** 2 > 1", "BinOp is not allowed"),
        ("a.real > 1", "Attribute is not allowed"),
        ("a[0] > 1", "Subscript is not allowed"),
        ("(lambda: a)() > 1", "Call is not allowed"),
        ("(a := 1) > 1", "NamedExpr is not allowed"),
        ("a > 1 if hot else b > 1", "IfExp is not allowed"),
        (f"a > {'-' * 60}1", "nested deeper"),
        (f"a > {'(' * 300}1{')' * 300}", "is not an expression"),
        (f"a > 1{'0' * 400}", "too large"),
        ("__import__('os').system('true')", "Call is not allowed"),
    ],
)
def test_what_is_no_condition_is_refused_by_its_reason(text: str, complaint: str) -> None:
    with pytest.raises(RuleError, match=f"rule r: .*{complaint}"):
        parse_rule("r", text, KINDS)


@pytest.mark.parametrize(
    ("text", "row", "holds"),
    [
        ("a > b", {"a": 2.0, "b": 1}, True),
        ("a > b", {"a": 2.0, "b": None}, True),
        ("a > b", {"a": 1.0, "b": 1}, False),
        ("0 < a <= 5", {"a": 5.0}, True),
        ("1 < 2 < a", {"a": 2.5}, True),
        ("True and a > 1", {"a": 0.0}, False),
        ("a / b > 1", {"a": 1.0, "b": 0}, True),
        ("a / b > 1", {"a": 0.0, "b": 0}, False),
        ("quality != 'L' or a < 3", {"quality": "L", "a": 3.0}, False),
        ("hot == (a > 300)", {"hot": True, "a": 301.0}, True),
        ("not hot", {"hot": True}, False),
        ("-a < -1", {"a": 2.0}, True),
        (
            "end >= start",
            {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": datetime(2025, 1, 1, tzinfo=UTC)},
            False,
        ),
    ],
)
def test_one_row_and_a_column_of_rows(text: str, row: dict[str, Any], holds: bool) -> None:  # noqa: FBT001  # a parameter of the table above
    rule = parse_rule("r", text, KINDS)
    assert rule.holds_for(row) is holds
    types = {"float": pa.float64(), "integer": pa.int64(), "category": pa.string(), "boolean": pa.bool_()}
    rows = pa.RecordBatch.from_pydict(
        {name: pa.array([value] * 2, types.get(KINDS[name], pa.timestamp("us", "UTC"))) for name, value in row.items()}
    )
    assert rule.holds(rows).tolist() == [holds, holds]
    assert rule.holds(rows[:0]).tolist() == []


@given(
    st.sampled_from(["a + b * 2 < 7", "a - b >= 1 or a * b == 6", "0 < a < b", "not (a == b and a != 3)"]),
    st.floats(-1e6, 1e6),
    st.integers(-100, 100),
)
def test_rules_mean_what_python_means(text: str, a: float, b: int) -> None:
    expected = eval(text, {}, {"a": a, "b": float(b)})  # noqa: S307  # the oracle; the texts stand above
    assert parse_rule("r", text, KINDS).holds_for({"a": a, "b": b}) is bool(expected)


def test_whole_numbers_beyond_a_float_are_compared_as_floats_everywhere() -> None:
    rule = parse_rule("r", "b == 9007199254740992", KINDS)
    assert rule.holds_for({"b": 2**53 + 1})
    assert rule.holds(pa.RecordBatch.from_pydict({"b": [2**53 + 1]})).tolist() == [True]
    assert rule.holds(pa.RecordBatch.from_pydict({"b": [2**53 + 1, None]})).tolist() == [True, True]
    assert not math.isnan(float(2**53 + 1))
