"""Names of files and cursors, on anything a caller may think of."""

from __future__ import annotations

import contextlib
from pathlib import PurePosixPath, PureWindowsPath
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from gateway_api.door.problems import InvalidParameters, Problem
from gateway_api.wire.cursors import cursor_of_id, cursor_of_number, id_of_cursor, number_of_cursor
from gateway_api.wire.file_names import MAX_NAME_BYTES, safe_file_name


@given(st.text(max_size=80))
@example("../../etc/passwd.csv")
@example("C:\\autoexec.csv")
@example("con.csv\0.exe")
@example("." * 50 + ".csv")
def test_a_name_is_one_harmless_component_or_refused(name: str) -> None:
    for given_name in (name, name + ".csv"):
        try:
            safe = safe_file_name(given_name)
        except Problem:
            continue
        assert PurePosixPath(safe).name == PureWindowsPath(safe).name == safe
        assert safe.isprintable()
        assert not safe.startswith(".")
        assert safe == safe_file_name(safe), "the batch of a file must not depend on how often its name was cleaned"
        assert len(safe.encode()) <= MAX_NAME_BYTES


@given(st.uuids(), st.integers(0, 2**31 - 1))
def test_cursors_come_back(last: UUID, number: int) -> None:
    assert id_of_cursor(cursor_of_id(last)) == last
    assert number_of_cursor(cursor_of_number(number)) == number


@given(st.text(max_size=40))
def test_anything_else_is_no_cursor(text: str) -> None:
    for read in (id_of_cursor, number_of_cursor):
        with contextlib.suppress(InvalidParameters):
            read(text)
