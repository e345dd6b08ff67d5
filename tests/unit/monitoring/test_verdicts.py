"""A verdict needs size and significance; too few rows get none."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from monitoring.drift.columns import Served, columns, dense
from monitoring.drift.drivers import Part, drivers
from monitoring.drift.verdicts import FeatureDrift, Verdict, judge
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from monitoring.profiles.reference import ReferenceProfile
from sql.drift.windows import Layout
from tests.support.monitoring.profile_history import equipment_reference, made_up_scores
from tests.support.pipeline import EQUIPMENT, equipment_rows
from usecases.contract.drift_limits import DriftLimits

REFERENCE: ReferenceProfile = equipment_reference()
PUBLISHED = published(EQUIPMENT, REFERENCE)
LAYOUT = Layout(PUBLISHED.slots, PUBLISHED.numbers)
LIMITS = DriftLimits()


def served(count: int, *, seed: int = 7, **overrides: object) -> Served:
    rows = equipment_rows(count, seed=seed, **overrides)
    counted = PartCounter(EQUIPMENT, REFERENCE).count(rows, made_up_scores(rows))
    return Served(
        count, dense(counted.slots, counted.counts, len(LAYOUT.slots)).tolist(), counted.totals, counted.squares
    )


def by_feature(found: list[FeatureDrift]) -> dict[str, FeatureDrift]:
    return {one.feature: one for one in found}


def test_rows_like_those_of_training_are_stable() -> None:
    found = judge(LAYOUT, served(2_000), LIMITS)
    assert {one.verdict for one in found} == {Verdict.STABLE}
    assert {one.feature for one in found} == {*EQUIPMENT.features_by_name, "score", "prediction"}


def test_a_sensor_that_hangs_is_named_first() -> None:
    found = judge(LAYOUT, served(2_000, air_temperature_k=305.0), LIMITS)
    assert (found[0].feature, found[0].verdict) == ("air_temperature_k", Verdict.DRIFTED)
    assert {one.verdict for one in found[1:]} == {Verdict.STABLE}
    assert found[0].mean_served == pytest.approx(305)
    assert found[0].mean_shift == pytest.approx(2.5, abs=0.3)


def test_a_category_that_moved_is_named_first() -> None:
    found = judge(LAYOUT, served(2_000, product_quality="H"), LIMITS)
    assert (found[0].feature, found[0].verdict) == ("product_quality", Verdict.DRIFTED)


def test_with_fewer_rows_than_the_minimum_nothing_is_said() -> None:
    found = judge(LAYOUT, served(LIMITS.minimum_rows - 1, air_temperature_k=305.0), LIMITS)
    assert {one.verdict for one in found} == {Verdict.NOT_ENOUGH_ROWS}
    assert by_feature(found)["air_temperature_k"].psi is not None


def test_no_rows_at_all_are_not_enough() -> None:
    nothing = Served(0, [0] * len(LAYOUT.slots), [0.0] * len(LAYOUT.numbers), [0.0] * len(LAYOUT.numbers))
    found = judge(LAYOUT, nothing, LIMITS)
    assert {(one.verdict, one.psi, one.p_value) for one in found} == {(Verdict.NOT_ENOUGH_ROWS, None, None)}


def test_a_difference_too_small_to_matter_is_stable_however_sure_it_is() -> None:
    many = Layout([replace(slot, trained=slot.trained * 1_000) for slot in LAYOUT.slots], LAYOUT.numbers)
    counts = [slot.trained for slot in many.slots]
    # A tenth of the rows of one bin stand in the next one.
    moved = counts[7] // 10
    counts[7], counts[8] = counts[7] - moved, counts[8] + moved
    sums = [number.total for number in LAYOUT.numbers], [number.squares for number in LAYOUT.numbers]
    found = by_feature(judge(many, Served(5_000_000, counts, *sums), LIMITS))["air_temperature_k"]
    assert found.p_value is not None
    assert found.p_value < 1e-9
    assert found.verdict is Verdict.STABLE


def test_the_batch_that_brought_a_drift_is_named_with_its_part() -> None:
    good, bad = served(1_500), served(500, seed=8, torque_nm=90.0)
    both = Served(
        2_000,
        [a + b for a, b in zip(good.counts, bad.counts, strict=True)],
        [a + b for a, b in zip(good.totals, bad.totals, strict=True)],
        [a + b for a, b in zip(good.squares, bad.squares, strict=True)],
    )
    every = range(1, len(LAYOUT.slots) + 1)
    culprit, other = str(uuid4()), str(uuid4())
    parts = [Part(other, 1_500, every, good.counts), Part(culprit, 500, every, bad.counts)]
    column = next(one for one in columns(LAYOUT, both) if one.feature == "torque_nm")
    first, second = drivers(column, parts, len(LAYOUT.slots))
    assert (first.name, second.name) == (culprit, other)
    assert first.part > 0.95
    assert first.part + second.part == pytest.approx(1, abs=0.01)
