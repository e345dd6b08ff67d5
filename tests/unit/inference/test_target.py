"""What is predicted: a class for every text that is one, a question for every text that may be none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from training.data import check_training_data
from usecases.contract.spec import UseCase
from usecases.proposal.choices import Choices
from usecases.proposal.findings import CannotInferError, Choice, Severity
from usecases.proposal.infer import Inferred, infer
from usecases.proposal.target.reading import read_target
from usecases.proposal.writing import inferred_yaml
from usecases.tasks.task import Task


def repeated(**counts: int) -> list[str]:
    return [text for text, count in counts.items() for _ in range(count)]


def table(target: Iterable[object]) -> pa.RecordBatch:
    answers = list(target)
    return pa.RecordBatch.from_pydict(
        {"size": np.random.default_rng(3).normal(size=len(answers)).round(4), "grade": pa.array(answers)}
    )


def inferred(target: Iterable[object], **choices: object) -> Inferred:
    return infer(table(target), Choices(target="grade", **choices), file_name="parts.csv", data="parts.csv")  # type: ignore[arg-type]


def asked(found: Inferred) -> str:
    return "\n".join(f"{finding.text}: {finding.done}" for finding in found.undecided)


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        ("0", "1"), ("0.0", "1.0"), ("0.00", "1.00"), ("-1", "1"), ("1", "2"), ("no", "yes"), ("NO", "YES"), ("n", "y"), ("F", "T"),
        ("false", "true"), ("Off", "On"), ("OK", "defect"), ("normal", "odd"), ("Benign", "Malignant"), ("negativ", "positiv"),
        ("nein", "ja"), ("non", "oui"), ("good", "bad"), ("notworn", "worn"), ("not worn", "worn"), ("No wear", "wear"), ("non-worn", "worn"),
        ("kein Befund", "Tumor"), ("i.O.", "n.i.O."), ("ok", "not ok"), ("-", "+"), ("healthy ", "sick"), ("No event", "Relapse"), ("other", "Yes"),
        ("did not fail", "failed"), ("passed", "did not pass"), ("0 - absent", "1 - there"), ("Class_1", "Class_2"), ("0: no", "1: yes"), ("<=50K", "<=60K"),
        ("nie", "tak"), ("ne", "ano"), ("Hay\u0131r", "Evet"), ("いいえ", "はい"), ("нет", "да"), ("nei", "já"),
    ],
)  # fmt: skip
def test_the_negative_class_is_known_however_it_is_spelled_and_however_common(negative: str, positive: str) -> None:
    for rows in ((30, 70), (70, 30)):
        found = read_target("grade", pa.array([negative] * rows[0] + [positive] * rows[1]), None)
        written = found.class_source_names or found.classes
        assert [text.removesuffix(".0").removesuffix(".00") for text in written] == [
            text.strip().removesuffix(".0").removesuffix(".00") for text in (negative, positive)
        ]


def test_of_two_classes_that_say_nothing_the_commoner_comes_first() -> None:
    assert read_target("grade", pa.array(repeated(blue=20, red=80)), None).classes == ("red", "blue")


@pytest.mark.parametrize("zero_and_one", [("0", "1"), ("0.0", "1.0"), (0, 1), (0.0, 1.0), (False, True)], ids=str)
def test_zeros_and_ones_get_a_name_and_are_remembered(zero_and_one: tuple[object, object]) -> None:
    zero, one = zero_and_one
    use_case = inferred([zero] * 60 + [one] * 40).use_case
    assert (use_case.task, use_case.classes, use_case.class_source_names) == (
        Task.BINARY, ("not grade", "grade"), ("0", "1"),
    )  # fmt: skip
    data = check_training_data(use_case, table([zero] * 60 + [one] * 40))
    assert data.targets.tolist() == [0.0] * 60 + [1.0] * 40


def test_numbers_that_are_written_in_several_ways_are_one_class() -> None:
    target = read_target("grade", pa.array(["1", "1.0", "2", "2.00", "3"] * 20), None)
    assert (target.task, target.classes, target.findings) == (Task.MULTICLASS, ("1", "2", "3"), ())
    assert read_target("grade", pa.array([1.0, 2.0, 3.0, None] * 20), None).task is Task.MULTICLASS
    assert read_target("zip", pa.array(["01067", "04109"] * 20), None).classes == ("01067", "04109")


@pytest.mark.parametrize(
    "mark", ["?", "-", ".", "NaN", "#N/A", "NULL", "n/a", "Unknown", " ? ", "\\N", "(null)", "NaT"]
)
def test_what_may_stand_for_a_missing_answer_is_asked_and_taken_as_one(mark: str) -> None:
    answers = ["0"] * 50 + ["1"] * 30 + [mark] * 20
    found = inferred(answers)
    assert f"{mark.strip()!r} (20 rows) may stand for a missing answer" in asked(found)
    assert (found.use_case.task, found.use_case.target_missing_values) == (Task.BINARY, (mark.strip(),))
    data = check_training_data(found.use_case, table(answers))
    assert (data.rows.num_rows, data.left_out) == (80, ("20 without grade",))


def test_somebody_may_say_that_such_a_text_is_a_class() -> None:
    found = inferred(["0"] * 50 + ["1"] * 30 + ["?"] * 20, keep=frozenset({"grade"}))
    assert (found.use_case.classes, found.undecided) == (("0", "1", "?"), [])


def test_such_a_text_is_a_class_where_it_is_one_of_two() -> None:
    found = inferred(["-"] * 50 + ["+"] * 50)
    assert (found.use_case.classes, found.undecided) == (("-", "+"), [])


def test_a_number_beside_0_and_1_that_surveys_write_for_no_answer_is_asked() -> None:
    found = inferred([0] * 50 + [1] * 40 + [99] * 30)
    assert "'99' (30 rows) may stand" in asked(found)
    assert (found.use_case.task, found.use_case.target_missing_values) == (Task.BINARY, ("99",))
    assert inferred([-1] * 50 + [0] * 40 + [1] * 30).use_case.classes == ("-1", "0", "1")
    for codes, mark, classes in (((1, 2), 9, ("1", "2")), ((1, 2, 3, 4, 5), 99, ("1", "2", "3", "4", "5"))):
        found = inferred([code for code in codes for _ in range(20)] + [mark] * 15)
        assert (found.use_case.classes, found.use_case.target_missing_values) == (classes, (str(mark),))


def test_spaces_around_a_class_are_asked_and_taken_for_nothing() -> None:
    answers = repeated(worn=150) + ["worn\t"] * 4 + [" worn"] * 30 + repeated(notworn=80)
    found = inferred(answers)
    assert "differ only in spaces around them: ' worn' and 'worn' and 'worn\\t'" in asked(found)
    assert (found.use_case.task, found.use_case.classes) == (Task.BINARY, ("notworn", "worn"))
    assert check_training_data(found.use_case, table(answers)).targets.sum() == 184
    assert inferred(["worn "] * 50 + ["intact "] * 50).undecided == []


def test_classes_that_differ_in_capitals_stay_a_question_however_few() -> None:
    found = inferred(repeated(Worn=50, intact=50, worn=5))
    assert "differ only in capitals: Worn (50), worn (5)" in asked(found)
    assert "fewer than 10 rows: worn (5)" in asked(found)
    assert (found.use_case.task, found.use_case.left_out_classes) == (Task.BINARY, ("worn",))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<=50K", "<=50K."),
        ("left early", "left_early"),
        ("Caf\u00e9", "Cafe\u0301"),
        ("worn", "wo\u00adrn"),
        ("10-20", "10\u201320"),
    ],
)
def test_classes_that_look_alike_are_a_question(one: str, other: str) -> None:
    found = inferred([one] * 50 + [other] * 40 + ["something else"] * 50)
    assert "differ only in capitals, spaces or signs" in asked(found)


def test_classes_of_which_a_sign_says_something_are_none() -> None:
    assert inferred(["A"] * 50 + ["A-"] * 40 + ["B+"] * 30 + ["B"] * 30).undecided == []


@pytest.mark.parametrize(
    "written",
    [
        lambda day: f"2026-03-{day:02}",
        lambda day: f"{day}.3.2026",
        lambda day: f"2026-{day % 12 + 1:02}",
        lambda day: f"{day:02}:15",
    ],
)
def test_times_are_no_answers_but_as_classes_that_somebody_asks_for(written: Callable[[int], str]) -> None:
    answers = [written(day) for day in range(10, 20) for _ in range(12)]
    with pytest.raises(CannotInferError, match="holds times, such as"):
        inferred(answers)
    assert len(inferred(answers, task=Task.MULTICLASS).use_case.classes) == 10


@pytest.mark.parametrize(
    "values", [[timedelta(days=day) for day in range(60)], [[day] for day in range(60)]], ids=["durations", "lists"]
)
def test_a_type_that_holds_no_answers_is_named(values: list[object]) -> None:
    with pytest.raises(CannotInferError, match=r"holds values of the type (duration|list)"):
        inferred(values)


def test_rows_of_classes_that_were_left_out_stay_out_and_are_told() -> None:
    answers = [number for number, count in ((1, 7), (2, 60), (3, 50), (4, 90), (9, 3)) for _ in range(count)]
    use_case = inferred(answers).use_case
    assert (use_case.classes, use_case.left_out_classes) == (("2", "3", "4"), ("1", "9"))
    data = check_training_data(use_case, table(map(float, answers)))
    assert (data.rows.num_rows, data.bad_rows) == (200, 10)
    assert data.left_out == ("10 of classes that parts leaves out: '1' (7), '9' (3)",)
    assert np.bincount(data.targets.astype(int)).tolist() == [60, 50, 90]


def test_a_few_texts_among_whole_numbers_make_no_amounts_of_them() -> None:
    use_case = inferred(["1"] * 40 + ["2"] * 40 + ["3"] * 40 + ["x"] * 2).use_case
    assert (use_case.classes, use_case.left_out_classes) == (("1", "2", "3"), ("x",))
    use_case = inferred(["0"] * 60 + ["1"] * 40 + ["maybe"] * 3).use_case
    assert (use_case.task, use_case.class_source_names, use_case.left_out_classes) == (
        Task.BINARY, ("0", "1"), ("maybe",),
    )  # fmt: skip
    assert inferred([*range(40), *range(40), *range(40)]).use_case.task is Task.REGRESSION


def test_numbers_that_cannot_be_read_are_asked_about() -> None:
    answers = [f"{number}.5" for number in range(97)] + ["?", "12 EUR", "inf"]
    found = inferred(answers)
    assert "'?' (1 rows) may stand" in asked(found)
    assert "2 values are no numbers, such as 12 EUR, inf" in asked(found)
    assert (found.use_case.task, found.use_case.target_missing_values) == (Task.REGRESSION, ("?",))
    data = check_training_data(found.use_case, table(answers))
    assert data.rows.num_rows == 97
    assert "'12 EUR' (1, the first in row 99), 'inf' (1, the first in row 100)" in data.left_out[1]


@pytest.mark.parametrize("far", ["99", "999"])
def test_numbers_far_from_the_steps_of_a_scale_may_be_kept_as_numbers(far: str) -> None:
    answers = [*(["0", "1", "2", "3"] * 60), *([far] * 30)]
    kept = inferred(answers, task=Task.REGRESSION, decided={"grade: placeholders": Choice.KEEP})
    assert kept.use_case.target_missing_values == ()


def test_a_number_far_from_all_others_is_asked_about() -> None:
    answers = [f"{number}.5" for number in range(90)] + ["-999"] * 10
    found = inferred(answers)
    assert "'-999' (10 rows): far from all others" in asked(found)
    assert found.use_case.target_missing_values == ("-999",)
    data = check_training_data(found.use_case, table(answers))
    assert (data.rows.num_rows, data.left_out) == (90, ("10 without grade",))
    kept = inferred(answers, decided={"grade: placeholders": Choice.KEEP})
    assert (kept.use_case.target_missing_values, kept.undecided) == ((), [])


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([f"${number},{number % 9}50.00" for number in range(1, 100)], "write plain numbers, 1150.00"),
        ([f"{number}.345" for number in range(1, 90)] + [str(number) for number in range(200, 220)], "of thousands, or decimals"),
        ([f"{number},345" for number in range(1, 100)], "write 1345, 2345, 3345 in the file; decimals: --keep grade"),
        ([f"{number} kg" for number in range(1, 100)], "numbers with units, such as 1 kg"),
    ],
)  # fmt: skip
def test_numbers_in_another_form_are_refused_with_a_way_on(answers: list[str], words: str) -> None:
    with pytest.raises(CannotInferError, match=re.escape(words)):
        inferred(answers)


def test_somebody_may_say_that_a_comma_stands_for_decimals() -> None:
    answers = [f"{number},345" for number in range(1, 100)]
    use_case = inferred(answers, keep=frozenset({"grade"})).use_case
    assert (use_case.task, use_case.target_decimal_comma) == (Task.REGRESSION, True)
    assert check_training_data(use_case, table(answers)).targets[:2].tolist() == [1.345, 2.345]


def test_what_was_decided_about_the_target_is_asked_no_more() -> None:
    answers = ["0"] * 50 + ["1"] * 30 + ["?"] * 20 + ["b "] * 12 + ["b"] * 12 + ["B"] * 5
    assert {finding.kind for finding in inferred(answers).undecided} == {
        "missing values", "spaces", "capitals", "rare classes",
    }  # fmt: skip
    decided = {
        "grade: missing values": Choice.MISSING, "grade: spaces": Choice.KEEP, "grade: capitals": Choice.KEEP,
        "grade: rare classes": Choice.DROP,
    }  # fmt: skip
    found = inferred(answers, decided=decided)
    assert (found.undecided, found.use_case.classes) == ([], ("0", "1", "b"))
    by_flag = inferred(["0"] * 50 + ["1"] * 30 + ["?"] * 20, missing=frozenset({"grade"}))
    assert (by_flag.undecided, by_flag.use_case.target_missing_values) == ([], ("?",))
    own = inferred(["no"] * 50 + ["yes"] * 30 + ["later"] * 20, missing=frozenset({"grade=later"}))
    assert (own.undecided, own.use_case.target_missing_values, own.use_case.task) == ([], ("later",), Task.BINARY)


def test_the_usual_words_for_a_missing_number_are_no_question() -> None:
    found = inferred([f"{number}.5" for number in range(90)] + ["NA"] * 10)
    assert found.undecided == []
    assert any("10 rows (10.0%) have no target" in finding.text for finding in found.findings)


def test_a_target_of_one_value_beside_missing_ones_is_hopeless() -> None:
    with pytest.raises(CannotInferError, match="20 rows have none; if that is the other answer, write it there"):
        inferred(["a"] * 80 + [""] * 20)


def test_the_file_says_which_class_the_score_speaks_of() -> None:
    found = inferred(["0"] * 60 + ["1"] * 40)
    text = inferred_yaml(found, "parts.csv")
    assert "# The score is the probability of 'grade' (1 in the data), the second class" in text
    assert "class_source_names: ['0', '1']" in text
    assert all(finding.severity is not Severity.DECIDE for finding in found.findings)


def test_what_is_written_can_be_read_again() -> None:
    found = inferred(["1"] * 6 + ["2"] * 50 + ["3"] * 40 + ["?"] * 20)
    assert UseCase.model_validate(found.use_case.model_dump()) == found.use_case


def test_many_texts_of_which_each_stands_in_many_rows_are_classes() -> None:
    found = inferred([f"part {row % 200}" for row in range(6_000)])
    assert (found.use_case.task, len(found.use_case.classes)) == (Task.MULTICLASS, 200)
    # Each is a half percent of the rows, as it would be if all were as common.
    assert "imbalance" not in {finding.kind for finding in found.findings}
