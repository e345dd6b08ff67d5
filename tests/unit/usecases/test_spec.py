"""What a usecase.yaml may say, and what it is told when it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from usecases.checking.row_model import example_row, row_model
from usecases.contract.catalog import (
    UnknownUseCaseError,
    UseCaseFileError,
    load_catalog,
    read_use_case,
    use_case_folder,
)
from usecases.contract.spec import UseCase


def write(folder: Path, declared: dict[str, Any], name: str = "kiln") -> Path:
    path = folder / name / "usecase.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(declared), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"name": "Kiln"}, "name: 'Kiln' is not allowed here: small letters a to z, digits and _, a letter first"),
        ({"task": "guess"}, "task: Input should be"),
        ({"classes": ["whole"]}, "a binary task names its classes"),
        ({"classes": ["a", "b", "c"]}, "a binary task names its classes"),
        ({"classes": ["a", "a"]}, "two classes have the same name"),
        (
            {"classes": ["a", "b\0"]},
            r"classes.1: 'b\x00' is not allowed here: a character at least, and no NUL character",
        ),
        ({"classes": ["a", ""]}, "classes.1: String should have at least 1 character"),
        ({"task": "regression"}, "a regression has no classes"),
        ({"class_source_names": ["0"]}, "1 entries for 2 classes; write one for each class"),
        ({"class_source_names": ["cracked", "whole"]}, "'cracked' stands for cracked and for whole"),
        ({"class_source_names": ["0", "0"]}, "class_source_names: '0' stands for whole and for cracked"),
        (
            {"left_out_classes": ["whole"]},
            "left_out_classes: 'whole' stands for whole and for a class that is left out",
        ),
        ({"target_missing_values": ["cracked"]}, "'cracked' stands for cracked and for a missing value"),
        ({"task": "regression", "classes": [], "left_out_classes": ["1"]}, "has no classes that could be left out"),
        ({"target": "heat_k"}, "the target heat_k must not be a feature"),
        ({"key": "heat_k"}, "the key heat_k must be neither"),
        ({"key": "score"}, "score is a column of every prediction table"),
        ({"features": []}, "features: Tuple should have at least 1 item"),
        ({"features": [{"name": "a", "type": "float"}] * 2}, "two features have the same name"),
        ({"features": [{"name": "a", "type": "text"}]}, "features.0: Input tag 'text'"),
        (
            {"features": [{"name": "a", "type": "float", "minimum": 2, "maximum": 1}]},
            "minimum 2.0 is above maximum 1.0",
        ),
        ({"features": [{"name": "a", "type": "integer", "minimum": 2**63}]}, "less than or equal to"),
        ({"features": [{"name": "a", "type": "category", "values": ["x", "x"]}]}, "stands twice"),
        ({"features": [{"name": "a", "type": "category", "values": [""]}]}, "at least 1 character"),
        ({"rules": [{"name": "r", "check": "os.remove('x')"}]}, "rule r: Call is not allowed"),
        ({"training": {"data": "../secret.csv", "rounds": 0}}, "training.rounds"),
        (
            {"training": {"data": "/etc/passwd"}},
            "training.data: '/etc/passwd' is not allowed here: bundled:NAME, or a file or folder beside",
        ),
    ],
)
def test_a_mistake_in_the_file_is_named(
    tmp_path: Path, declared: dict[str, Any], change: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(UseCaseFileError) as error:
        read_use_case(write(tmp_path, {**declared, "rules": [], **change}))
    assert complaint in str(error.value)


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    path.write_text("name: [", encoding="utf-8")
    with pytest.raises(UseCaseFileError, match="cannot be read as YAML"):
        read_use_case(path)


def test_the_folder_has_the_name_of_the_use_case(tmp_path: Path, declared: dict[str, Any]) -> None:
    with pytest.raises(UseCaseFileError, match="declares 'kiln' but lies in a folder 'oven'"):
        read_use_case(write(tmp_path, declared, "oven"))


def test_a_folder_of_ones_own_adds_to_the_bundled_use_cases(tmp_path: Path, declared: dict[str, Any]) -> None:
    write(tmp_path, declared)
    catalog = load_catalog(tmp_path)
    assert list(catalog) == ["equipment_failure", "iris", "kiln", "pm25"]
    assert catalog.folder("kiln") == tmp_path / "kiln"
    with pytest.raises(UnknownUseCaseError, match="no use case 'oven'; known are equipment_failure, iris, kiln, pm25"):
        catalog["oven"]


def test_a_file_that_cannot_be_read_is_left_out_where_somebody_hears_of_it(
    tmp_path: Path, declared: dict[str, Any]
) -> None:
    write(tmp_path, declared)
    write(tmp_path, declared, "oven").write_text("name: [", encoding="utf-8")
    with pytest.raises(UseCaseFileError):
        load_catalog(tmp_path)
    heard: list[UseCaseFileError] = []
    assert "kiln" in load_catalog(tmp_path, heard.append)
    assert ["oven" in str(error) for error in heard] == [True]


def test_the_folder_of_a_use_case_is_found_whatever_its_file_says(tmp_path: Path) -> None:
    (tmp_path / "iris").mkdir()
    assert use_case_folder("iris", tmp_path) == tmp_path / "iris"
    assert use_case_folder("equipment_failure", tmp_path) == use_case_folder("equipment_failure")
    assert (use_case_folder("equipment_failure") / "usecase.yaml").exists()


def test_numbers_of_the_target_need_no_quotation_marks(tmp_path: Path, declared: dict[str, Any]) -> None:
    written = {"class_source_names": [0, 1.0], "left_out_classes": [2], "target_missing_values": [-9]}
    spelling = read_use_case(write(tmp_path, declared | written)).target_spelling
    assert (spelling.source_names, spelling.left_out, spelling.missing_values) == (("0", "1.0"), ("2",), ("-9",))


def test_the_hash_changes_with_what_decides_about_rows_and_with_nothing_else(declared: dict[str, Any]) -> None:
    original = UseCase.model_validate(declared).schema_hash
    cosmetic = {
        **declared, "title": "Oven", "training": {"data": "other.csv"}, "quality": {"max_bad_share": 0.1},
        "class_source_names": ["0", "1"], "left_out_classes": ["chipped"], "target_missing_values": ["?"],
    }  # fmt: skip
    assert UseCase.model_validate(cosmetic).schema_hash == original
    changes: list[dict[str, Any]] = [
        {"key": None},
        {"rules": []},
        {"classes": ["cracked", "whole"]},
        {"features": declared["features"][:3]},
    ]
    for change in changes:
        assert UseCase.model_validate({**declared, **change}).schema_hash != original


@pytest.mark.parametrize("name", ["equipment_failure", "iris", "pm25"])
def test_the_examples_of_a_bundled_use_case_are_a_good_row(name: str) -> None:
    use_case = load_catalog()[name]
    row_model(use_case).model_validate(example_row(use_case))
