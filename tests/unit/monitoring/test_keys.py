"""Keys: which machine a row is of, what is counted of each, and whether it moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest

from monitoring.drift.key_verdicts import KeyDrift, judge_keys
from monitoring.drift.verdicts import Verdict
from monitoring.profiles.building import reference_profile
from monitoring.profiles.key_counts import MOST_UNKNOWN, KeyCounter
from monitoring.profiles.key_reference import MOST_KEYS, KeyReference
from monitoring.profiles.part_counts import PartCounter, number_columns
from monitoring.profiles.publishing import published
from monitoring.profiles.reference import ReferenceProfile
from monitoring.profiles.row_keys import MOST_CHARACTERS, row_keys
from sql.drift.keys import KeyLayout, KeySum
from sql.profiles.parts import PartProfile, add_profiles
from tests.support.monitoring.fleet import FLEET, MACHINES, fleet_reference, fleet_rows, with_columns
from tests.support.monitoring.profile_history import made_up_scores
from tests.support.pipeline import equipment_rows
from usecases.contract.spec import UseCase


def counted(rows: pa.RecordBatch, reference: ReferenceProfile | None = None) -> PartProfile:
    return PartCounter(FLEET, reference or fleet_reference()).count(rows, made_up_scores(rows))


def judged(rows: pa.RecordBatch, reference: ReferenceProfile | None = None) -> list[KeyDrift]:
    reference = reference or fleet_reference()
    keys, training = counted(rows, reference).keys, published(FLEET, reference).keys
    assert keys is not None
    assert training is not None
    layout = KeyLayout(
        numbers={one.feature: one for one in training.numbers},
        lengths={
            name: [one for one in training.lengths if one.feature == name]
            for name in FLEET.features_by_name | {"score": 0}
        },
        trained={(one.feature, one.key): one for one in training.trained},
    )
    names = [name for name, _ in number_columns(reference)]
    sums = [
        KeySum(row["key"], name, row["rows"], row["present"][place], row["totals"][place])
        for row in keys.to_pylist()
        for place, name in enumerate(names)
        if name in layout.numbers
    ]
    return judge_keys(layout, sums, FLEET.drift.max_psi)


def drifted(found: list[KeyDrift]) -> set[tuple[str, str]]:
    return {(one.key, one.feature) for one in found if one.verdict is Verdict.DRIFTED}


@pytest.mark.parametrize(
    ("keys", "problem"),
    [(("torque_nm",), "torque_nm is neither the key nor a category"), (("machine_id", "machine_id"), "stands twice")],
)
def test_keys_are_columns_that_can_name_something(keys: tuple[str, ...], problem: str) -> None:
    content = FLEET.model_dump(mode="json", exclude_defaults=True) | {"drift": {"keys": keys}}
    with pytest.raises(ValueError, match=problem):
        UseCase.model_validate(content)


def test_naming_keys_makes_no_other_contract() -> None:
    content = FLEET.model_dump(mode="json", exclude_defaults=True) | {"drift": {"keys": ["product_quality"]}}
    assert UseCase.model_validate(content).schema_hash == FLEET.schema_hash


def test_a_key_is_the_values_of_its_columns_and_none_where_one_is_missing() -> None:
    rows = pa.RecordBatch.from_pydict(
        {"site": ["b", "a", None, "b"], "line": [1, 2, 1, 1], "on": [True, None, True, True]}
    )
    codes, keys = row_keys(("site", "line", "on"), rows)
    assert [keys[code].as_py() for code in codes] == ["b / 1 / true", "", "", "b / 1 / true"]


def test_the_sums_of_keys_are_those_of_all_rows() -> None:
    rows = fleet_rows(20, seed=3)
    rows = with_columns(
        rows,
        machine_id=pa.array(
            [None if number % 7 == 0 else name for number, name in enumerate(rows.column("machine_id").to_pylist())]
        ),
    )
    of_all = counted(rows)
    assert of_all.keys is not None
    assert sum(of_all.keys.column("rows").to_pylist()) == rows.num_rows
    assert np.sum(of_all.keys.column("totals").to_pylist(), axis=0) == pytest.approx(of_all.totals)
    parts = [counted(rows.slice(start, 400)) for start in (0, 400, 800)]
    added = add_profiles(parts).keys
    assert added is not None
    by_key = {row["key"]: row for row in added.to_pylist()}
    for row in of_all.keys.to_pylist():
        assert by_key[row["key"]]["rows"] == row["rows"]
        assert by_key[row["key"]]["totals"] == pytest.approx(row["totals"])


@pytest.mark.parametrize("columns", [("machine",), ("line",), ("kind", "line"), ("machine", "kind", "is_on")])
@pytest.mark.parametrize("seed", range(5))
def test_keys_are_counted_to_the_last_bit_as_rows_are_one_by_one(columns: tuple[str, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    many = int(rng.integers(1, 900))
    rows = pa.RecordBatch.from_pydict(
        {
            "machine": pa.array(
                [None if x > 0.9 else f"{'x' * 188}{int(x * 400)}" for x in rng.random(many)], pa.string()
            ),
            "line": pa.array([None if line == 0 else int(line) for line in rng.integers(0, 9, many)], pa.int64()),
            "kind": pa.array(rng.choice(["L", "M", "H"], many).tolist()).dictionary_encode(),
            "is_on": pa.array([None if x > 0.8 else bool(x > 0.4) for x in rng.random(many)], pa.bool_()),
        }
    )
    is_missing = rng.random((3, many)) < [[0.0], [0.1], [0.9]]
    numbers = np.where(is_missing, 0.0, rng.normal(size=(3, many)) * 10.0 ** rng.integers(-3, 100, (3, 1)))
    named = ["" if None in row.values() else _named(row) for row in rows.select(columns).to_pylist()]
    known = tuple(sorted({name for name in named if name})[::2])
    reference = KeyReference(columns=columns, keys=known, rows=(1,) * len(known), left_out=0, numbers={})
    often = Counter(name for name in named if name and name not in known)
    apart = {*known, *sorted(often, key=lambda name: (-often[name], name))[:MOST_UNKNOWN]}
    expected: dict[str, list[float]] = {}
    for name, values, lacks in zip(named, numbers.T.tolist(), is_missing.T.tolist(), strict=True):
        sums = expected.setdefault(name if name in apart else "", [0.0] * 7)
        for place, one in enumerate((1, *(not each for each in lacks), *values)):
            sums[place] += one
    found = KeyCounter(reference).count(rows, numbers, is_missing).to_pylist()
    assert {row["key"]: [row["rows"], *row["present"], *row["totals"]] for row in found} == expected
    assert len(found) == len(expected)


def _named(row: Mapping[str, object]) -> str:
    texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in row.values())
    return " / ".join(texts)[:MOST_CHARACTERS]


def test_a_part_counts_a_hundred_new_keys_apart_and_the_others_together() -> None:
    rows = equipment_rows(1_000, seed=4)
    names = [f"new-{number}" for number in range(300)]
    rows = with_columns(rows, machine_id=pa.array((names + names[:200] + names)[:700] + ["M-1"] * 300))
    keys = counted(rows).keys
    assert keys is not None
    found = dict(zip(keys.column("key").to_pylist(), keys.column("rows").to_pylist(), strict=True))
    assert len(found) == MOST_UNKNOWN + 2
    assert found["M-1"] == 300
    assert sum(found.values()) == 1_000
    assert min(rows for key, rows in found.items() if key.startswith("new")) == 3


def test_training_keeps_the_keys_of_the_most_rows() -> None:
    rows = equipment_rows(3_000, seed=5)
    names = [f"seldom-{number}" for number in range(1_500)] + ["often"] * 1_500
    rows = with_columns(rows, machine_id=pa.array(names))
    keys = reference_profile(FLEET, rows, made_up_scores(rows)).keys
    assert keys is not None
    assert (len(keys.keys), keys.keys[0], keys.rows[0]) == (MOST_KEYS, "often", 1_500)
    assert sum(keys.rows) + keys.left_out == 3_000


def test_nothing_moved() -> None:
    assert drifted(judged(fleet_rows(40, seed=6))) == set()


def test_one_machine_of_fifty_that_moved_is_named_and_no_other() -> None:
    found = judged(fleet_rows(40, seed=7, moved={"M-7": 24.0}))
    assert drifted(found) == {("M-7", "torque_nm"), ("M-7", "score")}
    worst = found[0]
    assert (worst.key, worst.is_apart, worst.is_new) == ("M-7", True, False)
    assert worst.shift == pytest.approx(3, abs=0.5)
    assert worst.mean_high is not None
    assert worst.mean_served is not None
    assert worst.mean_low is not None
    assert worst.mean_low < worst.mean_trained < worst.mean_high < worst.mean_served


def test_machines_that_moved_alike_are_not_apart() -> None:
    moved: Mapping[str, float] = {f"M-{number}": 16.0 for number in range(MACHINES)}
    found = [one for one in judged(fleet_rows(40, seed=8, moved=moved)) if one.feature == "torque_nm"]
    assert {one.verdict for one in found} == {Verdict.DRIFTED}
    assert not any(one.is_apart for one in found)


def test_a_machine_that_training_did_not_have_is_held_against_how_far_machines_lie_apart() -> None:
    rows = fleet_rows(40, seed=9)
    names = np.array(rows.column("machine_id").to_pylist(), dtype=object)
    torque = rows.column("torque_nm").to_numpy().copy()
    names[names == "M-1"], names[names == "M-2"] = "usual", "far"
    torque[names == "usual"] += -torque[names == "usual"].mean() + 45
    torque[names == "far"] += 200
    found = {
        one.key: one
        for one in judged(with_columns(rows, machine_id=pa.array(names), torque_nm=pa.array(torque)))
        if one.feature == "torque_nm" and one.is_new
    }
    assert {key: one.verdict for key, one in found.items()} == {"usual": Verdict.STABLE, "far": Verdict.DRIFTED}


def test_a_machine_whose_values_are_missing_has_drifted_and_one_of_few_rows_is_not_judged() -> None:
    rows = fleet_rows(40, seed=10)
    names = np.array(rows.column("machine_id").to_pylist(), dtype=object)
    lacks = names == "M-3"
    lacks[:1_000] = False
    torque = pa.array(np.where(lacks, np.nan, rows.column("torque_nm").to_numpy()), from_pandas=True)
    (found,) = [
        one for one in judged(with_columns(rows, torque_nm=torque)) if (one.key, one.feature) == ("M-3", "torque_nm")
    ]
    assert (found.verdict, found.missing_served, found.missing_trained) == (Verdict.DRIFTED, 0.5, 0.0)
    few = judged(fleet_rows(15, seed=11, moved={"M-7": 90.0}))
    assert {one.verdict for one in few} == {Verdict.NOT_ENOUGH_ROWS}


def test_a_training_of_few_windows_says_that_history_is_too_short() -> None:
    rows = fleet_rows(60, seed=12, machines=4)
    reference = reference_profile(FLEET, rows, made_up_scores(rows))
    served = judged(fleet_rows(30, seed=13, machines=4, moved={"M-2": 6.0}), reference)
    (one,) = [one for one in served if (one.key, one.feature) == ("M-2", "torque_nm")]
    assert one.verdict is Verdict.NOT_ENOUGH_HISTORY
    far = judged(fleet_rows(30, seed=13, machines=4, moved={"M-2": 40.0}), reference)
    assert ("M-2", "torque_nm") in drifted(far)
