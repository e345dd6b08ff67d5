"""Texts that a program on the way has changed: letters in two characters, the apostrophe of a download, numbers without digits."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sql.base.csv_lines import guarded
from usecases.checking.chunk_check import check_chunk
from usecases.checking.row_model import key_of, read_row
from usecases.checking.table_check import check_table
from usecases.columns.casting import cast_key
from usecases.contract.spec import UseCase
from usecases.formats.data_files import read_data
from usecases.formats.reading import format_of, read_chunks
from usecases.proposal.choices import Choices
from usecases.proposal.infer import infer
from usecases.tasks.spelling import TargetSpelling
from usecases.tasks.targets import read_classes

TILES = UseCase.model_validate(
    {
        "name": "tiles",
        "title": "Tiles",
        "task": "binary",
        "target": "cracked",
        "classes": ["-", "+"],
        "key": "tile",
        "ignored_columns": ["Bemerkung für später"],
        "features": [
            {"name": "groesse", "type": "float", "source_name": "Größe"},
            {"name": "farbe", "type": "category", "values": ["grün", "-5 bis 0"]},
        ],
        "training": {"data": "x.csv"},
    }
)


def rows_of(folder: Path, text: str) -> tuple[list[dict[str, Any]], list[str]]:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    [chunk] = read_chunks(TILES, path, format_of(path.name), 1_000)
    checked = check_chunk(TILES, chunk)
    return checked.good.to_pylist(), [reasons[0].message for reasons in checked.bad.values()]


def test_letters_in_two_characters_are_read_as_one_at_every_door(tmp_path: Path) -> None:
    written = "tile,Größe,farbe,Bemerkung für später\nFräse 1,1.5,grün,x\n"
    read = {"tile": "Fräse 1", "groesse": 1.5, "farbe": "grün"}
    assert rows_of(tmp_path, unicodedata.normalize("NFD", written)) == ([read], [])
    parted = json.loads(unicodedata.normalize("NFD", json.dumps({**read, "Größe": 1.5}, ensure_ascii=False)))
    del parted["groesse"]
    assert read_row(TILES, parted).model_dump() == read


def test_a_download_is_read_back_as_what_was_stored(tmp_path: Path) -> None:
    keys = ["+49 171", "=7", "-M1", "@x", "-4.5", "'n", "M-1"]
    lines = "".join(f"{guarded(key)},1.5,{guarded('-5 bis 0')}\n" for key in keys)
    good, bad = rows_of(tmp_path, "tile,groesse,farbe\n" + lines)
    assert ([row["tile"] for row in good], {row["farbe"] for row in good}, bad) == (keys, {"-5 bis 0"}, [])
    targets = read_classes(TILES.target_spelling, pa.array([guarded(text) for text in ("-", "+", "-")]))
    assert targets.numbers.tolist() == [0.0, 1.0, 0.0]


def test_a_class_in_two_characters_is_the_class() -> None:
    classes = ("schön", "häßlich")
    told = pa.array([unicodedata.normalize("NFD", name) for name in classes])
    assert read_classes(TargetSpelling(classes), told).numbers.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("key", ["4.12346E+12", "4,12346E+12", "4E+12", "1.2345678901234561e+19"])
def test_a_number_without_its_last_digits_names_no_row(key: str, tmp_path: Path) -> None:
    good, [message] = rows_of(tmp_path, f'tile,groesse,farbe\n"{key}",1.5,grün\n4123456789012,1.5,grün\n')
    assert [row["tile"] for row in good] == ["4123456789012"]
    assert "whose last digits are lost" in message
    with pytest.raises(ValidationError, match="all of its digits"):
        read_row(TILES, {"tile": key, "groesse": 1.5, "farbe": "grün"})


@pytest.mark.parametrize(("bits", "most"), [(16, 2_047), (32, 16_777_215), (64, 2**53 - 1)])
def test_a_number_that_its_bits_do_not_hold_names_no_row(bits: int, most: int) -> None:
    keys = pa.array(np.array([1, most, most + 1, most + 3], f"float{bits}"))
    table = pa.RecordBatch.from_pydict({"tile": keys, "groesse": [1.5] * 4, "farbe": ["grün"] * 4})
    checked = check_table(TILES, table)
    assert checked.good.column("tile").to_pylist() == ["1", str(most)]
    assert all("whose last digits are lost" in reasons[0].message for reasons in checked.bad.values())


@pytest.mark.parametrize("key", ["12E34", "1E5", "E+12", "1.5E+12 kg"])
def test_a_name_that_only_looks_like_it_is_one(key: str, tmp_path: Path) -> None:
    good, bad = rows_of(tmp_path, f"tile,groesse,farbe\n{key},1.5,grün\n")
    assert ([row["tile"] for row in good], bad) == ([key], [])


def test_a_column_of_such_numbers_is_no_key_of_a_use_case(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    lines = [f"{4e11 + row * 1e6:.5E},{row % 7},{'yes' if row % 3 else 'no'}\n" for row in range(200)]
    path.write_text("account id,age,left\n" + "".join(lines), encoding="utf-8")
    inferred = infer(read_data(path), Choices(target="left"), file_name=path.name, data="training.csv")
    assert inferred.use_case.key is None
    [found] = [finding for finding in inferred.findings if finding.column == "account id"]
    assert (found.kind, found.done) == ("shortened", "left out")


@given(st.lists(st.text(alphabet="aÅ\u212b\u0301e '-=+.0E\u1112\u1161\u11ab\u212aK日\uf900", max_size=6), max_size=20))
def test_columns_and_single_values_are_read_alike(texts: list[str]) -> None:
    read, bad = cast_key(pa.array(texts, pa.string()))
    assert read.to_pylist() == [key_of(text) for text in texts]
    assert not any(bad)


@pytest.mark.parametrize("around", ["{}\u200b", "\ufeff{}", "\u202a{}\u202c", " \u200e{} \u2060\u00a0", "\u200b'{}"])
def test_signs_of_no_width_around_a_text_belong_to_nobody(around: str, tmp_path: Path) -> None:
    key, name = around.format("-M1"), around.replace("'", "").format("grün")
    keys, bad = cast_key(pa.array([key, "B"]))
    assert (keys.to_pylist(), bad.tolist(), key_of(key)) == (["-M1", "B"], [False, False], "-M1")
    read = {"tile": "-M1", "groesse": 1.5, "farbe": "grün"}
    assert rows_of(tmp_path, f"tile,Größe,farbe\n{key},1.5,{name}\n") == ([read], [])
    assert read_row(TILES, {"tile": key, "Größe": 1.5, "farbe": name}).model_dump() == read


def test_signs_of_no_width_within_a_text_stay() -> None:
    family = "\U0001f468\u200d\U0001f469"
    assert (cast_key(pa.array([family]))[0].to_pylist(), key_of(family)) == ([family], family)


@pytest.mark.timeout(60)  # minutes, if each sign were a beginning
def test_a_long_run_of_signs_of_no_width_takes_no_longer_than_other_text() -> None:
    text = "a" + "\u200b" * 300_000 + "b"
    assert key_of(f"{text}\u200b") == text
