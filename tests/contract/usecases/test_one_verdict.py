"""Every door gives the same verdict on a row, for the same reasons, and the model sees the same bits."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors
from pydantic import ValidationError

from tests.support.usecases.generated_rows import as_texts, as_typed_columns, rows, use_cases
from usecases.checking.reasons import Reason, RuleName, reasons_of
from usecases.checking.row_model import Row, row_model, rows_to_arrow
from usecases.checking.table_check import CheckedTable, _typed, check_table, frame_schema, to_frame
from usecases.contract.row_layout import TableRefusedError, row_schema
from usecases.contract.spec import UseCase
from usecases.models.scoring import matrix

thorough = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@st.composite
def use_case_and_rows(draw: st.DrawFn) -> tuple[UseCase, list[dict[str, Any]]]:
    use_case = draw(use_cases())
    return use_case, draw(st.lists(rows(use_case), max_size=6))


@st.composite
def use_case_and_row(draw: st.DrawFn) -> tuple[UseCase, dict[str, Any]]:
    use_case = draw(use_cases())
    return use_case, draw(rows(use_case))


def from_http(use_case: UseCase, row: dict[str, Any]) -> Row | list[Reason]:
    try:
        return row_model(use_case).model_validate_json(json.dumps(row))
    except ValidationError as error:
        return reasons_of(use_case, error.errors())


def from_python(use_case: UseCase, row: dict[str, Any]) -> Row | list[Reason]:
    try:
        return row_model(use_case).model_validate(row)
    except ValidationError as error:
        return reasons_of(use_case, error.errors())


def from_table(use_case: UseCase, raw: pa.RecordBatch) -> CheckedTable | None:
    try:
        return check_table(use_case, raw)
    except TableRefusedError:
        return None


def pairs(reasons: list[Reason]) -> set[tuple[str | None, str]]:
    return {(reason.column, reason.rule) for reason in reasons}


def assert_same(use_case: UseCase, verdict: Row | list[Reason], checked: CheckedTable, position: int = 0) -> None:
    if isinstance(verdict, list):
        assert position in checked.bad, f"only pydantic refuses the row: {verdict}"
        found = pairs(checked.bad[position])
        of_rules = {(None, rule.name) for rule in use_case.rules}
        # A rule between fields that are wrong by themselves says nothing new; pydantic does not get there.
        assert pairs(verdict) == (found if pairs(verdict) <= of_rules else found - of_rules)
    else:
        assert position not in checked.bad, f"only the table check refuses the row: {checked.bad}"
        where = int(np.searchsorted(checked.good_positions, position))
        one = checked.good.slice(where, 1)
        same = rows_to_arrow(use_case, [verdict])
        assert one.equals(same)
        assert matrix(use_case, one).tobytes() == matrix(use_case, same).tobytes()


@given(use_case_and_row())
@thorough
def test_a_row_in_json_and_as_typed_columns(drawn: tuple[UseCase, dict[str, Any]]) -> None:
    use_case, row = drawn
    raw = as_typed_columns(use_case, row)
    assume(raw is not None)
    checked = from_table(use_case, raw)
    verdict = from_http(use_case, row)
    if checked is None:
        assert isinstance(verdict, list)
        assert RuleName.MISSING in {reason.rule for reason in verdict}
    else:
        assert_same(use_case, verdict, checked)


@given(use_case_and_rows())
@thorough
def test_rows_in_json_and_as_csv(drawn: tuple[UseCase, list[dict[str, Any]]]) -> None:
    use_case, all_rows = drawn
    written = [(row, cells) for row in all_rows if (cells := as_texts(use_case, row)) is not None]
    columns = {name: pa.array([cells[name] for _, cells in written], pa.string()) for name in use_case.columns}
    raw = pa.record_batch(columns)
    checked = check_table(use_case, raw)
    assert sorted([*checked.bad, *checked.good_positions.tolist()]) == list(range(len(written)))
    for position, (row, _) in enumerate(written):
        assert_same(use_case, from_http(use_case, row), checked, position)
        alone = check_table(use_case, raw.slice(position, 1))
        assert alone.bad.get(0) == checked.bad.get(position), "a row's verdict depends on its neighbours"


@given(use_case_and_row())
@thorough
def test_json_and_python_objects(drawn: tuple[UseCase, dict[str, Any]]) -> None:
    use_case, row = drawn
    by_json, by_python = from_http(use_case, row), from_python(use_case, row)
    assert isinstance(by_json, list) == isinstance(by_python, list)
    if not isinstance(by_json, list):
        assert by_json == by_python
    for verdict in (by_json, by_python):
        for reason in verdict if isinstance(verdict, list) else []:
            # What goes to PostgreSQL: UTF-8 without a NUL character.
            assert "\0" not in json.loads(reason.model_dump_json())["message"]


@given(use_case_and_rows())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_checks_find_what_the_whole_pandera_schema_finds(drawn: tuple[UseCase, list[dict[str, Any]]]) -> None:
    use_case, all_rows = drawn
    texts = [cells for row in all_rows if (cells := as_texts(use_case, row)) is not None]
    raw = pa.record_batch({name: pa.array([cells[name] for cells in texts], pa.string()) for name in use_case.columns})
    typed, faults = _typed(use_case, raw)
    unreadable = {(fault.column, position) for fault in faults for position in fault.positions.tolist()}
    by_pandera: set[tuple[str, str, int]] = set()
    try:
        frame_schema(use_case).validate(to_frame(typed), lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        by_pandera = {
            (column, str(check), int(index))
            for column, check, index in zip(cases["column"], cases["check"], cases["index"], strict=True)
            if (column, int(index)) not in unreadable
        }
    ours = {
        (reason.column, reason.rule, position)
        for position, reasons in check_table(use_case, raw).bad.items()
        for reason in reasons
        if reason.column is not None and reason.rule != RuleName.TYPE
    }
    assert ours == by_pandera


@given(use_case_and_rows())
@thorough
def test_a_row_is_encoded_the_same_alone_and_among_others(drawn: tuple[UseCase, list[dict[str, Any]]]) -> None:
    use_case, all_rows = drawn
    good = [verdict for row in all_rows if not isinstance(verdict := from_http(use_case, row), list)]
    together = rows_to_arrow(use_case, good)
    assert together.schema == row_schema(use_case)
    alone = b"".join(matrix(use_case, rows_to_arrow(use_case, [row])).tobytes() for row in good)
    assert matrix(use_case, together).tobytes() == alone
