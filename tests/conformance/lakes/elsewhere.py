"""Rows that Spark, Dask and Ray hold are scored there as every door scores them; `make test-lakes` runs this."""

from __future__ import annotations

from pathlib import Path

import pyarrow.dataset as ds
import pytest

from tests.conformance.lakes.reading import data_set, require_equal, run_program


@pytest.mark.parametrize("name", ["dask", "ray", "spark"])
@pytest.mark.timeout(600)
def test_answers_are_those_of_every_door(name: str, tmp_path: Path) -> None:
    rows = data_set(tmp_path)
    run_program(name, tmp_path, given=rows.given, output=tmp_path / "output", model_file=rows.model_file)
    require_equal(ds.dataset(tmp_path / "output", format="parquet").to_table(), rows.expected)
