"""What a cell of a file becomes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from usecases.checking.row_model import key_of
from usecases.columns.casting import cast, cast_key
from usecases.columns.features import BooleanFeature, CategoryFeature, FloatFeature, IntegerFeature, TimestampFeature
from usecases.columns.timestamps import parse_timestamp

FLOAT = FloatFeature(name="f", type="float")
INTEGER = IntegerFeature(name="i", type="integer")
BOOLEAN = BooleanFeature(name="b", type="boolean")
CATEGORY = CategoryFeature(name="c", type="category", values=("L", "M"))
TIMESTAMP = TimestampFeature(name="t", type="timestamp")
BAD = object()


def cells(typed: pa.Array, bad: Any) -> list[Any]:
    return [BAD if wrong else value for value, wrong in zip(typed.to_pylist(), bad, strict=True)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5), (" 1.5 ", 1.5), ("+1", 1.0), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("-0.0", -0.0), ("1e-400", 0.0),
        ("", None), ("NaN", None), ("n/a", None), (" null ", None),
        ("1e400", BAD), ("inf", BAD), ("-Infinity", BAD), ("nan(1)", BAD), ("-nan", BAD), ("0x1F", BAD), ("1_000", BAD),
        ("1,5", BAD), ("abc", BAD), ("true", BAD), ("\u0661", BAD), ("1 2", BAD), ("--1", BAD), ("1\n", 1.0), ("\0", BAD),
    ],
)  # fmt: skip
@pytest.mark.parametrize("neighbours", [[], ["7"], ["x"], [""]])
def test_texts_of_floats(text: str, value: Any, neighbours: list[str]) -> None:
    assert cells(*cast(FLOAT, pa.array([text, *neighbours])))[0] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("+12", 12), ("-0", 0), ("007", 7), (" 12", 12), ("3.0", 3), ("3e2", 300), ("-1.0", -1),
        ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("9007199254740993", 2**53 + 1),
        ("0" * 40 + "9007199254740993", 2**53 + 1), ("-9.223372036854775808e18", -(2**63)),
        ("", None), ("nan", None), ("None", None),
        ("9223372036854775808", BAD), ("-9223372036854775809", BAD), ("9" * 60, BAD), ("1e19", BAD), ("3.5", BAD),
        ("3.000", BAD), (" 12.000", BAD), ("-1.000", BAD), ("0.000", 0), ("1480.000", 1480), ("3.0000", 3),
        ("0x1F", BAD), ("0X1f", BAD), ("1e400", BAD), ("inf", BAD), ("true", BAD), ("1_000", BAD), ("\u0661", BAD),
    ],
)  # fmt: skip
@pytest.mark.parametrize("neighbours", [[], ["7"], ["x"], ["", "2.0"]])
def test_texts_of_integers(text: str, value: Any, neighbours: list[str]) -> None:
    assert cells(*cast(INTEGER, pa.array([text, *neighbours])))[0] == value


def test_decimals_of_a_format_with_types_have_no_points_of_thousands() -> None:
    column = pa.array([Decimal("3.000"), Decimal("12.500"), Decimal("9007199254740993.000"), None])
    assert cells(*cast(INTEGER, column)) == [3, BAD, 2**53 + 1, None]


def test_texts_of_booleans() -> None:
    pairs = ["true", "FALSE", "1", "0", "yes", "No", "Y", "n", "t", "F", "on", "Off", "1.0", "0.0", "+1", "0e0"]
    pairs += ["WAHR", "FALSCH", "Vrai", "faux", "vero", "falso", "ja", "NEIN", "oui", "non", "sí", "no", "J", "N"]
    assert cells(*cast(BOOLEAN, pa.array(pairs))) == [True, False] * 15
    assert cells(*cast(BOOLEAN, pa.array([f" {word} " for word in pairs]))) == [True, False] * 15
    assert (
        cells(*cast(BOOLEAN, pa.array(["", "nan", None, "#N/A", "2", "maybe", "0x1", "1 0"]))) == [None] * 4 + [BAD] * 4
    )


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 0, 2, None]), pa.array([1, 0, 2, None], pa.uint8()), pa.array([1.0, -0.0, 0.5, float("nan")]),
        pa.array([1.0, 0.0, float("inf"), None], pa.float32()), pa.array([Decimal("1.0"), Decimal(0), Decimal(2), None]),
    ],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_numbers_of_booleans(column: pa.Array) -> None:
    assert cells(*cast(BOOLEAN, column)) == [True, False, BAD, None]


def test_the_spaces_around_a_category_belong_to_nobody_and_it_is_missing_only_if_nothing_else_is_there() -> None:
    column = pa.array(["L", " L", "M\t", "\u00a0M ", "", " ", "nan", None, "l", "L M"])
    assert cells(*cast(CATEGORY, column)) == ["L", "L", "M", "M", None, None, "nan", None, "l", "L M"]


def test_allowed_values_with_spaces_are_meant_with_and_without_them() -> None:
    spaced = CategoryFeature(name="c", type="category", values=(" Private", "State gov", " ?"))
    found = cells(*cast(spaced, pa.array([" Private", "Private", "Private ", "State gov", "?", "Stategov"])))
    assert found == [" Private"] * 3 + ["State gov", " ?", "Stategov"]
    both = CategoryFeature(name="c", type="category", values=(" a", "a", " b", "b "))
    assert cells(*cast(both, pa.array([" a", "a", "a ", " b", "b ", "b"]))) == [" a", "a", "a", " b", "b ", "b"]


@pytest.mark.parametrize(
    ("values", "column", "meant"),
    [
        (("1", "2", "3"), pa.array([1, 3, None, 4]), ["1", "3", None, "4"]),
        (("1", "2", "3"), pa.array([1.0, 3.0, float("nan"), 2.5]), ["1", "3", None, "2.5"]),
        (("1", "2", "3"), pa.array(["1.0", "03", "+1", "1e0"]), ["1", "3", "+1", "1e0"]),
        (("01", "02"), pa.array([1, 2, 3]), ["01", "02", "3"]),
        (("1.0", "2.5"), pa.array([1.0, 2.5]), ["1.0", "2.5"]),
        (("-1", "0"), pa.array([-1.0, -0.0]), ["-1", "0"]),
        (
            ("12345678901", "4006381333931"),
            pa.array([12345678901.0, None, 4006381333931.0]),
            ["12345678901", None, "4006381333931"],
        ),
        (("1", "01"), pa.array(["1", "01"]), ["1", "01"]),
        (("5", "6"), pa.array([Decimal("5.00"), Decimal("6.10")]), ["5", "6.10"]),
    ],
)
def test_a_number_is_the_category_that_writes_it(values: tuple[str, ...], column: pa.Array, meant: list[Any]) -> None:
    feature = CategoryFeature(name="c", type="category", values=values)
    assert cells(*cast(feature, column)) == meant


def test_texts_of_times() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    good = [
        "2026-03-01 12:00", "2026-03-01T14:00:00+02:00", " 2026-03-01T12:00Z ", "2026-03-01 12:00:00+00",
        "2026-03-01 12:00:00.000000000", "2026-03-01T17:30:00+0530", "2026-03-01 12:00:00 UTC", "2026-03-01 11:00 -01",
    ]  # fmt: skip
    assert cells(*cast(TIMESTAMP, pa.array(good))) == [noon] * len(good)
    assert [parse_timestamp(text) for text in good] == [noon] * len(good)
    bad = ["2026-02-30", "1 March", "2026", "2026-03-01T24:00", "2026-03-01T12:00+5", "2026-03-01 12:00 CET", "12:00"]
    assert cells(*cast(TIMESTAMP, pa.array(["null", r"\N", "NaT", *bad]))) == [None] * 3 + [BAD] * len(bad)


def test_what_is_finer_than_a_microsecond_is_cut_off() -> None:
    fine = pa.array(["1969-12-31 23:59:59.999999999", "2026-03-01T00:00:00.1234567+00"])
    moments = [datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), datetime(2026, 3, 1, 0, 0, 0, 123456, UTC)]
    assert cells(*cast(TIMESTAMP, fine)) == moments
    assert [parse_timestamp(text) for text in fine.to_pylist()] == moments


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 2**40]), pa.array([1, 2**40], pa.uint64()), pa.array([1.0, 2.0**40]), pa.array(["1", str(2**40)]),
        pa.array([Decimal(1), Decimal(2**40)], pa.decimal128(30, 0)), pa.array([Decimal("1.00"), Decimal(2**40)], pa.decimal256(50, 2)),
        pa.array(["1", str(2**40)]).dictionary_encode(), pa.array(["1", str(2**40)], pa.large_string()),
        pa.array(["1", str(2**40)], pa.string_view()), pa.array([b"1", str(2**40).encode()]),
        pa.array([b"1", str(2**40).encode()], pa.large_binary()), pa.array([b"1", str(2**40).encode()], pa.binary_view()),
    ],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_a_number_is_a_number_in_every_column_type(column: pa.Array) -> None:
    assert cells(*cast(INTEGER, column)) == [1, 2**40]
    assert cells(*cast(FLOAT, column)) == [1.0, 2.0**40]


@pytest.mark.parametrize("feature", [FLOAT, INTEGER, BOOLEAN, CATEGORY, TIMESTAMP], ids=lambda feature: feature.type)
@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1], None]),
        pa.array([{"a": 1}, None]),
        pa.array([1, None], pa.time64("us")),
        pa.array([1, None], pa.duration("s")),
    ],
    ids=lambda column: str(column.type),
)
def test_a_column_of_a_foreign_type_is_unreadable_where_it_holds_anything(feature: Any, column: pa.Array) -> None:
    assert cells(*cast(feature, column)) == [BAD, None]


def test_booleans_are_no_numbers_and_no_categories() -> None:
    assert cells(*cast(FLOAT, pa.array([True]))) == [BAD]
    assert cells(*cast(INTEGER, pa.array([True]))) == [BAD]
    assert cells(*cast(CATEGORY, pa.array([True]))) == [BAD]
    assert cells(*cast(TIMESTAMP, pa.array([1]))) == [BAD]


def test_integers_too_large_for_the_contract() -> None:
    assert cells(*cast(INTEGER, pa.array([2**63, 5], pa.uint64()))) == [BAD, 5]
    assert cells(*cast(INTEGER, pa.array([Decimal(2**63), Decimal(5)], pa.decimal128(30, 0)))) == [BAD, 5]
    assert cells(*cast(INTEGER, pa.array([2.0**63, -(2.0**63), 2.5]))) == [BAD, -(2**63), BAD]


def test_decimals_round_as_json_does() -> None:
    exact = Decimal("0.1000000000000000055511151231257827021181583404541015625")
    assert cells(*cast(FLOAT, pa.array([Decimal("0.1"), Decimal("123456789012345678.9")]))) == [
        0.1,
        123456789012345678.9,
    ]
    assert cells(*cast(FLOAT, pa.array([exact], pa.decimal256(70, 60)))) == [float(exact)]


def test_typed_times() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for unit in ("s", "ms", "us", "ns"):
        assert cells(*cast(TIMESTAMP, pa.array([moment], pa.timestamp(unit, "Europe/Berlin")))) == [moment]
        assert cells(*cast(TIMESTAMP, pa.array([moment.replace(tzinfo=None)], pa.timestamp(unit)))) == [moment]
    for kind in (pa.date32(), pa.date64()):
        assert cells(*cast(TIMESTAMP, pa.array([date(2026, 3, 1), None], kind))) == [moment.replace(hour=0), None]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([2**62], pa.timestamp("s")), pa.array([2**62], pa.timestamp("ms")), pa.array([2**62], pa.timestamp("us")),
        pa.array([2**31 - 1], pa.int32()).view(pa.date32()), pa.array([2**62], pa.int64()).view(pa.date64()),
        pa.array([datetime(1699, 12, 31, 23, 59)], pa.timestamp("s")), pa.array(["2199-12-31T23:59-05:00"]),  # noqa: DTZ001
    ],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_times_outside_the_calendar_are_bad_and_do_not_overflow(column: pa.Array) -> None:
    assert cells(*cast(TIMESTAMP, column)) == [BAD]


def test_bytes_that_are_no_text_are_bad() -> None:
    broken = pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xff", b"L"]).buffers())
    for column in (pa.array([b"\xff", b"L"]), broken):
        assert cells(*cast(CATEGORY, column)) == [BAD, "L"]
        assert cells(*cast_key(column)) == [BAD, "L"]


def test_a_key_is_a_text_or_a_whole_number() -> None:
    texts = ["M-1", " M-1 ", "", " ", None, "a\0b", "x" * 1000, "x" * 1001]
    assert cells(*cast_key(pa.array(texts))) == ["M-1", "M-1", None, None, None, BAD, "x" * 1000, BAD]
    assert cells(*cast_key(pa.array([42, None]))) == ["42", None]
    assert cells(*cast_key(pa.array([42.0, None, float("nan"), 0.5, 2.0**53]))) == ["42", None, None, BAD, BAD]
    assert cells(*cast_key(pa.array(["1000.0", "-7.0", "0.0", "1.5", "007.0", "1.0.0"]))) == [
        "1000", "-7", "0", "1.5", "007.0", "1.0.0",
    ]  # fmt: skip
    assert cells(*cast_key(pa.array(["M-1", None]).dictionary_encode())) == ["M-1", None]
    assert cells(*cast_key(pa.array([True]))) == [BAD]


def test_a_text_that_is_guarded_from_a_spreadsheet_is_what_it_guards() -> None:
    written = ['="007"', ' ="L-1" ', "'=1", '="a', '=""', '="a"b"']
    assert cells(*cast_key(pa.array(written))) == ["007", "L-1", "=1", '="a', None, '="a"b"']
    assert [key_of(text) for text in written] == cells(*cast_key(pa.array(written)))
    assert key_of('="\'-1"') == cells(*cast_key(pa.array(['="\'-1"'])))[0] == "-1"
    assert cells(*cast_key(pa.array(['="4.12346E+12"', "M+1"]))) == [BAD, "M+1"]
    codes = CategoryFeature(name="c", type="category", values=("007", "010"))
    assert cells(*cast(codes, pa.array(['="007"', '="10"', '="x"']))) == ["007", "010", '="x"']


def test_long_numbers_are_keys_to_their_last_digit() -> None:
    assert cells(*cast_key(pa.array([2**64 - 1], pa.uint64()))) == [str(2**64 - 1)]
    long = [Decimal("98765432109876543210.00"), Decimal("0.50")]
    assert cells(*cast_key(pa.array(long, pa.decimal128(30, 2)))) == ["98765432109876543210", BAD]


def test_texts_in_any_layout() -> None:
    uuid = "cc9bbce1-7f70-4b08-9848-5d2b63ecf06e"
    stored = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([UUID(uuid).bytes, None], pa.binary(16)))
    assert cells(*cast_key(stored)) == [uuid, None]
    assert cells(*cast_key(pa.array([b"M-1\0\0", b"M-234"], pa.binary(5)))) == ["M-1", "M-234"]
    assert cells(*cast_key(pc.run_end_encode(pa.array(["a", "a", None])))) == ["a", "a", None]


def test_a_column_of_nothing() -> None:
    for feature in (FLOAT, INTEGER, BOOLEAN, CATEGORY, TIMESTAMP):
        assert cells(*cast(feature, pa.nulls(2))) == [None, None]
        assert cells(*cast(feature, pa.array([], pa.string()))) == []
