"""The data sets that come along are what their descriptions say."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from training.datasets import BUNDLED, equipment_failure, pm25
from training.datasets.equipment_failure import generate, generate_inputs
from training.datasets.sample_files import write_inference_csv
from usecases.checking.table_check import check_table
from usecases.contract.catalog import load_catalog
from usecases.forecasts.grid import build_grid
from usecases.forecasts.observation_check import read_observations
from usecases.formats.data_files import read_data

EQUIPMENT = load_catalog()["equipment_failure"]


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    """As many rows as the published data set has."""
    return generate()


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    return generate(200_000, seed=5)


def test_it_has_the_columns_of_the_use_case(published: pd.DataFrame) -> None:
    assert list(published.columns) == [*EQUIPMENT.columns, EQUIPMENT.target]
    assert list(generate_inputs(3).columns) == list(EQUIPMENT.columns)
    assert len(published) == 10_000
    assert published["machine_id"].is_unique
    assert published["machine_id"][42] == "M-00042"


def test_as_many_machines_fail_as_published(published: pd.DataFrame) -> None:
    assert published["machine_failure"].mean() == pytest.approx(0.0339, abs=0.002)


@pytest.mark.parametrize("seed", range(4))
def test_other_seeds_are_alike(seed: int) -> None:
    assert 0.025 < generate(seed=seed)["machine_failure"].mean() < 0.055


def test_qualities_are_shared_50_30_20(many: pd.DataFrame) -> None:
    shares = many["product_quality"].value_counts(normalize=True)
    assert shares["L"] == pytest.approx(0.5, abs=0.01)
    assert shares["M"] == pytest.approx(0.3, abs=0.01)
    assert shares["H"] == pytest.approx(0.2, abs=0.01)


def test_temperatures_walk_as_described(published: pd.DataFrame) -> None:
    air = published["air_temperature_k"]
    warmer = published["process_temperature_k"] - air
    assert (air.mean(), air.std()) == pytest.approx((300, 2), abs=0.01)
    assert (warmer.mean(), warmer.std()) == pytest.approx((10, 1), abs=0.01)
    # A walk, not noise: the next row is near.
    assert air.diff().abs().max() < 0.5


def test_torque_and_speed(many: pd.DataFrame) -> None:
    torque, speed = many["torque_nm"], many["rotational_speed_rpm"]
    assert (torque.mean(), torque.std()) == pytest.approx((40, 10), abs=0.1)
    assert torque.min() >= 0
    # The published rows have a mean of 1539 rpm, a standard deviation of 179 rpm and a correlation of -0.88.
    assert speed.mean() == pytest.approx(1539, rel=0.02)
    assert speed.std() == pytest.approx(179, rel=0.15)
    assert np.corrcoef(torque, speed)[0, 1] == pytest.approx(-0.88, abs=0.02)


def test_tools_wear_by_quality_until_they_are_replaced(published: pd.DataFrame) -> None:
    wear, quality = published["tool_wear_min"], published["product_quality"]
    added = wear.shift(-1) - wear
    goes_on = added > 0
    assert {name: set(added[goes_on & (quality == name)]) for name in "LMH"} == {"L": {2}, "M": {3}, "H": {5}}
    replaced = wear[added < 0] + quality[added < 0].map({"L": 2, "M": 3, "H": 5})
    assert replaced.between(200, 244).all()
    assert 110 < len(replaced) < 150


def test_each_way_to_fail(many: pd.DataFrame) -> None:
    gap = many["process_temperature_k"] - many["air_temperature_k"]
    power = many["torque_nm"] * many["rotational_speed_rpm"] * np.pi / 30
    strain = many["tool_wear_min"] * many["torque_nm"]
    limit = many["product_quality"].map({"L": 11_000, "M": 12_000, "H": 13_000})
    ways = {
        "heat": (gap < 8.6) & (many["rotational_speed_rpm"] < 1380),
        "power": (power < 3500) | (power > 9000),
        "strain": strain > limit,
    }
    failed = many["machine_failure"] == 1
    for name, way in ways.items():
        assert way.any(), name
        assert failed[way].all(), name
    without_a_visible_cause = failed & ~(ways["heat"] | ways["power"] | ways["strain"])
    # Worn tools (51 of 120 per 10,000 rows) and the 0.1 % that fail for no reason.
    assert without_a_visible_cause.mean() == pytest.approx(0.0055 + 0.001, abs=0.0015)


def test_values_are_rounded_as_published(published: pd.DataFrame) -> None:
    for name in ("air_temperature_k", "process_temperature_k", "torque_nm"):
        assert (published[name] == published[name].round(1)).all()
    assert published["rotational_speed_rpm"].dtype == np.int64


def test_the_same_seed_makes_the_same_rows() -> None:
    pd.testing.assert_frame_equal(generate(500, seed=3), generate(500, seed=3))
    assert not generate(500, seed=3).equals(generate(500, seed=4))


def test_every_row_is_good_and_a_million_are_made_in_seconds() -> None:
    began = time.perf_counter()
    rows = generate_inputs(1_000_000, seed=11)
    assert time.perf_counter() - began < 10  # half a second on an idle core
    assert check_table(EQUIPMENT, pa.RecordBatch.from_pandas(rows, preserve_index=False)).bad == {}


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows(rows: int) -> None:
    assert len(generate(rows)) == rows


def test_sample_files_hold_exactly_as_many_bad_rows_as_asked_for(tmp_path: Path) -> None:
    write_inference_csv(tmp_path / "rows.csv", 2_000, seed=1, bad_share=0.05)
    table = read_data(tmp_path / "rows.csv")
    bad = check_table(EQUIPMENT, table).bad
    assert len(bad) == 100
    assert all(len(reasons) == 1 for reasons in bad.values())


def test_the_bundled_names_are_those_of_the_use_cases() -> None:
    assert set(BUNDLED) == {"equipment_failure", "iris", "pm25"}
    for name, use_case in load_catalog().items():
        assert use_case.training.data == f"bundled:{name}"
    assert list(BUNDLED["iris"]().columns) == [*load_catalog()["iris"].columns, "species"]
    assert EQUIPMENT.target == equipment_failure.TARGET


def test_readings_of_fine_dust_have_what_makes_real_ones_hard() -> None:
    use_case = load_catalog()["pm25"]
    table = pm25.generate()
    pd.testing.assert_frame_equal(table, pm25.generate())
    assert not table.equals(pm25.generate(seed=12))
    found = read_observations(use_case, pa.RecordBatch.from_pandas(table, preserve_index=False))
    assert found.bad == {}
    grid = build_grid(use_case, found)
    assert grid.steps == pm25.DEFAULT_HOURS
    assert 0.01 < np.isnan(grid.readings).mean() < 0.05
    assert len(found.readings) > len(table.drop_duplicates(["hour", "region"])), "corrections are further versions"
    assert (found.known_at - found.moments).max() > 10 * 3_600_000_000, "some are late by half a day"
    local = table["hour"].dt.tz_localize("UTC").dt.tz_convert("Asia/Singapore")
    of_hour, of_month = (table["pm25"].groupby(part).mean() for part in (local.dt.hour, local.dt.month))
    assert of_hour.max() / of_hour.min() > 1.2
    assert of_month.max() / of_month.min() > 1.2
    assert table["pm25"].max() > 4 * table["pm25"].mean(), "haze"
    regions = pd.DataFrame(grid.readings.T).corr()
    assert regions.to_numpy().min() > 0.5, "weather is shared"
