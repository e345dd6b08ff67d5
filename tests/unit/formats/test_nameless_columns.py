"""The index that pandas writes along is nobody's column, at every door; one that the use case declares is."""

from __future__ import annotations

import csv
from typing import Any

import orjson
import pandas as pd
import pytest

from tests.support.usecases.doors import by_file, by_message, by_request
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase

IRIS = load_catalog()["iris"]
ROW: dict[str, Any] = {"sepal_length_cm": 5.1, "sepal_width_cm": 3.5, "petal_length_cm": 1.4, "petal_width_cm": 0.2}
OTHER = ROW | {"petal_width_cm": 0.3}


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "Unnamed: 12", "__index_level_0__"])
def test_it_is_read_over_at_every_door(name: str) -> None:
    rows = [{name: 7} | ROW, {name: 9} | OTHER]
    expected = by_request(IRIS, orjson.dumps([ROW, OTHER]))
    assert by_request(IRIS, orjson.dumps(rows)) == expected
    assert by_request(IRIS, orjson.dumps(rows[0])) == expected[:1]
    assert by_message(IRIS, orjson.dumps(rows)) == expected
    assert by_file(IRIS, "a.csv", pd.DataFrame(rows).to_csv(index=False).encode()) == expected
    assert by_file(IRIS, "a.jsonl", b"\n".join(map(orjson.dumps, rows))) == expected
    many = by_file(IRIS, "a.jsonl", b"\n".join(map(orjson.dumps, rows * 600)))
    assert many == expected * 600


def test_a_bad_row_beside_it_is_bad_for_its_own_reason() -> None:
    row = {"Unnamed: 0": 1} | ROW | {"petal_width_cm": "wide"}
    reasons = [frozenset({("petal_width_cm", "type")})]
    assert by_request(IRIS, orjson.dumps([row])) == reasons
    assert by_message(IRIS, orjson.dumps([row])) == reasons


def test_the_mark_before_the_first_name_of_a_file_is_no_part_of_it() -> None:
    text = pd.DataFrame([ROW, OTHER]).to_csv(index=False).encode("utf-8-sig")
    expected = by_file(IRIS, "a.csv", text)
    header, *lines = csv.reader(text.decode().splitlines())
    assert header[0] == "\ufeffsepal_length_cm"
    rows = [dict(zip(header, map(float, line), strict=True)) for line in lines]
    assert by_request(IRIS, orjson.dumps(rows)) == expected
    assert by_message(IRIS, orjson.dumps(rows)) == expected
    assert by_file(IRIS, "a.jsonl", b"\n".join(map(orjson.dumps, rows))) == expected
    twice = orjson.dumps([ROW | {"\ufeffsepal_length_cm": 1.0}])
    assert by_request(IRIS, twice) == [frozenset({("\ufeffsepal_length_cm", "unknown_column")})]


def test_a_declared_one_is_read() -> None:
    features = [{"name": "place", "type": "integer", "source_name": "Unnamed: 0"}, {"name": "width", "type": "float"}]
    declared = {"name": "beds", "title": "Beds", "task": "regression", "target": "crop", "features": features}
    beds = UseCase.model_validate(declared | {"training": {"data": "x.csv"}})
    expected = [{"place": 3, "width": 1.5}]
    assert by_file(beds, "a.csv", b"Unnamed: 0,width,Unnamed: 1\n3,1.5,x\n") == expected
    assert by_request(beds, b'{"Unnamed: 0": 3, " width ": 1.5, "Unnamed: 1": "x"}') == expected
