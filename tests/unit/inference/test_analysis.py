"""An analysis tells what anybody would compute by hand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from tests.support.usecases.data_sets import churn, rents, sensors
from usecases.analysis import analysis as module
from usecases.analysis.analysis import Analysis, analyze, infer_and_analyze
from usecases.analysis.page import analysis_page
from usecases.formats.data_files import read_data
from usecases.proposal.choices import Choices

CHURN_COLUMNS = 10


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Analysis, pd.DataFrame]:
    path = churn(tmp_path_factory.mktemp("data"))
    return infer_and_analyze(read_data(path), path.name, Choices(target="Churned")), pd.read_csv(path)


def test_numbers_are_those_of_pandas(customers: tuple[Analysis, pd.DataFrame]) -> None:
    found, frame = customers
    column = next(one for one in found.columns if one.name == "Monthly charge [€]")
    expected = frame["Monthly charge [€]"].describe()
    numbers = column.numbers
    assert numbers is not None
    assert column.missing == frame["Monthly charge [€]"].isna().sum()
    assert column.different == frame["Monthly charge [€]"].nunique()
    assert [numbers.minimum, numbers.lower_quartile, numbers.median, numbers.upper_quartile, numbers.maximum] == (
        pytest.approx(expected[["min", "25%", "50%", "75%", "max"]].tolist())
    )
    assert (numbers.mean, numbers.deviation) == pytest.approx((expected["mean"], expected["std"]))
    assert column.histogram is not None
    assert sum(column.histogram.counts) == expected["count"]


def test_texts_are_counted_and_times_have_their_span(customers: tuple[Analysis, pd.DataFrame]) -> None:
    found, frame = customers
    columns = {column.name: column for column in found.columns}
    assert dict(columns["Contract"].commonest) == frame["Contract"].value_counts().to_dict()
    assert columns["Signed up"].first.startswith(frame["Signed up"].min())
    assert columns["Signed up"].last.startswith(frame["Signed up"].max())


def test_relations_are_measured_by_what_fits(customers: tuple[Analysis, pd.DataFrame]) -> None:
    found, frame = customers
    churned = (frame["Churned"] == "yes").to_numpy()
    age = frame["Age (years)"].to_numpy(dtype=float)
    groups = [age[churned], age[~churned]]
    between = sum(len(group) * (group.mean() - age.mean()) ** 2 for group in groups)
    assert found.related["Age (years)"].value == pytest.approx(np.sqrt(between / ((age - age.mean()) ** 2).sum()))
    assert found.related["Contract"].measure == "Cramer's V"
    assert found.related["Contract"].value < 0.1
    assert "Churned" not in found.related


def test_numbers_go_with_numbers_by_rank(tmp_path: Path) -> None:
    path = rents(tmp_path)
    found = infer_and_analyze(read_data(path), path.name, Choices(target="Miete (EUR)"))
    frame = pd.read_csv(path, sep=";", decimal=",", thousands=".", na_values=["k. A."]).dropna(subset=["Miete (EUR)"])
    expected = stats.spearmanr(frame["Fläche [m²]"], frame["Miete (EUR)"]).statistic
    assert found.related["Fläche [m²]"].measure == "Spearman"
    assert found.related["Fläche [m²]"].value == pytest.approx(expected)


def test_a_copy_and_repeated_rows_are_told() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=200)
    table = pa.RecordBatch.from_pydict({"a": first, "b": np.exp(first), "c": -first, "d": rng.normal(size=200)})
    table = pa.concat_batches([table, table.slice(0, 5)])
    found = analyze(table, "copies.parquet")
    assert found.repeated == 5
    assert {(pair.first, pair.second, round(pair.spearman)) for pair in found.alike} == {
        ("a", "b", 1), ("a", "c", -1), ("b", "c", -1),
    }  # fmt: skip
    assert found.findings == ()


def test_far_out_is_past_the_fences() -> None:
    values = [*range(100), 1_000.0, -1_000.0]
    found = analyze(pa.RecordBatch.from_pydict({"x": values}), "x.parquet")
    numbers = found.columns[0].numbers
    assert numbers is not None
    assert numbers.outliers == 2


def test_of_many_rows_some_are_drawn(monkeypatch: pytest.MonkeyPatch, customers: tuple[Analysis, pd.DataFrame]) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 300)
    whole, frame = customers
    table = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    found = infer_and_analyze(table, "churn.csv", Choices(target="Churned"))
    assert (found.rows, found.rows_related) == (len(frame), 300)
    assert found.related["Age (years)"].value == pytest.approx(whole.related["Age (years)"].value, abs=0.15)


def test_the_page_needs_nothing_else_and_is_the_same_each_time(customers: tuple[Analysis, pd.DataFrame]) -> None:
    found, _ = customers
    page = analysis_page(found)
    assert page == analysis_page(found)
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "<script" not in page
    for column in found.columns:
        assert column.name.replace("&", "&amp;") in page
    assert len(re.findall("<img ", page)) == CHURN_COLUMNS


def test_names_cannot_break_out_of_the_page() -> None:
    table = pa.RecordBatch.from_pydict({"<b>$x$": ["<i>$", "ok"] * 30})
    page = analysis_page(analyze(table, "<name>.csv"))
    assert "<b>" not in page
    assert "<i>" not in page
    assert "<name>" not in page


def test_every_kind_of_column_is_summarized(tmp_path: Path) -> None:
    path = sensors(tmp_path)
    table = read_data(path)
    nested = pa.array([[1, 2]] * table.num_rows)
    table = pa.RecordBatch.from_arrays([*table.columns, nested], names=[*table.schema.names, "list"])
    found = analyze(table, path.name)
    assert [column.name for column in found.columns] == table.schema.names
    assert all(column.rows == table.num_rows for column in found.columns)
    assert analysis_page(found)
