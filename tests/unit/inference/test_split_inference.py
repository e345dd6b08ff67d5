"""The split that suits a data set is told from its times, its identifiers and the order of its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.support.usecases.series import engines, patients, penguins, transformer
from usecases.contract.training import SplitKind
from usecases.formats.data_files import read_data
from usecases.proposal.choices import Choices
from usecases.proposal.findings import Finding, Severity
from usecases.proposal.infer import Inferred, infer
from usecases.proposal.writing import inferred_yaml


def inferred(frame: pd.DataFrame, target: str, folder: Path, keep: frozenset[str] = frozenset()) -> Inferred:
    frame.to_csv(folder / "data.csv", index=False)
    chosen = Choices(target=target, keep=keep)
    return infer(read_data(folder / "data.csv"), chosen, file_name="data.csv", data="data.csv")


def about_the_split(found: Inferred) -> list[Finding]:
    return [finding for finding in found.findings if "kept apart for evaluation" in finding.done]


def noise(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows).round(3)


def by_month(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(mnth=pd.to_datetime(frame["date"]).dt.month_name()).drop(columns="date")


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(reading=range(7, 7 + len(frame))).sample(frac=1, random_state=1)


def sold(rows: int) -> pd.DataFrame:
    days = [int(day.strftime("%Y%m%d")) for day in pd.date_range("2020-01-01", periods=rows)]
    return pd.DataFrame({"sold": days, "price": noise(rows), "units": noise(rows, 1)}).sample(frac=1, random_state=2)


def visits(rows: int, effect: float) -> pd.DataFrame:
    customer = np.random.default_rng(5).integers(0, rows // 10, rows)
    return pd.DataFrame(
        {
            "customer_id": customer,
            "basket": noise(rows),
            "spent": (noise(rows, 1) + effect * noise(rows, 2)[customer]).round(3),
        }
    )


def schools(rows: int) -> pd.DataFrame:
    """Make schools in the order of their names, where those called University are public more often."""
    names = np.sort(
        [f"{kind} {number:04}" for kind in ("Abbey", "College", "University") for number in range(rows // 3)]
    )
    public = np.random.default_rng(8).random(rows) < np.where(np.char.startswith(names, "University"), 0.9, 0.1)
    return pd.DataFrame({"school": names, "fee": noise(rows), "public": np.where(public, "yes", "no")})


def survey(rows: int) -> pd.DataFrame:
    """Make answers of two surveys, one behind the other, that asked other people."""
    hours = np.repeat([2.0, 9.0], [rows // 3, rows - rows // 3]) + 3 * noise(rows)
    return pd.DataFrame({"income": noise(rows, 1), "hours": hours.round(3)})


def ages(rows: int) -> pd.DataFrame:
    age = np.random.default_rng(9).integers(20, 90, rows)
    return pd.DataFrame(
        {"patient_age": age, "weight": noise(rows), "pressure": (100 + age + 9 * noise(rows, 1)).round(2)}
    )


def players(rows: int) -> pd.DataFrame:
    """Make players in the order of their rating, and of their worth where it is the same."""
    rating = np.sort(np.random.default_rng(10).integers(60, 95, rows))[::-1]
    frame = pd.DataFrame(
        {"rating": rating, "height": noise(rows), "worth": (rating * 50 + 9 * noise(rows, 1)).round(2)}
    )
    return frame.sort_values(["rating", "worth"], ascending=False, ignore_index=True)


def models(rows: int) -> pd.DataFrame:
    years = np.sort(np.random.default_rng(6).integers(1970, 1983, rows))
    return pd.DataFrame({"weight": noise(rows), "year": years, "range_km": noise(rows, 1)})


@pytest.mark.parametrize(
    ("frame", "target", "kind", "column", "words"),
    [
        (transformer(600), "oil_c", SplitKind.TIME, "date", "holds the time of a row"),
        (transformer(600).sample(frac=1, random_state=0), "oil_c", SplitKind.TIME, "date", "holds the time of a row"),
        (transformer(600, dated=False), "oil_c", SplitKind.TIME, "", "rows that follow each other have alike targets"),
        (by_month(transformer(4_000)), "oil_c", SplitKind.TIME, "", "rows that follow each other"),
        (numbered(transformer(600, dated=False)), "oil_c", SplitKind.TIME, "reading", "numbers the rows"),
        (sold(600), "units", SplitKind.TIME, "sold", "holds the time of a row"),
        (models(600), "range_km", SplitKind.TIME, "year", "holds the time of a row"),
        (engines(), "cycles_left", SplitKind.GROUP, "unit", "the rows of one have alike targets"),
        (engines().sample(frac=1, random_state=0), "cycles_left", SplitKind.GROUP, "unit", "40 different values"),
        (engines(named=False), "cycles_left", SplitKind.GROUP, "column_1", "of its 40 values stand together"),
        (engines().drop(columns="unit"), "cycles_left", SplitKind.TIME, "", "rows that follow each other"),
        (patients(), "severity", SplitKind.GROUP, "subject#", "intraclass correlation"),
        (patients(shuffled=True), "severity", SplitKind.GROUP, "subject#", "intraclass correlation"),
        (visits(2_000, 1.0), "spent", SplitKind.GROUP, "customer_id", "200 different values in 2,000 rows"),
        (visits(2_000, 0.0), "spent", SplitKind.RANDOM, "", ""),
        (ages(600), "pressure", SplitKind.RANDOM, "", ""),
        (schools(600), "public", SplitKind.RANDOM, "", "the rows are sorted by school"),
        (players(600), "worth", SplitKind.RANDOM, "", "sorted by"),
        (survey(600), "hours", SplitKind.RANDOM, "", "a few long stretches of rows with alike targets"),
        (penguins(), "mass_g", SplitKind.RANDOM, "", "the rows are sorted by species"),
        (penguins().sort_values("flipper_mm"), "mass_g", SplitKind.RANDOM, "", "the rows are sorted by flipper_mm"),
        (penguins().sort_values("mass_g"), "mass_g", SplitKind.RANDOM, "", "the rows are sorted by the target"),
        (penguins(), "species", SplitKind.RANDOM, "", "the rows are sorted by the target"),
        (penguins().sample(frac=1, random_state=0), "mass_g", SplitKind.RANDOM, "", ""),
    ],
)  # fmt: skip
def test_the_split_and_why(
    frame: pd.DataFrame, target: str, kind: SplitKind, column: str, words: str, tmp_path: Path
) -> None:
    found = inferred(frame, target, tmp_path)
    assert (found.use_case.training.split, found.use_case.training.split_column) == (kind, column)
    told = about_the_split(found)
    if not words:
        assert told == []
        return
    [finding] = told
    assert words in finding.text
    assert finding.column == (column or None)
    assert finding.severity is (Severity.INFO if column and kind is SplitKind.TIME else Severity.LOOK)


def test_a_series_whose_last_rows_are_of_one_class_is_split_at_random_and_that_is_told(tmp_path: Path) -> None:
    hours = pd.date_range("2026-01-01", periods=600, freq="h").strftime("%Y-%m-%d %H:%M")
    broken = np.where((np.arange(600) // 20 % 2 == 0) & (np.arange(600) < 480), "yes", "no")
    found = inferred(pd.DataFrame({"at": hours, "load": noise(600), "broken": broken}), "broken", tmp_path)
    assert found.use_case.training.split is SplitKind.RANDOM
    [finding] = about_the_split(found)
    assert "but the last of them all have the same one" in finding.text


def test_a_birthday_is_no_time_of_a_row(tmp_path: Path) -> None:
    born = (
        pd.date_range("1950-01-01", periods=600, freq="7D")
        .strftime("%Y-%m-%d")
        .to_series()
        .sample(frac=1, random_state=4)
    )
    found = inferred(
        pd.DataFrame({"date_of_birth": born.to_numpy(), "load": noise(600), "y": noise(600, 1)}), "y", tmp_path
    )
    assert found.use_case.training.split is SplitKind.RANDOM


def test_what_names_a_group_is_no_feature_unless_it_is_kept(tmp_path: Path) -> None:
    found = inferred(engines(), "cycles_left", tmp_path)
    assert "unit" not in found.use_case.features_by_name
    assert "unit" in found.use_case.ignored_columns
    kept = inferred(engines(), "cycles_left", tmp_path, keep=frozenset({"unit"}))
    assert "unit" in kept.use_case.features_by_name
    assert kept.use_case.training.split_column == "unit"


def test_a_key_may_name_a_group(tmp_path: Path) -> None:
    patients().to_csv(tmp_path / "data.csv", index=False)
    chosen = Choices(target="severity", key="subject#")
    found = infer(read_data(tmp_path / "data.csv"), chosen, file_name="data.csv", data="data.csv").use_case
    assert (found.key, found.training.split, found.training.split_column) == ("subject", SplitKind.GROUP, "subject#")


def test_the_file_says_how_it_is_split_and_why(tmp_path: Path) -> None:
    text = inferred_yaml(inferred(patients(), "severity", tmp_path), "data.csv")
    assert "  split: group\n  split_column: subject#\n" in text
    assert "# Rows kept apart to judge the model: subject#: 36 different values in 1,080 rows" in text
