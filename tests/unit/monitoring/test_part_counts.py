"""Two ways of counting, the plain one of training and the fast one of the worker, find the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from monitoring.profiles.building import profile, reference_profile
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.publishing import published
from monitoring.profiles.reference import CategoryCounts, NumberCounts, Profile, ReferenceProfile
from sql.profiles.parts import PartProfile
from tests.support.usecases.kiln_batches import DECLARED, KILN, ROWS, Row, batch, reference
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores

SOME: list[Row] = [(20.0 * n, n, "gloss", True, n * 10**12, n / 40) for n in range(40)]


def dense(counted: PartProfile, of: ReferenceProfile) -> list[int]:
    counts = [0] * len(published(KILN, of).slots)
    for slot, rows in zip(counted.slots, counted.counts, strict=True):
        counts[slot - 1] = rows
    return counts


def flat(counted: Profile) -> list[int]:
    by_name: dict[str, NumberCounts | CategoryCounts] = {**counted.numbers, **counted.categories}
    columns: list[NumberCounts | CategoryCounts] = [by_name[name] for name in KILN.features_by_name]
    columns.append(counted.score)
    columns += [counted.classes] if counted.classes else []
    found: list[int] = []
    for column in columns:
        ends = [column.below, column.above] if isinstance(column, NumberCounts) else [column.unseen]
        found += [*column.counts, column.missing, *ends]
    return found


@settings(max_examples=200, deadline=None)
@given(trained=ROWS, served=ROWS)
def test_the_worker_counts_as_training_does(trained: list[Row], served: list[Row]) -> None:
    of, (rows, scores) = reference(trained), batch(served)
    counted = PartCounter(KILN, of).count(rows, scores)
    expected = profile(KILN, of.bins, rows, scores)
    assert dense(counted, of) == flat(expected)
    numbers = [*expected.numbers.values(), expected.score]
    np.testing.assert_allclose(counted.totals, [one.total for one in numbers], rtol=1e-9, atol=1e140)
    np.testing.assert_allclose(counted.squares, [one.squares for one in numbers], rtol=1e-9)
    assert (counted.rows, counted.reference) == (len(served), of.digest)


def test_what_is_published_is_what_training_counted() -> None:
    of = reference(SOME)
    rows, scores = batch(SOME)
    assert dense(PartCounter(KILN, of).count(rows, scores), of) == [slot.trained for slot in published(KILN, of).slots]


def test_a_wide_use_case_is_counted_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    of, (rows, scores) = reference(SOME), batch(SOME)
    whole = PartCounter(KILN, of).count(rows, scores)
    monkeypatch.setattr("monitoring.profiles.part_counts._COMPARED_AT_ONCE", 1)
    assert PartCounter(KILN, of).count(rows, scores) == whole


def test_a_predicted_number_is_watched_itself() -> None:
    use_case = UseCase.model_validate({**DECLARED, "task": "regression", "classes": []})
    rows, _ = batch(SOME)
    numbers = Scores(pa.array(np.arange(40.0)), pa.nulls(40, pa.float64()), None)
    of = reference_profile(use_case, rows, numbers)
    counted = PartCounter(use_case, of).count(rows, numbers)
    assert counted.totals[-1] == sum(range(40))
    assert "prediction" not in {slot.feature for slot in published(use_case, of).slots}


def test_bins_of_another_schema_are_refused() -> None:
    other = UseCase.model_validate({**DECLARED, "features": DECLARED["features"][:2]})
    with pytest.raises(ValueError, match="the bins are of schema"):
        PartCounter(other, reference(SOME))
