"""Every file that is read may be uploaded, and a use case may be made of it."""

from __future__ import annotations

import pytest

from gateway_api.use_cases.requests import AddUseCase
from gateway_api.wire.file_names import safe_file_name
from usecases.formats import reading


@pytest.mark.parametrize("ending", reading.endings())
def test_what_is_read_may_be_uploaded(ending: str) -> None:
    assert ending in reading.format_of(safe_file_name(f"file{ending}")).endings
    assert AddUseCase(use_case={}, data="0" * 64 + ending).data.endswith(ending)


def test_nothing_else_may_be_uploaded() -> None:
    assert set(reading.endings()) == {
        ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".xlsx", ".xlsm", ".parquet", ".pq", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz",
        ".json", ".json.gz", ".zip",
    }  # fmt: skip
