"""A data set of Parquet files is split into whole row groups, in the order of its files; what cannot be is said in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.errors import TrainingDataError
from training.out_of_core.source import ParquetRows
from usecases.checking.chunk_check import check_chunk
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase
from usecases.formats.parquet import read_row_groups
from usecases.formats.reading import columns_of
from usecases.stores.splitting import SplittingTooSlowError, WrongJobError, require_plannable, split_rows
from usecases.stores.target import Target

IRIS = load_catalog()["iris"]


def write(folder: Path, sizes: Sequence[int]) -> Target:
    """Write files of so many rows, three in a row group."""
    for number, rows in enumerate(sizes):
        table = pa.table({feature.name: [1.5] * rows for feature in IRIS.features})
        pq.write_table(table, folder / f"day-{number}.parquet", row_group_size=3)
    return Target.at(str(folder))


def test_row_groups_stay_whole_and_files_in_their_order(tmp_path: Path) -> None:
    split = split_rows(IRIS, write(tmp_path, [7, 0, 5]), claim_rows=6, most_rows=100)
    found = [(one.path, one.first_group, one.groups, one.rows_before, one.rows) for one in split]
    assert found == [("day-0.parquet", 0, 2, 0, 6), ("day-0.parquet", 2, 1, 6, 1), ("day-2.parquet", 0, 2, 7, 5)]


@pytest.mark.parametrize(("sizes", "told"), [([], "there is nothing at"), ([0], "holds no rows"), ([7, 5], "12 rows")])
def test_a_data_set_without_rows_or_with_too_many_is_refused(tmp_path: Path, sizes: Sequence[int], told: str) -> None:
    with pytest.raises(WrongJobError, match=told):
        split_rows(IRIS, write(tmp_path, sizes), claim_rows=6, most_rows=11)


def test_it_ends_when_its_time_is_over_and_says_how_far_it_came(tmp_path: Path) -> None:
    with pytest.raises(SplittingTooSlowError, match="0 of 2 files"):
        split_rows(IRIS, write(tmp_path, [7, 5]), claim_rows=6, most_rows=100, seconds=-1)


def test_answers_go_beside_the_rows_into_a_folder_of_their_own(tmp_path: Path) -> None:
    given = write(tmp_path, [7])
    with pytest.raises(WrongJobError, match="lies in"):
        require_plannable(IRIS, given, Target.at(f"{tmp_path}/answers"))
    beside = tmp_path.parent / f"{tmp_path.name}-answers"
    require_plannable(IRIS, given, Target.at(str(beside)))
    beside.mkdir()
    (beside / "old.parquet").touch()
    with pytest.raises(WrongJobError, match=r"holds old\.parquet already"):
        require_plannable(IRIS, given, Target.at(str(beside)))


def test_a_column_that_only_folders_name_is_read_from_them(tmp_path: Path) -> None:
    use_case = UseCase.model_validate(
        {
            "name": "tiles", "title": "Tiles", "task": "regression", "target": "width", "training": {"data": "x.parquet"},
            "features": [
                {"name": "heat", "type": "float"},
                {"name": "site", "type": "category", "values": ["A/B", "C"], "nullable": True},
            ],
        }
    )  # fmt: skip
    steps = {"site=A%2FB/day=2": "A/B", "Site=C": "C", "site=__HIVE_DEFAULT_PARTITION__": None, "whole": None}
    for step in steps:
        (tmp_path / step).mkdir(parents=True)
        pq.write_table(pa.table({"heat": [1.5]}), tmp_path / step / "0.parquet")
    given = Target.at(str(tmp_path))
    paths = [one.path for one in split_rows(use_case, given, claim_rows=6, most_rows=100)]
    assert len(paths) == len(steps)
    for path in paths:
        [chunk] = read_row_groups(given.opener(path), columns_of(use_case), 100, None, path)
        [row] = check_chunk(use_case, chunk).good.to_pylist()
        assert row == {"heat": 1.5, "site": steps[path.rpartition("/")[0]]}


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ("_delta_log/00000000000000000000.json", "Delta Lake"),
        ("metadata/v1.metadata.json", "Iceberg"),
        (".hoodie/hoodie.properties", "Hudi"),
    ],
)
def test_a_table_that_keeps_deleted_rows_is_refused(log: str, kind: str, tmp_path: Path) -> None:
    given = write(tmp_path, [7])
    (tmp_path / log).parent.mkdir()
    (tmp_path / log).touch()
    with pytest.raises(
        WrongJobError, match=f"is a table of {kind}, .* write what the table holds now as plain Parquet"
    ):
        split_rows(IRIS, given, claim_rows=6, most_rows=100)
    with pytest.raises(TrainingDataError, match=f"is a table of {kind}"):
        ParquetRows.at(tmp_path)
