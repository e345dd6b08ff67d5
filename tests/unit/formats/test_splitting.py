"""A data set of Parquet files is split into whole row groups, in the order of its files; what cannot be is said in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from usecases.contract.catalog import load_catalog
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
