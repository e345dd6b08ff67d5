"""What people read about a use case is changed in its file, of which everything else stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from usecases.contract.catalog import BUNDLED, UseCaseFileError, load_catalog, read_use_case
from usecases.contract.folder import change_wording
from usecases.contract.wording import FeatureWording, UnknownFeatureError, Wording, file_with_wording, with_wording

FILE = """\
# yaml-language-server: $schema=../usecase.schema.json
name: mills
title: Mills  # of hall 7
description: >
  How they
  fail.

task: binary
target: failed
classes: ['no', 'yes']
# What the model sees.
features:
  - name: speed  # of the spindle
    type: float
    unit: 1/min
  - {name: line, type: category, values: [a, b]}
training: {data: rows.csv}
"""
WORDING = Wording(
    title='Mills: "all" of them',
    description="",
    features={
        "speed": FeatureWording(title="Drehzahl №1", unit="rpm", description="Two\nlines, with a # and a: colon"),
        "line": FeatureWording(title="Line"),
    },
)


def write(root: Path, text: str = FILE, name: str = "mills") -> Path:
    target = root / name / "usecase.yaml"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def test_texts_are_changed_and_comments_stay(tmp_path: Path) -> None:
    target = write(tmp_path)
    before = read_use_case(target)
    change_wording(tmp_path, "mills", WORDING)
    after, text = read_use_case(target), target.read_text(encoding="utf-8")
    assert after == with_wording(before, WORDING)
    assert after.schema_hash == before.schema_hash
    assert (after.title, after.description, after.features[0].unit) == ('Mills: "all" of them', "", "rpm")
    for comment in ("# yaml-language-server", "# of hall 7", "# What the model sees.", "# of the spindle"):
        assert comment in text
    assert [path.name for path in tmp_path.iterdir()] == ["mills"], "nothing is left beside it"
    change_wording(tmp_path, "mills", WORDING)
    assert target.read_text(encoding="utf-8") == text


def test_what_is_left_out_stays(tmp_path: Path) -> None:
    target = write(tmp_path)
    change_wording(tmp_path, "mills", Wording())
    assert target.read_text(encoding="utf-8") == FILE


@pytest.mark.parametrize("name", ["equipment_failure", "iris"])
def test_the_files_that_come_along_can_be_changed(tmp_path: Path, name: str) -> None:
    target = write(tmp_path, (BUNDLED / name / "usecase.yaml").read_text(encoding="utf-8"), name)
    use_case = load_catalog()[name]
    features = {
        one.name: FeatureWording(title=one.name.upper(), unit="x", description="y") for one in use_case.features
    }
    wording = Wording(title="T", description="D", features=features)
    change_wording(tmp_path, name, wording)
    assert read_use_case(target) == with_wording(use_case, wording)


def test_a_feature_that_is_not_there_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    for wording in (
        Wording(features={"torque": FeatureWording(title="Torque")}),
        Wording(features={"": FeatureWording()}),
    ):
        with pytest.raises(UnknownFeatureError):
            change_wording(tmp_path, "mills", wording)
    with pytest.raises(UnknownFeatureError, match="torque"):
        file_with_wording("name: mills\ntitle: Mills\n", Wording(features={"torque": FeatureWording()}))


def test_a_file_that_says_a_text_twice_is_left_to_a_person(tmp_path: Path) -> None:
    shared = FILE.replace("unit: 1/min", "unit: &unit 1/min").replace("values: [a, b]", "values: [a, b], unit: *unit")
    target = write(tmp_path, shared)
    with pytest.raises((UseCaseFileError, yaml.YAMLError)):
        change_wording(tmp_path, "mills", Wording(features={"line": FeatureWording(unit="m")}))
    assert target.read_text(encoding="utf-8") == shared
