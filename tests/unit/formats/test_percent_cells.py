"""Cells of workbooks that show percent: 10 % is 0.1 in the file, where other data write 10."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter

from usecases.checking.chunk_check import CheckedChunk, check_chunk
from usecases.columns.features import FloatFeature
from usecases.columns.written import Written, written_as
from usecases.contract.spec import UseCase
from usecases.formats.data_files import read_data
from usecases.formats.excel.archive import percent_columns
from usecases.formats.reading import format_of, read_chunks
from usecases.proposal.choices import Choices
from usecases.proposal.infer import Inferred, infer

ROWS = 120
DISCOUNTS = np.random.default_rng(0).uniform(0.01, 0.6, ROWS).round(3)
FRAME = pd.DataFrame({"amount": np.arange(ROWS) * 1.5 % 70, "discount": DISCOUNTS, "late": np.arange(ROWS) % 3 % 2})


def workbook(path: Path, shown: str, frame: pd.DataFrame = FRAME) -> Path:
    """Write a table behind a cover, one column from the left, with a format for the discounts."""
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Cover & co").write(0, 2, 0.5, book.add_format({"num_format": "0%"}))
        sheet, style = book.add_worksheet("Rows <1>"), book.add_format({"num_format": shown})
        sheet.write_row(0, 1, list(frame))
        for row, values in enumerate(frame.itertuples(index=False), start=1):
            for column, value in enumerate(values, start=1):
                sheet.write(row, column, value, style if frame.columns[column - 1] == "discount" else None)
    return path


def inferred(path: Path) -> Inferred:
    return infer(read_data(path), Choices(target="late"), file_name=path.name, data=path.name)


def csv(path: Path, frame: pd.DataFrame) -> Path:
    frame.to_csv(path, index=False)
    return path


def checked(use_case: UseCase, path: Path) -> CheckedChunk:
    [chunk] = read_chunks(use_case, path, format_of(path.name), 1_000)
    return check_chunk(use_case, chunk)


@pytest.mark.parametrize(
    ("shown", "is_percent"),
    [("0%", True), ("0.00%", True), ("0.0%;[Red]-0.0%", True), ('0.0" %"', False), ("0.00", False), (r"0.0\%", False)],
)
def test_a_column_is_in_percent_by_its_number_format(shown: str, is_percent: bool, tmp_path: Path) -> None:  # noqa: FBT001  # a parameter of pytest
    table = read_data(workbook(tmp_path / "rows.xlsx", shown))
    assert table.schema.names == list(FRAME)
    told = [written_as(field) is Written.PERCENTS for field in table.schema]
    assert told == [False, is_percent, False]
    assert np.allclose(table.column("discount").to_numpy(), DISCOUNTS)


def test_percent_cells_are_bad_where_the_training_data_writes_whole_percents(tmp_path: Path) -> None:
    use_case = inferred(csv(tmp_path / "rows.csv", FRAME.assign(discount=(DISCOUNTS * 100).round(1)))).use_case
    found = checked(use_case, workbook(tmp_path / "later.xlsx", "0.0%"))
    assert (found.good.num_rows, len(found.bad)) == (0, ROWS)
    [reason] = found.bad[1]
    assert (reason.column, reason.value) == ("discount", f"{DISCOUNTS[0] * 100:.12g}%")
    assert json.loads(found.raw([1])[0])["discount"] == reason.value
    assert "is in percent; write the number alone, as the training data does, such as" in reason.message
    # A CSV file of the same sheet says so as well, and a sheet of plain numbers is read.
    texts = FRAME.assign(discount=[f"{value:.1%}" for value in DISCOUNTS])
    assert checked(use_case, csv(tmp_path / "later.csv", texts)).bad[1] == found.bad[1]
    plain = FRAME.assign(discount=(DISCOUNTS * 100).round(1))
    assert not checked(use_case, workbook(tmp_path / "plain.xlsx", '0.0" %"', plain)).bad


def test_percent_cells_are_read_where_they_were_learned_from(tmp_path: Path) -> None:
    found = inferred(workbook(tmp_path / "rows.xlsx", "0%"))
    [told] = [finding for finding in found.findings if finding.kind == "percent"]
    assert (told.column, told.text) == ("discount", "cells that show percent: where they show 10 %, the number is 0.1")
    later = FRAME.assign(discount=DISCOUNTS / 2).head(5)
    read = checked(found.use_case, workbook(tmp_path / "later.xlsx", "0.0%", later))
    assert read.good.column("discount").to_pylist() == (DISCOUNTS / 2)[:5].tolist()


def test_shares_that_were_learned_from_a_csv_file_are_those_of_percent_cells(tmp_path: Path) -> None:
    use_case = inferred(csv(tmp_path / "rows.csv", FRAME)).use_case
    assert not checked(use_case, workbook(tmp_path / "later.xlsx", "0%")).bad


def test_growth_beyond_all_bounds_is_told_by_its_example(tmp_path: Path) -> None:
    growth = np.random.default_rng(1).lognormal(-1, 1.2, ROWS).round(4)
    use_case = inferred(csv(tmp_path / "rows.csv", FRAME.assign(discount=growth))).use_case
    feature = use_case.features_by_name["discount"]
    assert isinstance(feature, FloatFeature)
    assert feature.maximum is not None
    assert feature.maximum > 1
    small = FRAME.assign(discount=0.05).head(5)
    assert checked(use_case, workbook(tmp_path / "later.xlsx", "0%", small)).good.column("discount") == pa.array(
        [0.05] * 5
    )


def test_small_shares_are_read_where_shares_of_all_sizes_were_learned_from(tmp_path: Path) -> None:
    growth = np.random.default_rng(1).uniform(0, 5, ROWS).round(3) ** 3 / 25
    use_case = inferred(csv(tmp_path / "rows.csv", FRAME.assign(discount=growth))).use_case
    feature = use_case.features_by_name["discount"]
    assert isinstance(feature, FloatFeature)
    assert feature.example is not None
    assert feature.maximum is not None
    assert 0.1 < feature.example <= 1
    assert feature.maximum > 2
    small = FRAME.assign(discount=0.01).head(5)
    assert not checked(use_case, workbook(tmp_path / "later.xlsx", "0%", small)).bad


def test_percent_cells_are_bad_by_the_range_alone_where_there_is_no_example(tmp_path: Path) -> None:
    use_case = inferred(csv(tmp_path / "rows.csv", FRAME.assign(discount=(DISCOUNTS * 100).round(1)))).use_case
    content = use_case.model_dump(mode="json")
    for feature in content["features"]:
        feature["example"] = None
    bare = UseCase.model_validate(content)
    assert len(checked(bare, workbook(tmp_path / "later.xlsx", "0%")).bad) == ROWS


def test_growth_of_more_than_all_is_read_where_percent_cells_were_learned_from(tmp_path: Path) -> None:
    growth = FRAME.assign(discount=np.random.default_rng(2).uniform(0, 3, ROWS).round(3))
    use_case = inferred(workbook(tmp_path / "rows.xlsx", "0%", growth)).use_case
    feature = use_case.features_by_name["discount"]
    assert isinstance(feature, FloatFeature)
    assert (feature.shown_in_percent, feature.example is not None and feature.example > 1) == (True, True)
    small = growth.assign(discount=0.02).head(5)
    read = checked(use_case, workbook(tmp_path / "later.xlsx", "0%", small))
    assert read.good.column("discount").to_pylist() == [0.02] * 5
    # What is declared of how files show numbers makes no row another row.
    content = use_case.model_dump(mode="json")
    content["features"] = [
        one | {"shown_in_percent": False} for one in content["features"] if "shown_in_percent" in one
    ] + [one for one in content["features"] if "shown_in_percent" not in one]
    assert use_case.features[0].type in {"float", "integer"}
    assert UseCase.model_validate(content).schema_hash == use_case.schema_hash


def test_percents_below_one_are_percents_where_their_name_says_so(tmp_path: Path) -> None:
    rates = FRAME.rename(columns={"discount": "discount [%]"})
    rates["discount [%]"] = np.random.default_rng(3).uniform(0.1, 2, ROWS).round(2) * 0.7
    use_case = inferred(csv(tmp_path / "rows.csv", rates)).use_case
    [feature] = [one for one in use_case.features if one.unit]
    assert isinstance(feature, FloatFeature)
    assert (feature.unit, feature.example is not None and feature.example <= 1) == ("%", True)
    later = FRAME.assign(discount=0.008).head(5)
    found = checked(use_case, workbook(tmp_path / "later.xlsx", "0.0%", later))
    assert (found.good.num_rows, found.bad[1][0].value) == (0, "0.8%")


@pytest.mark.timeout(60)  # hours, if each beginning were followed to the end
@pytest.mark.parametrize("styles", ["<xf " * 500_000, f'<numFmt numFmtId="170" formatCode="{"[" * 500_000}"/>'])
def test_formats_that_never_end_are_passed_over_at_once(styles: str, tmp_path: Path) -> None:
    whole, broken = workbook(tmp_path / "whole.xlsx", "0%"), tmp_path / "broken.xlsx"
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(broken, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, f"<cellXfs>{styles}" if name == "xl/styles.xml" else before.read(name))
    assert percent_columns(broken.read_bytes(), "xl/worksheets/sheet2.xml") == frozenset()
