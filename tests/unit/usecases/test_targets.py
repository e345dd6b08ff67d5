"""A value of a target is exactly a class or a number; or it is missing, left out or refused, and never anything else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usecases.tasks.spelling import TargetSpelling
from usecases.tasks.targets import read_classes, read_numbers, target_texts

LEFT_OUT, MISSING, REFUSED = "left out", "missing", "refused"


def read(spelling: TargetSpelling, column: pa.Array) -> list[Any]:
    """Return what each value is: the name of a class, or why it is none."""
    found = read_classes(spelling, column)
    whys = {LEFT_OUT: found.left_out, MISSING: found.missing, REFUSED: found.refused}
    return [
        next((why for why, mask in whys.items() if mask[place]), None) or spelling.classes[int(found.numbers[place])]
        for place in range(len(column))
    ]


@pytest.mark.parametrize(
    ("classes", "given", "meant"),
    [
        (("low", "mid", "high"), ["high", " low", "mid\t", "0", "2", "High", ""], ["high", "low", "mid", REFUSED, REFUSED, REFUSED, MISSING]),
        (("3", "4", "5"), ["3", "4.0", "+5", " 5.00 ", "3e0", "0", "1", "03"], ["3", "4", "5", "5", "3", REFUSED, REFUSED, "3"]),
        (("1.0", "0.0"), ["1", "0", "1.00", "true", "false", "2"], ["1.0", "0.0", "1.0", "1.0", "0.0", REFUSED]),
        (("no", "yes"), ["yes", "true", "FALSE", "1", "0", "y"], ["yes", "yes", "no", REFUSED, REFUSED, REFUSED]),
        (("False", "True"), ["true", "FALSE", "1", "0.0", "yes"], ["True", "False", "True", "False", REFUSED]),
        (("FALSCH", "WAHR"), ["true", "false", "1", "vrai", "ja"], ["WAHR", "FALSCH", "WAHR", "WAHR", REFUSED]),
        (("nein", "ja"), ["true", "FALSCH", "1"], ["ja", "nein", REFUSED]),
        (("clay", "sand"), ["true", "1"], [REFUSED, REFUSED]),
        (("0", "1", "2"), ["true", "2"], [REFUSED, "2"]),
        (("1", "2"), ["true", "false", "1", "2.0"], [REFUSED, REFUSED, "1", "2"]),
        (("-1", "1"), ["true", "-1"], ["1", "-1"]),
        (("N", "Y"), ["true", "FALSE", "y", "Y"], ["Y", "N", REFUSED, "Y"]),
        (("01", "1"), ["01", "1", "1.0", "001"], ["01", "1", REFUSED, REFUSED]),
        (("9007199254740993", "9007199254740992"), ["9007199254740993", "9007199254740992"], ["9007199254740993", "9007199254740992"]),
    ],
    ids=["names", "numbers", "turned round", "yes and no", "true and false", "WAHR and FALSCH", "nein and ja", "a soil", "three numbers", "1 and 2", "signs", "Y and N", "zeros in front", "large numbers"],
)  # fmt: skip
def test_a_class_is_what_is_written(classes: tuple[str, ...], given: list[str], meant: list[str]) -> None:
    assert read(TargetSpelling(classes), pa.array(given)) == meant


def test_a_class_has_also_the_name_that_the_data_give_it() -> None:
    spelling = TargetSpelling(("intact", "broken"), ("0", "1"))
    given = ["intact", "broken", "0", "1.0", "true", "2", None]
    assert read(spelling, pa.array(given)) == ["intact", "broken", "intact", "broken", "broken", REFUSED, MISSING]
    assert spelling.classes_in_words == "intact (0), broken (1)"


def test_what_is_left_out_and_what_stands_for_missing_are_declared() -> None:
    spelling = TargetSpelling(("2", "3"), left_out=("1", "other"), missing_values=("?", "-9"))
    given = ["2", "1.0", " other", "?", "-9.0", "4", "other kind"]
    assert read(spelling, pa.array(given)) == ["2", LEFT_OUT, LEFT_OUT, MISSING, MISSING, REFUSED, REFUSED]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 0, None], pa.int8()),
        pa.array([1, 0, None], pa.uint64()),
        pa.array([1.0, 0.0, float("nan")]),
        pa.array([1.0, 0.0, None], pa.float32()),
        pa.array([Decimal("1.00"), Decimal("0.00"), None]),
        pa.array([True, False, None]),
        pa.array(["1", "0", None]).dictionary_encode(),
        pa.array(["1", "0", ""], pa.large_string()),
        pa.array(["1", "0", " "], pa.string_view()),
        pa.array([b"1", b"0", None], pa.binary()),
    ],
    ids=lambda column: str(column.type),
)
def test_the_type_of_the_column_does_not_matter(column: pa.Array) -> None:
    assert read(TargetSpelling(("0", "1")), column) == ["1", "0", MISSING]


def test_a_class_that_is_a_long_number_is_what_its_digits_say() -> None:
    spelling = TargetSpelling(("12345678901", "4006381333931"))
    assert read(spelling, pa.array([4006381333931.0, None, 12345678901.0])) == ["4006381333931", MISSING, "12345678901"]


def test_a_fraction_is_no_class_and_not_missing() -> None:
    assert read(TargetSpelling(("0", "1")), pa.array([0.5, 1.0])) == [REFUSED, "1"]


def test_values_of_no_kind_are_refused() -> None:
    assert read(TargetSpelling(("a", "b")), pa.array([["a"], None])) == [REFUSED, MISSING]
    assert read(TargetSpelling(("a", "b")), pa.array([b"\xff", b"a"])) == [REFUSED, "a"]
    assert target_texts(pa.array([[1]])).to_pylist() == ["[1]"]


@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5).filter(str.strip), min_size=2, max_size=5, unique=True),
    st.lists(st.text(st.characters(codec="utf-8"), max_size=5), max_size=5),
)  # fmt: skip
def test_a_class_is_read_as_itself_and_nothing_but_digits_or_truths_as_another(
    classes: list[str], texts: list[str]
) -> None:
    found = read(TargetSpelling(tuple(classes)), pa.array([*classes, *texts], pa.string()))
    assert found[: len(classes)] == classes
    for text, meant in zip(texts, found[len(classes) :], strict=True):
        if meant in classes and meant.strip() != text.strip():
            assert any(letter.isdecimal() for letter in meant + text) or text.strip().lower() in {"true", "false"}


def test_numbers_are_read_and_what_is_none_is_refused() -> None:
    found = read_numbers(TargetSpelling(), pa.array(["1.5", "", "1,234", "inf", "12 €", "nan"]))
    np.testing.assert_array_equal(found.numbers, [1.5, *[np.nan] * 5])
    assert found.refused.tolist() == [False, False, True, True, True, False]
    assert found.missing.tolist() == [False, True, False, False, False, True]


def test_numbers_with_a_comma_and_those_that_stand_for_missing() -> None:
    spelling = TargetSpelling(missing_values=("?", "-200"), decimal_comma=True)
    found = read_numbers(spelling, pa.array(["1,5", "1.234,5", "1.234", "?", "-200,0", "-200"]))
    np.testing.assert_array_equal(found.numbers, [1.5, 1234.5, *[np.nan] * 4])
    assert found.refused.tolist() == [False, False, True, False, False, False]
