"""JSON is parsed alike at every door, and a name that stands twice is found at little cost."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from usecases.checking.json_size import TooManyValuesError, require_bounded
from usecases.contract.row_layout import may_hold_doubled_names
from usecases.formats.json_text import (
    NOT_JSON,
    DoubledName,
    DoubledNameError,
    JsonError,
    parse,
    parse_lines,
    parse_rows,
    row_text,
)

NAMES = st.sampled_from(["a", "b", "a:b", 'a"', "", "é"])
VALUES = st.one_of(st.integers(), st.text(alphabet='ab:" \\é', max_size=6), st.none(), st.booleans())
SPACES = st.sampled_from(["", " ", "\t"])


@st.composite
def objects(draw: st.DrawFn) -> tuple[bytes, dict[str, Any], bool]:
    """Draw the text of an object, what a parser makes of it, and whether a name stands twice."""
    pairs = draw(st.lists(st.tuples(NAMES, VALUES), max_size=5))
    members = [f"{json.dumps(name)}{draw(SPACES)}:{draw(SPACES)}{json.dumps(value)}" for name, value in pairs]
    found = dict(pairs)
    return f"{{{','.join(members)}}}".encode(), found, len(found) < len(pairs)


@given(st.lists(objects(), min_size=1, max_size=5))
@example([(b'{"a":"\\":","a" :1}', {"a": 1}, True)])
def test_a_name_that_stands_twice_is_found_whatever_stands_around_it(
    drawn: list[tuple[bytes, dict[str, Any], bool]],
) -> None:
    lines = [text for text, _, _ in drawn]
    for row, (text, found, is_doubled) in zip(parse_lines(lines), drawn, strict=True):
        if is_doubled:
            assert isinstance(row, DoubledName)
            assert may_hold_doubled_names(text, len(found))
            with pytest.raises(DoubledNameError):
                parse(text)
        else:
            assert row == parse(text) == found
    rows = parse_rows(b"[" + b",".join(lines) + b"]")
    assert [isinstance(row, DoubledName) for row in rows] == [is_doubled for _, _, is_doubled in drawn]


def test_a_doubled_row_keeps_all_that_came() -> None:
    (row,) = parse_lines([b'{"a": 1, "b": "x", "a": NaN}'])
    assert (row.name, row.text) == ("a", '{"a":1,"b":"x","a":NaN}')
    assert row_text(row) == row.text
    inner = parse_rows(b'[{"a": {"b": 1, "b": 2}}]')[0]
    assert str(inner["a"]) == '{"b":1,"b":2}'
    assert json.loads(row_text(inner)) == {"a": '{"b":1,"b":2}'}


def test_what_python_writes_is_read_and_long_numbers_keep_their_digits() -> None:
    row = {"key": 98765432109876543210, "ratio": float("inf"), "text": "é"}
    (found,) = parse_lines([json.dumps(row).encode()])
    assert found == row
    assert json.loads(row_text(found)) == row
    (missing,) = parse_lines([b'{"a": NaN}'])
    assert missing["a"] != missing["a"]


def test_lines_that_share_an_object_are_no_rows() -> None:
    # Joined by commas these would be three objects, as many as there are lines.
    lines = [b'{"a":[{"b":1}', b'{"c":1}]}', b'{"d":1},{"e":1}']
    assert parse_lines(lines) == [NOT_JSON] * 3
    assert parse_lines([*lines, b'{"f":1}'])[3] == {"f": 1}


@pytest.mark.parametrize("text", [b"", b"{", b"nope", b'{"a":\xff}', b"[" * 100_000, b'{"a": 1} {"a": 2}'])
def test_what_is_no_json_says_so(text: bytes) -> None:
    for read in (parse, parse_rows):
        with pytest.raises(JsonError):
            read(text)
    assert parse_lines([text or b" "]) == [NOT_JSON]


def test_a_name_doubled_among_many_is_found_in_one_pass() -> None:
    members = [f'"n{number}":1' for number in range(100_000)]
    text = f"{{{','.join([*members, members[-1]])}}}".encode()
    started = time.perf_counter()
    with pytest.raises(DoubledNameError, match="n99999"):
        parse(text)
    assert isinstance(parse_rows(text), DoubledName)
    # Looked for name by name it takes minutes.
    assert time.perf_counter() - started < 10


def test_rows_one_a_line_are_called_what_they_are() -> None:
    with pytest.raises(JsonError, match="application/x-ndjson"):
        parse_rows(b' {"a": 1} \r\n{"a": 2}\n')
    for text in (b'{"a": 1', b'{"a": 1}\n[', b"{}" + b" " * 99_999 + b"x", b"{}" + b"\n" * 99_999 + b"x"):
        with pytest.raises(JsonError) as refused:
            parse_rows(text)
        assert "ndjson" not in str(refused.value)


def test_a_byte_order_mark_in_front_is_no_part_of_a_row() -> None:
    assert parse_rows(b'\xef\xbb\xbf{"a": 1}') == parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


SIGNS = st.text(alphabet='{}[]:,"\\é ', max_size=6)


@given(
    st.lists(st.dictionaries(SIGNS, SIGNS | st.integers(), max_size=4), min_size=1, max_size=4),
    st.integers(1, 4),
    st.integers(0, 4),
)
def test_rows_and_their_members_are_counted_whatever_signs_texts_hold(
    rows: list[dict[str, Any]], most_rows: int, most_members: int
) -> None:
    body = json.dumps(rows).encode()
    if len(rows) > most_rows or max(map(len, rows)) > most_members:
        with pytest.raises(TooManyValuesError):
            require_bounded(body, most_rows, most_members)
    else:
        require_bounded(body, most_rows, most_members)
