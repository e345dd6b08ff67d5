"""The columns of a file are known by the names that people and programs give them."""

from __future__ import annotations

import pytest

from tests.unit.usecases.test_file_check import MACHINES
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.reading import columns_of_file

NAMES: list[str | None] = ["machine_id", "quality", "speed", "torque", "humid"]
RENAMED = MACHINES.model_validate(
    MACHINES.model_dump(mode="json")
    | {
        "target_source_name": "Ausfall?",
        "key_source_name": "Maschine",
        "features": [
            {**feature.model_dump(mode="json"), "source_name": source, "title": title}
            for feature, source, title in zip(
                MACHINES.features,
                ("Güte", "Drehzahl [1/min]", "Drehmoment", "Feucht"),
                ("Quality", "Speed", "Torque", "Damp"),
                strict=True,
            )
        ],
    }
)


@pytest.mark.parametrize(
    ("use_case", "header", "found"),
    [
        (MACHINES, ["MACHINE_ID", "Quality", "SPEED", "Torque", "humid"], NAMES),
        (MACHINES, ["Machine id", " quality ", "speed", "TORQUE", "Humid"], NAMES),
        (MACHINES, ["index", *NAMES], [None, *NAMES]),
        (MACHINES, ["level_0", *NAMES, "failed"], [None, *NAMES, None]),
        # What the page, and the API, let people download.
        (MACHINES, ["row", "machine_id", "prediction", "score", *NAMES[1:], "id"], [None, "machine_id", None, None, *NAMES[1:], None]),
        (MACHINES, [*NAMES, "row_number", "reasons", "raw"], [*NAMES, None, None, None]),
        # What the use case was made of.
        (RENAMED, ["Maschine", "Güte", "Drehzahl [1/min]", "Drehmoment", "Feucht", "Ausfall?"], [*NAMES, None]),
        (RENAMED, ["MASCHINE", "GÜTE", "drehzahl 1/min", "Drehmoment", "Damp", "ausfall"], [*NAMES, None]),
    ],
)  # fmt: skip
def test_names_are_those_of_the_use_case(use_case: UseCase, header: list[str], found: list[str | None]) -> None:
    assert columns_of_file(use_case, header) == found


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ([*NAMES, "operator"], "unknown column 'operator'"),
        (["speed", "SPEED", "quality", "torque"], "unknown column 'SPEED'"),
        (["Speed", "SPEED", "quality", "torque"], "unknown column 'SPEED'"),
        (["speed", "speed", "quality", "torque"], "repeated column 'speed'"),
        (["Tempo", "quality", "torque"], "missing column 'speed'; unknown column 'Tempo'"),
    ],
)  # fmt: skip
def test_what_could_be_something_else_is_refused(header: list[str], problem: str) -> None:
    with pytest.raises(TableRefusedError, match=problem):
        columns_of_file(MACHINES, header)


def test_a_spelling_that_two_columns_share_stands_for_neither() -> None:
    features = [feature.model_dump(mode="json") | {"title": "Value"} for feature in MACHINES.features]
    alike = MACHINES.model_validate(MACHINES.model_dump(mode="json") | {"features": features})
    with pytest.raises(TableRefusedError, match="unknown column 'VALUE'"):
        columns_of_file(alike, ["quality", "speed", "torque", "VALUE"])


def test_a_name_with_another_unit_is_another_name() -> None:
    features = [feature.model_dump(mode="json") for feature in MACHINES.features]
    for feature in features:
        if feature["name"] == "speed":
            feature |= {"title": "Speed", "unit": "rpm"}
    measured = MACHINES.model_validate(MACHINES.model_dump(mode="json") | {"features": features})
    others = ["quality", "torque"]
    for same in ("Speed [rpm]", "SPEED [1/MIN]", "speed (U/min)", "Speed"):
        assert columns_of_file(measured, [same, *others]) == ["speed", *others]
    for other in ("Speed [Hz]", "Speed [%]", "Speed (Hz)"):
        with pytest.raises(TableRefusedError, match="unknown column"):
            columns_of_file(measured, [other, *others])
