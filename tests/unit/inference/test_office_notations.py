"""A file as an office writes it becomes a use case, which learns from it and reads the next one by a mapping."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tests.support.usecases.proposals import ROWS, feature_of, findings_of, proposed
from training.data import check_block, load_training_data
from training.errors import TrainingDataError
from training.left_out import LeftOut
from usecases.checking.file_check import check_file
from usecases.contract.spec import UseCase
from usecases.mappings.mapping import FileMapping
from usecases.proposal.findings import CannotInferError, Choice, Severity

RNG = np.random.default_rng(18)
PIECES = [982, 1_002, *RNG.integers(5, 40_000, ROWS - 2).tolist()]
DAYS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=int(day)) for day in RNG.integers(0, 365, ROWS)]
OFFICE = {
    "pieces": [f"{value:,}".replace(",", ".") for value in PIECES],
    "due": [f"{day.day}.{day.month}.{day.year} 16:30" for day in DAYS],
    "paid": [f"{value:,.2f}".replace(",", " ").replace(".", ",") for value in RNG.uniform(1, 90_000, ROWS)],
}
DECIDED = {"pieces: thousands": Choice.READ, "paid: written numbers": Choice.READ}


def learned(use_case: UseCase, folder: Path, columns: dict[str, list[str]]) -> pd.DataFrame:
    answer = np.random.default_rng(99).choice(["no", "yes"], ROWS)
    pd.DataFrame({**columns, "other": 50, "answer": answer}).to_csv(folder / "training.csv", sep=";", index=False)
    rows = load_training_data(use_case, folder).rows
    frame: pd.DataFrame = rows.to_pandas()
    return frame


def test_points_between_thousands_are_read_so_where_somebody_says_so(tmp_path: Path) -> None:
    asked = findings_of(proposed({"pieces": OFFICE["pieces"]}), "pieces")["thousands"]
    assert (asked.severity, asked.choices) == (Severity.DECIDE, (Choice.DROP, Choice.READ, Choice.KEEP))
    for choices in ({"decided": DECIDED}, {"read": frozenset({"pieces"})}):
        found = proposed({"pieces": OFFICE["pieces"]}, **choices)
        assert feature_of(found, "pieces").type == "integer"
        assert found.use_case.training.notations == {"pieces": "decimal_comma"}
    assert learned(found.use_case, tmp_path, {"pieces": OFFICE["pieces"]})["pieces"].tolist() == PIECES


def test_commas_between_thousands_are_read_so_too() -> None:
    found = proposed({"pieces": [f"{value:,}" for value in PIECES]}, decided=DECIDED)
    assert feature_of(found, "pieces").type == "integer"
    assert found.use_case.training.notations == {"pieces": "thousands_comma"}


def test_days_of_an_office_are_times_without_a_question(tmp_path: Path) -> None:
    found = proposed({"due": OFFICE["due"]})
    assert found.undecided == []
    assert feature_of(found, "due").type == "timestamp"
    assert findings_of(found, "due")["dates"].choice is Choice.READ
    rows = learned(found.use_case, tmp_path, {"due": OFFICE["due"]})
    assert rows["due"].tolist() == [pd.Timestamp(day) + pd.Timedelta(hours=16, minutes=30) for day in DAYS]


def test_days_that_are_none_are_still_asked_about() -> None:
    found = findings_of(proposed({"due": ["31.02.2026", "12.13.2026"] * (ROWS // 2)}), "due")["dates"]
    assert (found.severity, found.suggestion) == (Severity.DECIDE, Choice.DROP)


def test_what_is_not_offered_cannot_be_decided() -> None:
    with pytest.raises(CannotInferError, match="cannot be decided with read"):
        proposed({"made": ["18MAY2023", "19MAY2023"] * (ROWS // 2)}, decided={"made: dates": Choice.READ})


def test_the_next_file_of_the_office_is_read_by_the_mapping_that_is_suggested(tmp_path: Path) -> None:
    use_case = proposed(OFFICE, decided=DECIDED).use_case
    text = io.StringIO()
    pd.DataFrame({**OFFICE, "other": 50}).to_csv(text, sep=";", index=False)
    (tmp_path / "next").write_text(text.getvalue())
    first = check_file(use_case, tmp_path / "next", "next.csv", ROWS)
    assert first.suggestion is not None
    assert first.suggestion.notations == {"pieces": "decimal_comma", "paid": "decimal_comma"}
    columns = {one.name: one.column for one in first.suggestion.columns}
    mapping = FileMapping(columns=columns, notations=dict(first.suggestion.notations))
    mapping.require_usable(use_case)
    read = check_file(use_case, tmp_path / "next", "next.csv", ROWS, (mapping,))
    assert read.bad == {}


def test_the_next_file_with_days_as_they_were_learned_from_is_read_without_a_question(tmp_path: Path) -> None:
    use_case = proposed({"due": OFFICE["due"]}).use_case
    text = pd.DataFrame({"due": OFFICE["due"], "other": 50}).to_csv(sep=";", index=False)
    (tmp_path / "next").write_text(text)
    checked = check_file(use_case, tmp_path / "next", "next.csv", ROWS)
    assert (checked.bad, checked.suggestion) == ({}, None)
    assert [row["due"] for row in checked.good.values()] == [day + timedelta(hours=16, minutes=30) for day in DAYS]
    content = use_case.model_dump(mode="json")
    [due] = [feature for feature in content["features"] if feature["name"] == "due"]
    assert due.pop("day_first") is True
    before = UseCase.model_validate(content)
    assert before.schema_hash == use_case.schema_hash, "what a row becomes is the same"
    assert "day_first" not in before.features_by_name["due"].model_dump(), (
        "registered as it was before there was such a field"
    )
    first = check_file(before, tmp_path / "next", "next.csv", ROWS)
    assert first.suggestion is not None
    assert first.suggestion.notations == {"due": "day_first"}


def test_only_columns_that_can_be_written_so_have_a_notation() -> None:
    content = proposed(OFFICE, decided=DECIDED).use_case.model_dump(mode="json")
    for name, notation in (
        ("answer", "decimal_comma"),
        ("piece", "decimal_comma"),
        ("due", "decimal_comma"),
        ("paid", "day_first"),
    ):
        content["training"]["notations"] = {name: notation}
        with pytest.raises(ValidationError, match=rf"training\.notations: '{name}' is no column of (numbers|times)"):
            UseCase.model_validate(content)


def test_a_number_in_another_notation_is_told_by_its_row_in_a_later_block_as_well() -> None:
    use_case = proposed({"pieces": OFFICE["pieces"]}, decided=DECIDED).use_case
    block = pa.record_batch({"pieces": ["1.002", "1,234.5"], "other": [50, 50], "answer": ["no", "yes"]})
    with pytest.raises(TrainingDataError, match=r"row 10,002 has '1,234\.5' in pieces"):
        check_block(use_case, block, LeftOut(use_case), rows_before=10_000)


def test_a_number_in_another_notation_ends_a_training_with_its_row(tmp_path: Path) -> None:
    use_case = proposed({"pieces": OFFICE["pieces"]}, decided=DECIDED).use_case
    with pytest.raises(
        TrainingDataError, match=r"row 3 has '1,234\.5' in pieces, whose numbers are written as 1\.234,5"
    ):
        learned(use_case, tmp_path, {"pieces": [*OFFICE["pieces"][:2], "1,234.5", *OFFICE["pieces"][3:]]})
