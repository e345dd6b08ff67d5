"""The page has small files read by the gateway; what comes of them is what ingestion makes of the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gateway_api.predict.file_check import file_answer
from gateway_api.settings import Settings as GatewaySettings
from ui.gateway.answers import CheckAnswer as PageCheckAnswer
from ui.parts.texts import RULES
from ui.settings import MAX_INFER_MEGABYTES, MAX_TRAINING_MEGABYTES, MEGABYTE
from usecases.checking.chunk_check import check_chunk
from usecases.checking.file_check import check_file
from usecases.checking.reasons import RuleName
from usecases.checking.row_model import row_model, rows_to_arrow
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError
from usecases.formats.reading import format_of, read_chunks

READINGS = UseCase.model_validate_json(
    json.dumps(
        {
            "name": "readings",
            "title": "Readings",
            "task": "regression",
            "target": "y",
            "key": "machine",
            "features": [
                {"name": "quality", "type": "category", "values": ["L", "M", "n/a", "a,b"], "nullable": True},
                {"name": "speed", "type": "integer", "minimum": 0},
                {"name": "torque", "type": "float", "nullable": True},
                {"name": "humid", "type": "boolean", "nullable": True},
                {"name": "seen", "type": "timestamp", "nullable": True},
            ],
            "training": {"data": "rows.csv"},
        }
    )
)
HEADER = "machine,quality,speed,torque,humid,seen"

Verdicts = dict[int, dict[str, Any] | None]
"""By row number: the typed row, or none where it is bad."""


def as_ingestion_reads(path: Path) -> Verdicts | None:
    found: Verdicts = {}
    try:
        for chunk in read_chunks(READINGS, path, format_of(path.name), 1_000):
            checked = check_chunk(READINGS, chunk)
            found |= dict.fromkeys(checked.bad)
            found |= dict(zip(checked.good_numbers.tolist(), checked.good.to_pylist(), strict=True))
    except (TableRefusedError, FileBrokenError):
        return None
    return found or None


def as_the_page_reads(path: Path) -> Verdicts | None:
    """Read a file as the page is answered over HTTP."""
    answer = file_answer(READINGS, check_file(READINGS, path, path.name, 1_000))
    checked = TypeAdapter(PageCheckAnswer).validate_json(answer.model_dump_json(exclude_unset=True))
    if checked.problem is not None:
        return None
    assert checked.is_whole
    found = {row.row: _judged(row.values) for row in checked.rows or []}
    assert None not in found.values(), "what is good is predicted"
    assert checked.good + checked.bad == checked.rows_in
    assert len(found) == checked.good
    bad: Verdicts = dict.fromkeys(error.row for error in checked.errors)
    assert len(bad) == checked.bad
    return dict(sorted((bad | found).items())) or None


def _judged(row: dict[str, Any]) -> dict[str, Any] | None:
    """Judge a row as the gateway does when the page sends it."""
    try:
        judged = row_model(READINGS).model_validate_json(json.dumps(row))
    except ValidationError:
        return None
    [typed] = rows_to_arrow(READINGS, [judged]).to_pylist()
    assert isinstance(typed, dict)
    return typed


def assert_same(path: Path, content: bytes) -> Verdicts | None:
    path.write_bytes(content)
    found = as_the_page_reads(path)
    assert found == as_ingestion_reads(path)
    return found


@pytest.mark.parametrize(
    ("content", "good", "bad"),
    [
        (f"{HEADER}\nm1,M,1480,41.5,yes,2026-03-01\n", 1, 0),
        (f"\ufeff{HEADER}\r\nm1,M, 1480 ,4.15e1,TRUE,2026-03-01T12:30Z\r\n", 1, 0),
        (f"\n\n{HEADER}\n\nm1,M,1,1,1,\n\nm2,L,2,2,0,\n", 2, 0),
        (f"{HEADER.replace(',', ';')}\nm1;a,b;1480;41.5;no;\n", 1, 0),
        (HEADER.replace(",", "\t") + "\nm1\tM\t1480\t41,5\tno\t\n", 0, 1),
        (" machine , quality,speed ,torque,humid,seen\nm1,M,1,1,1,\n", 1, 0),
        (f'{HEADER}\n"m ""1""","a,b","1480","41.5","no",""\n', 1, 0),
        (f'{HEADER}\n"two\nlines",M,1,1,1,\nm2,M,x,1,1,\n', 1, 1),
        (f"{HEADER}\nNA,n/a,1,NA,n/a,NaN\nNA,NA,null,None,,\n", 1, 1),
        (f"{HEADER}\nm1,,1,,,\nm1,M,,1,1,\n,L,1,1,1,\n", 2, 1),
        (f"{HEADER}\nm1,M,1\nm2,M,1,1,1,,7\nm3,M,1,1,1,\n", 1, 2),
        (f"{HEADER}\nm1,M,+7,-0.0,no,\nm2,M,7.0,.5,no,\nm3,M,0x1F,1_0,no,\nm4,M,1,inf,2,\n", 2, 2),
        (f"{HEADER}\nm1,M,\u0661,1,1,\nm2,M,1,\u0661,1,\n", 0, 2),
        (f"{HEADER}\nm1,M,99999999999999999999,1,1,\nm2,M,-1,1e999,1,\n", 0, 2),
        (f"{HEADER}\nm1,m,1,1,maybe,yesterday\nm2, M,1,1,1,2026-03-01 12:30:05+02:00\n", 1, 1),
        (f"{HEADER}\nm1,M,1,1,t,2026-03-01 12:30:05+00\nm2,M,1,1,Off,2026-03-01 12:30 UTC\n", 2, 0),
        (f'{HEADER}\n" m1 "," a,b",1,1,1.0,"\\N"\n1000.0,M ,1,#N/A,(null),NaT\n', 2, 0),
        ("seen,humid,torque,speed,quality,machine\n,,,3,L,m1\n", 1, 0),
        ("speed\n3\n4\n", 2, 0),
        (f"{HEADER}\nm1,M,1480,41.5,yes,", 1, 0),
    ],
)
def test_tricky_files_are_read_alike(tmp_path: Path, content: str, good: int, bad: int) -> None:
    found = assert_same(tmp_path / "rows.csv", content.encode())
    assert found is not None
    verdicts = [row is not None for row in found.values()]
    assert (verdicts.count(True), verdicts.count(False)) == (good, bad)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", HEADER.encode(), b"speed,speed\n1,1\n", b"quality\nM\n", b"speed,failed\n1,0\n"],
)
def test_files_that_nobody_can_use_are_refused_by_both(tmp_path: Path, content: bytes) -> None:
    assert assert_same(tmp_path / "rows.csv", content) is None


CELLS = st.sampled_from(
    ["", " ", "M", " M", "n/a", "NA", "nan", "1", "01", "-1", "1.0", "1e2", "1e400", "+.5", "5.", "0x1F", "\u0661", "yes",
     "True", "2", "2026-03-01", "2026-03-01T12:30Z", "2026-03-01 12:30:00+00", "\\N", "Off", "t", "0.0", "1000.0", "a,b ", '"a,b"', '"1"', '"say ""M"""', "a\u00a0", "\u00a01", "inf"]
)  # fmt: skip


@given(
    rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=5),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cells_are_read_alike(tmp_path: Path, rows: list[list[str]], line_end: str) -> None:
    lines = [HEADER, *(",".join(cells) for cells in rows)]
    assert_same(tmp_path / "rows.csv", line_end.join([*lines, ""]).encode())


def test_every_rule_of_the_gateway_has_a_title_on_the_page() -> None:
    assert set(RULES) == {rule.value for rule in RuleName}


def test_the_page_says_the_limits_of_files_that_the_gateway_has() -> None:
    said = (MAX_INFER_MEGABYTES * MEGABYTE, MAX_TRAINING_MEGABYTES * MEGABYTE)
    fields = GatewaySettings.model_fields
    assert said == (fields["max_infer_bytes"].default, fields["max_training_bytes"].default)
