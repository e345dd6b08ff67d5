"""Texts of digits in files with types: one reading at every door, and a question where the file leaves it open."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.usecases.doors import by_file, by_message, by_request
from tests.support.usecases.proposals import ROWS, feature_of, findings_of, proposed, random_numbers
from training.data import check_training_data
from usecases.analysis.analysis import analyze
from usecases.columns.features import FloatFeature, IntegerFeature
from usecases.contract.spec import UseCase
from usecases.formats.data_files import read_data
from usecases.proposal.choices import Choices
from usecases.proposal.findings import Choice, Severity
from usecases.proposal.infer import Inferred, infer

DRAWN = np.random.default_rng(5)
GRADES = DRAWN.integers(1, 25, ROWS).astype(str)
AMOUNTS = [f"{value:.2f}" for value in DRAWN.gamma(3, 40, ROWS)]
ANSWERS = DRAWN.choice(["no", "yes"], ROWS)


def frame_of(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({**columns, "load": random_numbers(7), "answer": ANSWERS})


def parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path.with_suffix(".parquet"), index=False)


def json_lines(frame: pd.DataFrame, path: Path) -> None:
    frame.to_json(path.with_suffix(".jsonl"), orient="records", lines=True)


def csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path.with_suffix(".csv"), index=False)


def inferred_from(
    frame: pd.DataFrame, folder: Path, write: Callable[[pd.DataFrame, Path], None], **choices: Any
) -> tuple[Inferred, Path]:
    write(frame, folder / "rows")
    [path] = folder.glob("rows.*")
    chosen = Choices(target="answer", **choices)
    return infer(read_data(path), chosen, file_name=path.name, data=f"training{path.suffix}"), path


def all_doors_agree(use_case: UseCase, path: Path, frame: pd.DataFrame) -> None:
    """Hold the verdicts on a file, and on its rows as pandas has them, against each other; all of them are good."""
    data = check_training_data(use_case, read_data(path))
    rows = frame.drop(columns="answer").astype(object).where(frame.notna(), None).to_dict("records")
    bodies = [orjson.dumps(row, default=str) for row in rows]
    verdicts = {
        "file": by_file(use_case, path.name, path.read_bytes()),
        "JSON Lines": by_file(use_case, "rows.jsonl", b"\n".join(bodies)),
        "message": by_message(use_case, b"[" + b",".join(bodies) + b"]"),
        "request": by_request(use_case, b"[" + b",".join(bodies) + b"]"),
    }
    learned = data.rows.to_pylist()
    assert len(learned) == len(frame)
    for found in verdicts.values():
        assert found == learned


@pytest.mark.parametrize("write", [parquet, json_lines])
@pytest.mark.parametrize("kept", [frozenset(), frozenset({"grade", "amount"})], ids=["as suggested", "as numbers"])
def test_every_door_reads_texts_of_digits_alike(
    write: Callable[[pd.DataFrame, Path], None], kept: frozenset[str], tmp_path: Path
) -> None:
    frame = frame_of(grade=GRADES, amount=AMOUNTS)
    found, path = inferred_from(frame, tmp_path, write, keep=kept)
    grade = feature_of(found, "grade")
    assert (grade.type, feature_of(found, "amount").type) == ("integer" if kept else "category", "float")
    all_doors_agree(found.use_case, path, frame)


def test_categories_of_a_file_are_names_without_a_question(tmp_path: Path) -> None:
    frame = frame_of(grade=pd.Categorical(GRADES), icd=pd.Categorical(DRAWN.choice(["250.1", "V57", "401"], ROWS)))
    found, path = inferred_from(frame, tmp_path, parquet)
    assert not found.undecided
    assert feature_of(found, "grade").type == feature_of(found, "icd").type == "category"
    all_doors_agree(found.use_case, path, frame)
    again, _ = inferred_from(frame, tmp_path, parquet, decided={"grade: number texts": Choice.KEEP})
    assert feature_of(again, "grade").type == "integer"
    all_doors_agree(again.use_case, path, frame)


def test_amounts_that_spare_memory_as_categories_are_asked_about(tmp_path: Path) -> None:
    found, path = inferred_from(frame := frame_of(amount=pd.Categorical(AMOUNTS)), tmp_path, parquet)
    asked = findings_of(found, "amount")["number texts"]
    assert (asked.severity, asked.suggestion) == (Severity.DECIDE, Choice.KEEP)
    all_doors_agree(found.use_case, path, frame)


@pytest.mark.parametrize(
    ("values", "suggestion"),
    [
        (GRADES, Choice.CATEGORY),
        (AMOUNTS, Choice.KEEP),
        (DRAWN.integers(2010, 2026, ROWS).astype(str), Choice.KEEP),
        (DRAWN.integers(0, 4_000, ROWS).astype(str), Choice.KEEP),
    ],
    ids=["codes", "amounts", "years, of which new ones come", "many numbers"],
)
def test_texts_of_numbers_are_asked_about_with_their_evidence(values: Any, suggestion: Choice, tmp_path: Path) -> None:
    found, _ = inferred_from(frame_of(code=values), tmp_path, parquet)
    asked = findings_of(found, "code")["number texts"]
    assert (asked.severity, asked.suggestion) == (Severity.DECIDE, suggestion)
    assert repr(str(values[0])) in asked.text
    assert "--keep code" in asked.text
    left_out, _ = inferred_from(frame_of(code=values), tmp_path, parquet, decided={"code: number texts": Choice.DROP})
    assert "code" not in left_out.use_case.features_by_name


@pytest.mark.parametrize("text", [pa.string(), pa.large_string(), pa.string_view()])
def test_it_does_not_matter_how_arrow_holds_a_text(text: pa.DataType, tmp_path: Path) -> None:
    table = pa.table({"code": pa.array(GRADES.tolist()).cast(text), "load": random_numbers(7), "answer": list(ANSWERS)})
    pq.write_table(table, tmp_path / "rows.parquet")
    found = infer(read_data(tmp_path / "rows.parquet"), Choices(target="answer"), file_name="rows", data="rows.parquet")
    assert "number texts" in findings_of(found, "code")


def test_zeros_in_front_and_keys_are_names_in_every_format(tmp_path: Path) -> None:
    frame = frame_of(
        postcode=DRAWN.choice(["01067", "04109", "80331"], ROWS), order_id=[str(1_000 + row) for row in range(ROWS)]
    )
    found, path = inferred_from(frame, tmp_path, parquet)
    assert not found.undecided
    assert (feature_of(found, "postcode").type, found.use_case.key) == ("category", "order_id")
    all_doors_agree(found.use_case, path, frame)


@pytest.mark.parametrize("odd", [r"\N", "(null)", "none"])
def test_numbers_that_pandas_reads_as_texts_are_taken_as_texts(odd: str, tmp_path: Path) -> None:
    frame = frame_of(amount=[odd if row % 40 == 0 else text for row, text in enumerate(AMOUNTS)])
    found, path = inferred_from(frame, tmp_path, csv)
    amount = feature_of(found, "amount")
    assert isinstance(amount, FloatFeature)
    assert amount.as_text
    as_read = pd.read_csv(path)
    assert isinstance(as_read["amount"][1], str)
    all_doors_agree(found.use_case, path, as_read)


def test_decimals_are_taken_as_json_writes_them(tmp_path: Path) -> None:
    frame = frame_of(amount=list(map(Decimal, AMOUNTS)))
    found, path = inferred_from(frame, tmp_path, parquet)
    assert not found.undecided
    all_doors_agree(found.use_case, path, frame)


@pytest.mark.parametrize("odd", ["n/a", "NA", "?", "-999", "none"])
@pytest.mark.parametrize("as_category", [False, True])
def test_what_is_missing_among_texts_of_numbers_is_so_at_every_door(
    odd: str, tmp_path: Path, *, as_category: bool
) -> None:
    column = [odd if row % 30 == 0 else text for row, text in enumerate(GRADES)]
    frame = frame_of(grade=pd.Categorical(column) if as_category else column)
    found, path = inferred_from(frame, tmp_path, parquet)
    assert feature_of(found, "grade").type == "category"
    all_doors_agree(found.use_case, path, frame)


def test_one_question_is_enough(tmp_path: Path) -> None:
    column = ["low" if row % 3 == 0 else text for row, text in enumerate(AMOUNTS)]
    found, path = inferred_from(frame := frame_of(amount=column), tmp_path, parquet)
    assert {kind for kind, one in findings_of(found, "amount").items() if one.choices} == {"mixed"}
    all_doors_agree(found.use_case, path, frame)


def test_a_column_with_points_beside_decimal_commas_is_taken_as_programs_read_it(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    frame = frame_of(amount=AMOUNTS, rate=[f"{value}e-3" for value in AMOUNTS])
    frame.to_csv(path, index=False, sep=";", decimal=",")
    found = infer(read_data(path), Choices(target="answer"), file_name="rows.csv", data="rows.csv")
    all_doors_agree(found.use_case, path, pd.read_csv(path, sep=";", decimal=","))


def test_numbers_of_a_csv_file_stay_numbers_to_programs() -> None:
    found = proposed({"amount": ["", "NA", *AMOUNTS[2:]], "count": DRAWN.integers(0, 900, ROWS)})
    amount, count = feature_of(found, "amount"), feature_of(found, "count")
    assert isinstance(amount, FloatFeature)
    assert isinstance(count, IntegerFeature)
    assert not amount.as_text
    assert not count.as_text


def test_the_page_about_a_file_shows_names_as_names(tmp_path: Path) -> None:
    _, path = inferred_from(frame_of(grade=pd.Categorical(GRADES), amount=AMOUNTS), tmp_path, parquet)
    kinds = {column.name: column.kind for column in analyze(read_data(path), "rows").columns}
    assert (kinds["grade"], kinds["amount"]) == ("text", "float")


def test_versions_that_would_be_one_number_are_asked_about_and_names() -> None:
    versions = [f"{major}.{minor}" for major in (1, 2) for minor in range(13)]
    inferred = proposed({"firmware": DRAWN.choice(versions, ROWS)})
    found = findings_of(inferred, "firmware")["versions"]
    assert (found.severity, found.suggestion) == (Severity.DECIDE, Choice.CATEGORY)
    assert "1.1 and 1.10" in found.text
    assert feature_of(inferred, "firmware").model_dump()["values"] == tuple(sorted(versions))
    kept = proposed({"firmware": DRAWN.choice(versions, ROWS)}, keep=frozenset({"firmware"}))
    assert feature_of(kept, "firmware").type == "float"


def test_prices_with_and_without_a_zero_behind_are_amounts() -> None:
    inferred = proposed({"price": DRAWN.choice(["1.5", "1.50", "2.25", "3.1", "3.10"], ROWS)})
    assert "versions" not in findings_of(inferred, "price")
    assert feature_of(inferred, "price").type == "float"
