"""Use cases and rows of every shape, for property tests."""

from __future__ import annotations

from datetime import datetime
from math import isnan
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.contract.spec import UseCase

ABSENT = object()
"""Stands for a column that a row does not have."""

CATEGORIES = ("L", "M", "H", "é", "5", "true", " a", "NaN", "日本", "\u00a0", "l")
TIMES = (
    "2026-03-01", "2026-03-01T12:30Z", "2026-03-01 12:30:05.25+02:00", "2026-03-01T12:30:05.123456",
    "1969-12-31T23:59:59.999999Z", "1700-01-01", "1700-01-01T00:00+05:00", "2199-12-31T23:59-05:00",
    "2199-12-31T23:59:59.999999Z", "2024-02-29", "2023-02-29", "2026-13-01", "2026-03-01T24:00", "2026-03-01T12",
    "2026-W05-1", "20260301", "1699-12-31", "2026-03-01\n", "2026-03-01T12:30:05.1234567", "2026-3-1", "2026-03-01t12:30",
    "2026-03-01T12:30:05,25", "2026-03-01T12:30:05+0200", "2026-03-01T12:30:60", "٢٠٢٦-03-01",
    "31.12.2026", "1.3.2026 9:05", "01.03.2026 09:05:07", "31.02.2026", "1.3.2026 9:5", "٣١.12.2026", "31.12.2026\v", "31.12.2026T9:05",
)  # fmt: skip
AWKWARD: tuple[Any, ...] = (
    None, ABSENT, True, False, 0, 1, -1, 3.0, -0.0, 1e3, 2.5, 1e300, -1e300, 5e-324, 1e400, -1e400, float("nan"),
    2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**30, 10**400, 9.3e18, -9.223372036854775808e18,
    "", " ", "nan", "3", "abc", "L", "l", "é", "e\u0301", "a\0b", "\0", "\ud800", "x" * 1001, "x" * 1000, "2026-03-01",
    [], [1], {}, {"a": 1}, "0x1F", "nan(1)", "+1", "1_000", "\u0661",
)  # fmt: skip

_NUMBERS = st.integers(-20, 20)


@st.composite
def use_cases(draw: st.DrawFn) -> UseCase:
    """Draw a use case with up to six features of every type, a key or none, and up to three row rules."""
    kinds = draw(
        st.lists(st.sampled_from(["float", "integer", "category", "boolean", "timestamp"]), min_size=1, max_size=6)
    )
    features = [_feature(draw, f"{kind[0]}{index}", kind) for index, kind in enumerate(kinds)]
    kind_of = {feature["name"]: feature["type"] for feature in features}
    rules = draw(st.lists(conditions(kind_of), max_size=3)) if any(_ORDERED & {*kind_of.values()}) else []
    return UseCase.model_validate_json(
        _json(
            name="drawn",
            title="Drawn",
            task="regression",
            target="y",
            key=draw(st.sampled_from([None, "machine"])),
            features=features,
            rules=[{"name": f"rule_{index}", "check": text} for index, text in enumerate(rules)],
            training={"data": "rows.csv"},
        )
    )


def _json(**content: Any) -> str:
    import json  # noqa: PLC0415  # one use

    return json.dumps(content)


def _feature(draw: st.DrawFn, name: str, kind: str) -> dict[str, Any]:
    feature: dict[str, Any] = {"name": name, "type": kind, "nullable": draw(st.booleans())}
    if kind in {"float", "integer"} and draw(st.booleans()):
        low, high = sorted([draw(_NUMBERS), draw(_NUMBERS)])
        feature |= draw(st.sampled_from([{"minimum": low}, {"maximum": high}, {"minimum": low, "maximum": high}]))
    if kind == "category":
        feature["values"] = draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=5, unique=True))
    if kind == "timestamp":
        feature["day_first"] = draw(st.booleans())
    return feature


_ORDERED = {"float", "integer", "boolean", "category", "timestamp"}


@st.composite
def conditions(draw: st.DrawFn, kind_of: dict[str, str]) -> str:
    """Draw a condition in the language of row rules that names at least one feature."""
    by_kind: dict[str, list[str]] = {}
    for name, kind in kind_of.items():
        by_kind.setdefault("float" if kind == "integer" else kind, []).append(name)
    text = _comparison(draw, by_kind, draw(st.sampled_from(sorted(by_kind))))
    for _ in range(draw(st.integers(0, 2))):
        other = draw(st.sampled_from([*sorted(by_kind), "constant"]))
        more = draw(st.sampled_from(["1 < 2", "True", "2 < 1 or 3 > 2"])) if other == "constant" else ""
        text = f"({text}) {draw(st.sampled_from(['and', 'or']))} ({more or _comparison(draw, by_kind, other)})"
    return f"not ({text})" if draw(st.booleans()) else text


def _comparison(draw: st.DrawFn, by_kind: dict[str, list[str]], kind: str) -> str:
    name, other = draw(st.sampled_from(by_kind[kind])), draw(st.sampled_from(by_kind[kind]))
    order = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    equality = draw(st.sampled_from(["==", "!="]))
    match kind:
        case "float":
            number = draw(st.sampled_from(["0", "1", "2.5", "-3", "1e3", "9007199254740993"]))
            arithmetic = draw(st.sampled_from(["+", "-", "*", "/"]))
            chained = draw(st.sampled_from(["", f" < {number}", f" <= {name}"]))
            return f"{name} {order} {other} {arithmetic} {number}{chained}"
        case "boolean":
            return draw(st.sampled_from([name, f"{name} {equality} {other}", f"{name} {equality} True"]))
        case "category":
            value = draw(st.sampled_from(["L", "M", "é"]))
            return draw(st.sampled_from([f"{name} {equality} '{value}'", f"{name} {equality} {other}"]))
        case _:
            return f"{name} {order} {other}"


@st.composite
def values(draw: st.DrawFn, feature: Feature | None) -> Any:
    """Draw a cell of a feature, or of the key where there is none: mostly fitting, now and then anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(AWKWARD))
    whole = st.integers(-(2**63), 2**63 - 1)
    match feature:
        case FloatFeature():
            usual = st.one_of(st.integers(-25, 25), st.floats(-25, 25), st.floats(allow_nan=False))
        case IntegerFeature():
            usual = st.one_of(st.integers(-25, 25), whole, _NUMBERS.map(float))
        case CategoryFeature():
            usual = st.sampled_from([*feature.values, *feature.values, *CATEGORIES])
        case BooleanFeature():
            usual = st.booleans()
        case TimestampFeature():
            moments = st.datetimes(datetime(1700, 1, 1), datetime(2199, 12, 31))  # noqa: DTZ001  # no offset on purpose
            usual = st.one_of(moments.map(datetime.isoformat), st.sampled_from(TIMES))
        case None:
            usual = st.one_of(st.text(max_size=5), whole)
    return draw(usual)


@st.composite
def rows(draw: st.DrawFn, use_case: UseCase) -> dict[str, Any]:
    """Draw one row as a JSON object."""
    drawn = {name: draw(values(use_case.features_by_name.get(name))) for name in use_case.columns}
    return {name: value for name, value in drawn.items() if value is not ABSENT}


def as_typed_columns(use_case: UseCase, row: dict[str, Any]) -> pa.RecordBatch | None:
    """Write a row as typed Arrow columns, or give none where Arrow has no such value or a text means a number."""
    columns = {}
    for name, value in row.items():
        feature = use_case.features_by_name.get(name)
        if isinstance(value, str) and not _means_itself(feature, value):
            return None
        try:
            columns[name] = pa.array([value])
        except (OverflowError, UnicodeEncodeError, pa.ArrowInvalid):
            try:
                columns[name] = pa.array([value], pa.uint64())
            except (OverflowError, TypeError, pa.ArrowInvalid):
                return None
    return pa.record_batch(columns) if columns else None


def as_texts(use_case: UseCase, row: dict[str, Any]) -> dict[str, str | None] | None:
    """Write a row as CSV cells, or give none where a cell would mean something else than in JSON."""
    cells: dict[str, str | None] = {}
    for name in use_case.columns:
        feature, value = use_case.features_by_name.get(name), row.get(name)
        cell = _cell(feature, value)
        if cell is None:
            return None
        cells[name] = cell
    return cells


def _cell(feature: Feature | None, value: Any) -> str | None:
    is_text = feature is None or isinstance(feature, CategoryFeature)
    cell: str | None = None
    match value:
        case None:
            cell = ""
        case bool():
            cell = None if is_text else str(value).lower()
        case int() if feature is None:
            cell = str(value) if abs(value) < 2**63 else None
        case int() | float() if not is_text and not (isinstance(feature, BooleanFeature) and isinstance(value, int)):
            cell = "nan" if isinstance(value, float) and isnan(value) else repr(value)
        case str():
            writable = value.encode("utf-8", "replace").decode() == value
            cell = value if writable and _means_itself(feature, value) else None
        case _:
            pass
    return cell


def _means_itself(feature: Feature | None, text: str) -> bool:
    """Return whether a text is the same value in JSON and in a column of texts."""
    if isinstance(feature, TimestampFeature):
        return text.strip() == text and text.lower() not in {"nan", "null", "none", "na", "n/a"}
    return feature is None or isinstance(feature, CategoryFeature) or text == ""
