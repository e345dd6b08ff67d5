"""Columns that give the answer away are asked about with the evidence; honest ones, however good, are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from tests.support.usecases.proposals import findings_of, proposed
from training.datasets import BUNDLED
from usecases.proposal.findings import Choice, Severity
from usecases.proposal.infer import Inferred

ROWS = 1_500
RANDOM = np.random.default_rng(1)
NOISE = RANDOM.normal(size=ROWS).round(3)
WAGE = RANDOM.gamma(3, 30, ROWS).round(2)
CHANCE = RANDOM.beta(1, 3, ROWS)
LEAVES = (RANDOM.random(ROWS) < CHANCE).astype(int)


def of_frame(frame: pd.DataFrame, target: str, **choices: object) -> Inferred:
    return proposed({str(name): frame[name].tolist() for name in frame}, target, **choices)


def asked(found: Inferred) -> set[str | None]:
    return {finding.column for finding in found.findings if finding.severity is Severity.DECIDE}


@pytest.mark.parametrize(
    "copy",
    [
        np.log(WAGE).round(4), np.sqrt(WAGE).round(2), (1 / WAGE).round(5), WAGE * 100 - 7, (WAGE / 10).round() * 10,
        (WAGE > 150).astype(int), np.select([WAGE < 40, WAGE < 120], ["low", "middle"], "high"), -WAGE,
        np.log1p(WAGE) + RANDOM.normal(0, 0.001, ROWS),
    ],
)  # fmt: skip
def test_a_copy_of_an_amount_is_asked_about_in_any_shape(copy: np.ndarray) -> None:
    found = of_frame(pd.DataFrame({"noise": NOISE, "copy": copy, "wage": WAGE}), "wage")
    assert asked(found) == {"copy"}
    assert "knows the target by itself" in findings_of(found, "copy")["leak"].text
    assert "copy" not in found.use_case.features_by_name
    assert (
        of_frame(pd.DataFrame({"noise": NOISE, "copy": copy, "wage": WAGE}), "wage", keep=frozenset({"copy"})).undecided
        == []
    )


A, B, C = (RANDOM.gamma(4, 20, ROWS).round(2) for _ in range(3))


@pytest.mark.parametrize(
    ("parts", "total"),
    [((A, B), A + B), ((A, B, C), A + B + C), ((A, B), A - 2 * B), ((A, B), A * B), ((A, B, C), A * B / C)],
)
def test_parts_of_the_answer_are_asked_about_together(parts: tuple[np.ndarray, ...], total: np.ndarray) -> None:
    frame = pd.DataFrame({f"part_{place}": part for place, part in enumerate(parts)} | {"noise": NOISE})
    frame["total"] = total.round(2)
    found = of_frame(frame, "total")
    assert asked(found) == set(frame) - {"noise", "total"}
    assert "give the target together" in findings_of(found, "part_0")["leak together"].text
    assert of_frame(frame, "total", drop=frozenset({"part_0"})).undecided == [], "a part alone is an honest measure"


def test_codes_that_each_know_a_part_are_asked_about_one_by_one() -> None:
    codes = {
        name: (RANDOM.random(ROWS) < share).astype(int)
        for name, share in (("tool", 0.01), ("heat", 0.02), ("power", 0.015))
    }
    frame = pd.DataFrame({"noise": NOISE, **codes})
    frame["failed"] = frame[list(codes)].max(axis=1)
    found = of_frame(frame, "failed")
    assert asked(found) == set(codes)
    assert "true stands in" in findings_of(found, "heat")["leak"].text
    assert "of all of these" in findings_of(found, "heat")["leak"].text


def test_a_word_or_a_gap_that_only_one_class_has_is_asked_about() -> None:
    left = LEAVES == 1
    reason = np.where(left & (RANDOM.random(ROWS) < 0.4), "moved away", RANDOM.choice(["phone", "shop"], ROWS))
    closed = np.where(left & (RANDOM.random(ROWS) < 0.6), "2026-01-05", "")
    found = of_frame(pd.DataFrame({"noise": NOISE, "reason": reason, "closed": closed, "left": LEAVES}), "left")
    assert {"reason"} <= asked(found)
    assert "'moved away' stands in" in findings_of(found, "reason")["leak"].text


def test_the_output_of_another_model_is_asked_about() -> None:
    frame = pd.DataFrame({"noise": NOISE + LEAVES, "risk": CHANCE.round(4), "stay": (1 - CHANCE).round(4)})
    frame["predicted_class"] = np.where(RANDOM.random(ROWS) < 0.92, LEAVES, 1 - LEAVES)
    frame["left"] = LEAVES
    found = of_frame(frame, "left")
    assert asked(found) == {"risk", "stay", "predicted_class"}
    assert "as another model would" in findings_of(found, "risk")["leak"].text
    assert "the output of another model" in findings_of(found, "predicted_class")["leak"].text


def test_a_share_that_fits_the_answer_may_be_a_measure_and_is_kept_unless_somebody_says_otherwise() -> None:
    found = of_frame(pd.DataFrame({"noise": NOISE, "loyalty": CHANCE.round(4), "left": LEAVES}), "left")
    assert asked(found) == {"loyalty"}
    assert "loyalty" in found.use_case.features_by_name


def test_an_amount_between_two_times_is_asked_about() -> None:
    start = np.datetime64("2024-01-01") + RANDOM.integers(0, 700, ROWS)
    days = RANDOM.integers(1, 90, ROWS)
    frame = pd.DataFrame(
        {"noise": NOISE, "start": start.astype(str), "end": (start + days).astype(str), "days": days + 0.5}
    )
    assert asked(of_frame(frame, "days")) == {"start", "end"}


def test_columns_of_which_one_or_the_other_is_set_are_asked_about_together() -> None:
    one, other = RANDOM.random(ROWS) < 0.2, RANDOM.random(ROWS) < 0.3
    frame = pd.DataFrame(
        {"noise": NOISE, "one": one.astype(int), "other": other.astype(int), "left": (one ^ other).astype(int)}
    )
    found = of_frame(frame, "left")
    assert asked(found) == {"one", "other"}
    assert of_frame(frame, "left", keep=frozenset({"one", "other"})).undecided == []


def _with_target(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    return frame, "target"


def _made_up(
    make: Callable[..., tuple[np.ndarray, np.ndarray]], *arguments: object, **options: object
) -> tuple[pd.DataFrame, str]:
    columns, target = make(*arguments, **options)
    return pd.DataFrame(columns).add_prefix("x").assign(target=target), "target"


def _pure_groups() -> tuple[pd.DataFrame, str]:
    """Make customers of whom one small group has never left yet: no proof of anything."""
    plan = RANDOM.choice(["basic", "plus", "family"], ROWS, p=[0.6, 0.37, 0.03])
    return pd.DataFrame({"plan": plan, "noise": NOISE, "left": np.where(plan == "family", 0, LEAVES)}), "left"


def _pure_islands() -> tuple[pd.DataFrame, str]:
    """Make animals of three kinds, of which one lives alone on an island."""
    kind = RANDOM.choice(["a", "b", "c"], ROWS, p=[0.44, 0.36, 0.2])
    island = np.where((kind == "a") & (RANDOM.random(ROWS) < 0.35), "far", RANDOM.choice(["low", "high"], ROWS))
    size = (NOISE + (kind == "b")).round(2)
    return pd.DataFrame({"island": island, "size": size, "kind": kind}), "kind"


OF_TIMES = np.random.default_rng(8)
ORDERED = pd.Timestamp("2024-01-01") + pd.to_timedelta(OF_TIMES.integers(0, 600 * 1_440, ROWS), unit="min")
PROMISED = ORDERED + pd.to_timedelta(OF_TIMES.integers(5, 15, ROWS), unit="D")
DELIVERED = ORDERED + pd.to_timedelta(OF_TIMES.integers(600, 20 * 1_440, ROWS), unit="min")
TIMES = {"noise": NOISE, "ordered": ORDERED, "promised": PROMISED, "delivered": DELIVERED}


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        ((DELIVERED > PROMISED).astype(int), {"promised", "delivered"}),
        (np.ceil((DELIVERED - ORDERED) / pd.Timedelta(days=1)).astype(int), {"ordered", "delivered"}),
        (LEAVES, set()),
    ],
    ids=["late", "days", "neither"],
)
def test_times_that_give_the_answer_by_how_far_they_lie_apart_are_asked_about(
    answer: np.ndarray, times: set[str]
) -> None:
    assert asked(of_frame(pd.DataFrame(TIMES | {"answer": answer}), "answer")) == times


def test_times_that_somebody_keeps_hide_nothing_else_that_gives_the_answer() -> None:
    days = np.ceil((DELIVERED - ORDERED) / pd.Timedelta(days=1)).astype(int)
    parts = {"begun": np.round(NOISE, 3), "rest": np.round(days - np.round(NOISE, 3), 3)}
    frame = pd.DataFrame({"ordered": ORDERED, "delivered": DELIVERED, **parts, "answer": days})
    kept = {"ordered: leak together": Choice.KEEP, "delivered: leak together": Choice.KEEP}
    found = of_frame(frame, "answer", decided=kept)
    assert {"begun", "rest"} <= {finding.column for finding in found.findings if finding.kind == "leak together"}


HONEST: dict[str, Callable[[], tuple[pd.DataFrame, str]]] = {
    "iris": lambda: _with_target(datasets.load_iris(as_frame=True).frame),
    "wine": lambda: _with_target(datasets.load_wine(as_frame=True).frame),
    "breast cancer": lambda: _with_target(datasets.load_breast_cancer(as_frame=True).frame),
    "diabetes": lambda: _with_target(datasets.load_diabetes(as_frame=True).frame),
    "digits": lambda: _with_target(datasets.load_digits(as_frame=True).frame),
    "bundled": lambda: (BUNDLED["equipment_failure"](), "machine_failure"),
    "separable": lambda: _made_up(datasets.make_classification, 1_500, 12, class_sep=1.5, random_state=1),
    "friedman": lambda: _made_up(datasets.make_friedman1, 1_000, noise=0.5, random_state=1),
    "linear": lambda: _made_up(datasets.make_regression, 1_000, 8, noise=8, random_state=1),
    "pure groups": _pure_groups,
    "pure islands": _pure_islands,
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_honest_columns_are_not_asked_about(name: str) -> None:
    frame, target = HONEST[name]()
    assert of_frame(frame, target).undecided == []
