"""Rows that come in order are judged by how far training's own windows go; independent rows as ever."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.drift.in_order import TrainedColumn, power, shares, trainings
from benchmarks.drift.ordered_processes import PROCESSES
from monitoring.drift.columns import Served, dense
from monitoring.drift.verdicts import FeatureDrift, Verdict, judge
from monitoring.drift.window_limits import ENOUGH_WINDOWS, limits_at
from monitoring.profiles.building import number_bins, number_cells, reference_profile
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from monitoring.profiles.reference import ReferenceProfile
from monitoring.profiles.row_order import row_order
from monitoring.profiles.training_windows import LEAST_OUTSIDE, OrderedColumn, column_windows
from sql.drift.windows import Layout
from sql.profiles.reference import TrainedWindows, WindowUnit
from tests.support.monitoring.profile_history import (
    equipment_reference,
    made_up_scores,
    ordered_reference,
    ordered_rows,
)
from tests.support.pipeline import EQUIPMENT
from tests.support.usecases.kiln_batches import KILN, batch
from usecases.contract.drift_limits import RowOrderSource
from usecases.tasks.definition import Scores

HOUR = 3_600.0
WANDERING = ("air_temperature_k", "process_temperature_k")


def column(numbers: np.ndarray[Any, np.dtype[np.float64]]) -> OrderedColumn:
    return OrderedColumn(number_cells(number_bins(numbers), numbers), numbers)


def layout(reference: ReferenceProfile) -> Layout:
    found = published(EQUIPMENT, reference)
    return Layout(found.slots, found.numbers, found.windows)


def judged(reference: ReferenceProfile, rows: pa.RecordBatch, scores: Scores | None = None) -> dict[str, FeatureDrift]:
    of = layout(reference)
    counted = PartCounter(EQUIPMENT, reference).count(rows, scores or made_up_scores(rows))
    counts = dense(counted.slots, counted.counts, len(of.slots)).tolist()
    served = Served(rows.num_rows, counts, counted.totals, counted.squares)
    return {one.feature: one for one in judge(of, served, EQUIPMENT.drift)}


def shifted(rows: pa.RecordBatch, name: str, by: float) -> pa.RecordBatch:
    place = rows.schema.get_field_index(name)
    return rows.set_column(place, rows.schema.field(place), pa.array(rows.column(name).to_numpy() + by))


@pytest.mark.parametrize("length", [500, 1_000, 2_000, 5_000])
def test_no_window_of_the_training_data_has_drifted(length: int) -> None:
    reference, rows = ordered_reference(), ordered_rows()
    for start in range(0, rows.num_rows, length):
        found = judged(reference, rows.slice(start, length))
        assert {one.verdict for one in found.values()} <= {Verdict.STABLE, Verdict.NOT_ENOUGH_HISTORY}
        assert {found[name].verdict for name in WANDERING} == {Verdict.NOT_ENOUGH_HISTORY}
        assert found["torque_nm"].verdict is Verdict.STABLE


def test_a_shifted_sensor_is_seen_beside_columns_that_wander() -> None:
    reference, rows = ordered_reference(), ordered_rows()
    for start in range(0, rows.num_rows, 500):
        found = judged(reference, shifted(rows.slice(start, 500), "torque_nm", 5.0))
        drifted = {name for name, one in found.items() if one.verdict is Verdict.DRIFTED}
        assert "torque_nm" in drifted
        assert drifted <= {"torque_nm", "score", "prediction"}


def test_what_no_window_of_training_comes_near_has_drifted_however_short_training_is() -> None:
    found = judged(ordered_reference(), shifted(ordered_rows().slice(0, 500), "air_temperature_k", 15.0))
    assert found["air_temperature_k"].verdict is Verdict.DRIFTED
    limits = found["air_temperature_k"].limits
    assert limits is not None
    assert limits.windows == 20
    assert not limits.are_known


def test_rows_that_know_nothing_of_each_other_are_judged_as_ever() -> None:
    rng = np.random.default_rng(4)
    assert column_windows(column(rng.normal(size=20_000))) is None
    assert column_windows(OrderedColumn(rng.choice(300, 20_000, p=rng.dirichlet(np.ones(300))), None)) is None


def test_a_category_that_comes_in_runs_depends_on_its_order() -> None:
    rng = np.random.default_rng(4)
    found = column_windows(OrderedColumn(np.repeat(rng.choice(5, 400), 50), None))
    assert found is not None
    assert {(limits.shift, limits.outside) for limits in found.by_rows} == {(None, None)}
    assert [limits.windows for limits in found.by_rows][:5:2] == [1_000, 500, 250]


def test_missing_values_that_come_in_runs_are_a_part_of_it() -> None:
    rng = np.random.default_rng(4)
    numbers = rng.normal(size=20_000)
    numbers[np.repeat(rng.random(100) < 0.1, 200)] = np.nan
    found = column_windows(column(numbers))
    assert found is not None
    assert found.by_rows[6].psi > 1


def test_limits_by_the_calendar_leave_out_what_has_no_rows() -> None:
    hours = np.arange(24 * 400.0)
    numbers = PROCESSES["daily season"](np.random.default_rng(4), len(hours))
    seconds = hours * HOUR
    seconds[24 * 200 :] += 30 * 86_400  # a month without a row
    found = column_windows(column(numbers), seconds)
    assert found is not None
    # An hour holds one row.
    assert next((limits.length, limits.windows) for limits in found.by_seconds) == (86_400, 399)
    assert [limits.length for limits in found.by_seconds] == [86_400, 7 * 86_400, 30 * 86_400]


def test_a_column_of_one_value_has_no_limits() -> None:
    assert column_windows(column(np.full(5_000, 3.0))) is None
    assert column_windows(column(np.full(5_000, np.nan))) is None


@pytest.mark.parametrize("rows", [1, 19, 79, 80])
def test_few_rows_have_no_windows(rows: int) -> None:
    assert column_windows(column(np.sin(np.arange(float(rows))))) is None


def windows(
    *lengths: int, unit: WindowUnit = WindowUnit.ROWS, covered: int = 10_000, psi: float = 1.0
) -> list[TrainedWindows]:
    return [
        TrainedWindows(
            feature="x", unit=unit, length=length, windows=covered // length, usual_psi=0.5,
            psi=psi * place, shift=float(place), outside=None,
        )
        for place, length in enumerate(lengths, start=1)
    ]  # fmt: skip


def test_between_two_lengths_limits_are_those_between() -> None:
    found = limits_at(windows(100, 400), 200, None)
    assert found is not None
    assert (found.windows, found.outside) == (50, None)
    assert [found.psi, found.shift] == pytest.approx([1.5, 1.5])
    assert found.are_known
    longest = limits_at(windows(100, 400), 5_000, None)
    assert longest is not None
    assert (longest.windows, longest.psi, longest.are_known) == (2, 2.0, False)


def test_the_wider_limits_count_of_those_that_are_known() -> None:
    by_rows, by_day = windows(100, 400), windows(86_400, unit=WindowUnit.SECONDS, covered=86_400 * 60, psi=7.0)
    for rows, seconds, expected in ((100, None, 1.0), (4, HOUR, 1.0), (100, 86_400.0, 7.0), (5_000, 86_400.0, 7.0)):
        found = limits_at([*by_rows, *by_day], rows, seconds)
        assert found is not None
        assert (found.psi, found.windows >= ENOUGH_WINDOWS) == (expected, True)
    assert limits_at([], 100, HOUR) is None


def test_rows_much_denser_than_in_training_are_held_against_no_window() -> None:
    # In sixty days training has ten thousand rows; a hundred of them are fourteen hours.
    by_rows, by_day = windows(10, 400), windows(86_400, unit=WindowUnit.SECONDS, covered=86_400 * 60, psi=7.0)
    found = limits_at([*by_rows, *by_day], 100, HOUR)
    assert found is not None
    assert (found.windows, found.are_known) == (0, False)
    as_dense = limits_at([*by_rows, *by_day], 100, 12 * HOUR)
    assert as_dense is not None
    assert as_dense.windows == 100


def test_a_season_that_longer_windows_even_out_is_an_order_all_the_same() -> None:
    hours = np.arange(24 * 300.0)
    found = column_windows(column(PROCESSES["daily season"](np.random.default_rng(3), len(hours))), hours * HOUR)
    assert found is not None
    assert found.by_rows[4].psi < 0.5
    assert [limits.length for limits in found.by_seconds] == [86_400, 7 * 86_400, 30 * 86_400]


def test_a_running_number_is_shown_and_not_judged() -> None:
    # Uneven steps, and equal ones: a counter that is read now and then.
    readings = np.cumsum(np.random.default_rng(2).integers(0, 5, 10_000)).astype(np.float64)
    place = ordered_rows().schema.get_field_index("torque_nm")
    rows = ordered_rows().set_column(place, ordered_rows().schema.field(place), pa.array(readings))
    order = row_order(EQUIPMENT, rows, np.zeros(10_000))
    reference = reference_profile(EQUIPMENT, rows, made_up_scores(ordered_rows()), order)
    later = rows.slice(0, 600).set_column(place, rows.schema.field(place), pa.array(readings[:600] + 1e5))
    assert judged(reference, later)["torque_nm"].verdict is Verdict.NOT_JUDGED
    missing = later.set_column(place, rows.schema.field(place), pa.nulls(600, pa.float64()))
    scores = made_up_scores(ordered_rows().slice(0, 600))
    assert judged(reference, missing, scores)["torque_nm"].verdict is Verdict.DRIFTED


def test_the_only_time_gives_the_order_and_is_no_column_to_judge() -> None:
    times = [30 * 86_400, 5 * 86_400, None, 9 * 86_400]
    rows, _ = batch([(1.0, 2, "matt", True, None if time is None else time * 1_000_000, 0.5) for time in times])
    order = row_order(KILN, rows, np.zeros(rows.num_rows))
    assert order is not None
    assert order.seconds is not None
    assert order.places.tolist() == [1, 3, 0]
    assert order.seconds.tolist() == [5 * 86_400, 9 * 86_400, 30 * 86_400]


def test_a_file_that_is_sorted_by_its_target_has_no_order() -> None:
    rows, targets = ordered_rows(), np.repeat([0.0, 1.0], 5_000)
    assert row_order(EQUIPMENT, rows, targets) is None
    declared = row_order(EQUIPMENT, rows, targets, np.arange(10_000)[::-1])
    assert declared is not None
    assert declared.places[0] == 9_999
    drift = EQUIPMENT.drift.model_copy(update={"row_order": RowOrderSource.FILE})
    by_file = row_order(EQUIPMENT.model_copy(update={"drift": drift}), rows, targets)
    assert by_file is not None
    assert by_file.places.tolist() == list(range(10_000))
    drift = EQUIPMENT.drift.model_copy(update={"row_order": RowOrderSource.NONE})
    shuffled = np.random.default_rng(1).permutation(targets)
    assert row_order(EQUIPMENT.model_copy(update={"drift": drift}), rows, shuffled) is None


def test_a_profile_from_before_there_were_windows_keeps_its_digest_and_judges_as_it_did() -> None:
    reference = equipment_reference()
    content = json.loads(reference.model_dump_json())
    assert content.pop("windows") == {}
    assert content.pop("keys") is None
    old = ReferenceProfile.model_validate(content)
    assert old == reference
    assert (
        old.digest
        == hashlib.sha256(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()[:12]
    )
    assert layout(old).windows == ()


@pytest.mark.parametrize("name", ["AR(1) 0.9", "bounded random walk", "bursts of one machine"])
def test_at_most_two_windows_in_a_hundred_are_false_alarms(name: str) -> None:
    rng, process = np.random.default_rng(5), PROCESSES[name]
    assert shares(rng, process, trainings(rng, process, 10_000), 200, 400).drifted <= 0.02


@pytest.mark.parametrize(
    ("name", "at_once"), [("AR(1) 0.9", 0.55), ("bounded random walk", 0.9), ("bursts of one machine", 0.5)]
)
def test_a_shift_of_three_spreads_of_windows_is_seen_when_it_lasts(name: str, at_once: float) -> None:
    rng, process = np.random.default_rng(5), PROCESSES[name]
    found = power(rng, process, [TrainedColumn(process(rng, 100_000)) for _ in range(3)], 90)
    assert found.within[0] >= at_once
    assert found.within[2] >= 0.95


def test_haze_is_seen_and_usual_days_are_not() -> None:
    rng = np.random.default_rng(6)
    hours = np.arange(24 * 365)

    def year() -> np.ndarray[Any, np.dtype[np.float64]]:
        level = PROCESSES["AR(1) 0.99"](rng, len(hours)) * 0.3
        return np.exp(2.5 + level + 0.2 * np.sin(2 * np.pi * hours / 24) + 0.2 * rng.normal(size=len(hours))).round()

    trained = TrainedColumn(np.concatenate([year(), year(), year()]))
    usual = [trained.judge(day) for _ in range(4) for day in year().reshape(-1, 24)]
    assert usual.count(Verdict.DRIFTED) <= 0.02 * 365 * 4
    haze = [trained.judge(day) for day in (year() * 6).reshape(-1, 24)]
    assert haze.count(Verdict.DRIFTED) >= 0.95 * 365


def test_a_few_rows_outside_of_training_are_no_drift() -> None:
    found = column_windows(column(PROCESSES["AR(1) 0.99"](np.random.default_rng(2), 10_000)))
    assert found is not None
    assert all(limits.outside is not None and limits.outside >= LEAST_OUTSIDE[0] for limits in found.by_rows)
