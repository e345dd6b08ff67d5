"""Files that are written otherwise: what is suggested for them, and how they are read once it is accepted."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.ingestion.readings import HEADER, json_lines, reading
from tests.support.pipeline import EQUIPMENT
from usecases.checking.file_check import CheckedFile, check_file
from usecases.columns.notations import ContradictedNotationError, Notation, notations_of, plain_numbers
from usecases.contract.row_layout import TableRefusedError
from usecases.formats.encoded import Encoding
from usecases.mappings.mapping import FileMapping
from usecases.mappings.suggesting import Suggestion

OFFICE = (
    "Machine;Quality;Air temp [K];Process temp [K];Speed;Torque in Nm;Tool wear;Prüfer\n"
    "M-1;L;300,5;310,1;1.500;40,0;10;Jörg\n"
    "M-2;M;300,7;310,2;1.480;41,5;12;Jörg\n"
)
COLUMNS = {
    "Machine": "machine_id",
    "Quality": "product_quality",
    "Air temp [K]": "air_temperature_k",
    "Process temp [K]": "process_temperature_k",
    "Speed": "rotational_speed_rpm",
    "Torque in Nm": "torque_nm",
    "Tool wear": "tool_wear_min",
    "Prüfer": None,
}
COMMA, THOUSANDS = Notation.DECIMAL_COMMA, Notation.THOUSANDS_COMMA


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., CheckedFile]:
    def check(content: bytes, name: str = "rows.csv", *mappings: FileMapping) -> CheckedFile:
        (tmp_path / "file").write_bytes(content)
        return check_file(EQUIPMENT, tmp_path / "file", name, 1_000, mappings)

    return check


def accepted(suggestion: Suggestion | None) -> FileMapping:
    assert suggestion is not None
    return FileMapping(
        columns={one.name: one.column for one in suggestion.columns},
        encoding=suggestion.encoding,
        notations=dict(suggestion.notations),
    )


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        ("rows.csv", OFFICE.encode(), Encoding.UTF_8),
        ("rows.csv", OFFICE.encode("cp1252"), Encoding.CP1252),
        ("rows.csv", OFFICE.replace(";", "\t").encode("utf-16"), Encoding.UTF_16),
        ("rows.tsv.gz", gzip.compress(OFFICE.replace(";", "\t").encode("cp1252")), Encoding.CP1252),
        ("rows.zip", zipped("rows.csv", OFFICE.encode("cp1252")), Encoding.CP1252),
    ],
)
def test_what_is_suggested_reads_the_file_and_the_next_one(
    check: Callable[..., CheckedFile], name: str, content: bytes, encoding: Encoding
) -> None:
    found = check(content, name)
    assert found.suggestion is not None
    assert {one.name: one.column for one in found.suggestion.columns} == COLUMNS
    assert found.suggestion.encoding is encoding
    wanted = dict.fromkeys(("air_temperature_k", "process_temperature_k", "rotational_speed_rpm", "torque_nm"), COMMA)
    assert found.suggestion.notations == wanted
    mapping = accepted(found.suggestion)
    read = check(content, name, mapping)
    assert read.mapping is mapping
    assert read.problem is None
    assert read.bad == {}
    assert read.good[1] == reading(air_temperature_k=300.5, process_temperature_k=310.1)


def test_a_mapping_is_for_its_header_in_any_order(check: Callable[..., CheckedFile]) -> None:
    mapping = accepted(check(OFFICE.encode()).suggestion)
    turned = "\n".join(";".join(reversed(line.split(";"))) for line in OFFICE.splitlines())
    assert len(check(turned.encode(), "turned.csv", mapping).good) == 2
    assert check(OFFICE.replace("Prüfer", "Inspector").encode(), "rows.csv", mapping).mapping is None


def test_a_whole_number_with_a_point_of_thousands_is_none_below_a_thousand(check: Callable[..., CheckedFile]) -> None:
    rows = (HEADER + "M-1,L,300.0,310.0,1.500,40.0,10\nM-2,L,300.0,310.0,1.000,40.0,10\n").encode()
    found = check(rows)
    assert found.good == {}
    assert "write it without the point" in found.bad[2][0].message
    assert found.suggestion is not None
    assert found.suggestion.notations == {"rotational_speed_rpm": COMMA}
    speeds = {
        row: values["rotational_speed_rpm"]
        for row, values in check(rows, "rows.csv", accepted(found.suggestion)).good.items()
    }
    assert speeds == {1: 1500, 2: 1000}


@pytest.mark.parametrize(
    ("speeds", "torques", "notations"),
    [
        (("1,500", "1,000"), ("40.5", "41.0"), {"rotational_speed_rpm": THOUSANDS}),
        (("1500", "1000"), ("40,125", "41,250"), {"torque_nm": COMMA}),
        (("1.500", "1.000"), ("40,5", "41,0"), {"rotational_speed_rpm": COMMA, "torque_nm": COMMA}),
    ],
)
def test_the_notation_is_suggested_whose_numbers_fit_the_column(
    check: Callable[..., CheckedFile],
    speeds: tuple[str, str],
    torques: tuple[str, str],
    notations: dict[str, Notation],
) -> None:
    lines = (f"M-1;L;300.0;310.0;{speed};{torque};10\n" for speed, torque in zip(speeds, torques, strict=True))
    rows = (HEADER.replace(",", ";") + "".join(lines)).encode()
    found = check(rows)
    assert found.suggestion is not None
    assert found.suggestion.notations == notations
    read = check(rows, "rows.csv", accepted(found.suggestion)).good
    assert [values["rotational_speed_rpm"] for values in read.values()] == [1500, 1000]
    assert [values["torque_nm"] < 42 for values in read.values()] == [True, True]


def test_workbooks_and_parquet_have_columns_to_map_and_objects_have_none(check: Callable[..., CheckedFile]) -> None:
    table = pa.table({("Torque in Nm" if name == "torque_nm" else name): [value] for name, value in reading().items()})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    found = check(sink.getvalue(), "rows.parquet")
    assert found.problem is not None
    assert "unknown column 'Torque in Nm'" in found.problem
    assert check(sink.getvalue(), "rows.parquet", accepted(found.suggestion)).good == {1: reading()}
    objects = json_lines({("Torque in Nm" if name == "torque_nm" else name): 1 for name in reading()})
    assert check(objects, "rows.jsonl").suggestion is None


OTHER_UNITS = (
    "machine_id,product_quality,Air temperature [°C],process_temperature_f,rotational_speed_rpm,torque_nm,tool_wear_s\n"
)


def test_another_unit_is_told_and_nothing_is_read_so_unasked(check: Callable[..., CheckedFile]) -> None:
    found = check((OTHER_UNITS + "M-1,L,27.0,98.6,1500,40.0,600\n").encode())
    assert found.good == {}
    assert found.problem is not None
    assert "Air temperature [°C]" in found.problem
    assert found.suggestion is not None
    told = {one.name: (one.column, list(one.other_units)) for one in found.suggestion.columns if one.other_units}
    assert told["Air temperature [°C]"][0] == "air_temperature_k"
    assert told["process_temperature_f"] == ("process_temperature_k", ["K"])
    assert told["tool_wear_s"] == ("tool_wear_min", ["min"])
    assert "K" in told["Air temperature [°C]"][1]
    assert check(
        (OTHER_UNITS + "M-1,L,300.0,310.0,1500,40.0,10\n").encode(), "rows.csv", accepted(found.suggestion)
    ).good == {1: reading()}


def test_the_unit_of_the_contract_may_be_written_otherwise(check: Callable[..., CheckedFile]) -> None:
    header = HEADER.replace("rotational_speed_rpm", "Rotational speed [1/min]").replace("torque_nm", "TORQUE [N·M]")
    found = check((header + "M-1,L,300.0,310.0,1500,40.0,10\n").encode())
    assert (found.suggestion, found.good) == (None, {1: reading()})
    other = header.replace("Rotational speed", "Rotations").replace("tool_wear_min", "Tool wear [mm]")
    suggestion = check((other + "M-1,L,300.0,310.0,1500,40.0,10\n").encode()).suggestion
    assert suggestion is not None
    said = {one.name: (one.column, list(one.other_units)) for one in suggestion.columns}
    assert "rpm" not in said["Rotations [1/min]"][1]
    assert said["Tool wear [mm]"] == ("tool_wear_min", ["K", "rpm", "Nm", "min"])


def test_a_file_that_is_read_as_it_is_gets_no_suggestion(check: Callable[..., CheckedFile]) -> None:
    line = "M-1,L,300.0,310.0,1500,40.0,10\n"
    for content in (HEADER + line, HEADER.upper() + line, HEADER + "M-1,X,hot,,1500,40.0,10\n", "a,b\n1,2\n", ""):
        assert check(content.encode()).suggestion is None


def test_points_that_part_thousands_are_told_by_the_commas_beside_them(check: Callable[..., CheckedFile]) -> None:
    content = HEADER.replace(",", ";") + "M-1;L;300,5;310,5;1500;12.345;10\n"
    found = check(content.encode()).suggestion
    assert found is not None
    assert found.notations == dict.fromkeys(("air_temperature_k", "process_temperature_k", "torque_nm"), COMMA)
    assert check(content.replace("300,5;310,5", "300.5;310.5").encode()).suggestion is None


def test_numbers_of_a_column_that_nothing_is_known_of_tell_how_they_are_written(
    check: Callable[..., CheckedFile],
) -> None:
    found = check(OFFICE.replace("Torque in Nm", "Drehmoment").encode("cp1252")).suggestion
    assert found is not None
    written = {one.name: (one.column, one.notation) for one in found.columns}
    assert (written["Drehmoment"], written["Speed"]) == ((None, COMMA), ("rotational_speed_rpm", COMMA))
    assert (written["Tool wear"][1], written["Prüfer"]) == (None, (None, None))


def test_a_number_that_contradicts_its_notation_ends_the_file(check: Callable[..., CheckedFile]) -> None:
    mapping = accepted(check(OFFICE.encode()).suggestion)
    problem = check(OFFICE.replace("41,5", "41.5").encode(), "rows.csv", mapping).problem
    assert problem is not None
    assert problem.startswith("row 2 has '41.5' in torque_nm, whose numbers are written as 1.234,5")


@pytest.mark.parametrize(
    ("texts", "possible"),
    [
        (["1,5", "2"], {COMMA}),
        (["1 234,5", "1\u00a0000"], {COMMA}),
        (["$1,234.50 ", "$5.25"], {THOUSANDS}),
        (["1,234", "5"], {COMMA, THOUSANDS}),
        (["1.234", "5"], {None, COMMA, THOUSANDS}),
        (["1,5", "2.5"], set()),
        (["L", "M", "1,5"], set()),
        ([None, ""], set()),
    ],
)
def test_notations(texts: list[str | None], possible: set[Notation | None]) -> None:
    assert notations_of(pa.array(texts, pa.string())) == possible


def test_numbers_are_written_as_the_contract_reads_them() -> None:
    texts = pa.array(["1.234,5", None, " 12 ", "n/a", "€ 5,25"])
    assert plain_numbers(texts, COMMA).to_pylist() == ["1234.5", None, "12", "n/a", "5.25"]
    assert plain_numbers(texts, COMMA, point=",").to_pylist() == ["1234,5", None, "12", "n/a", "5,25"]
    assert plain_numbers(pa.array(["1,234.5"]), THOUSANDS).to_pylist() == ["1234.5"]
    with pytest.raises(ContradictedNotationError):
        plain_numbers(texts, THOUSANDS)


def test_a_mapping_has_to_fit_the_use_case() -> None:
    for mapping, said in (
        (FileMapping(columns={"a": "torque_nm"}), "missing column"),
        (FileMapping(columns=COLUMNS | {"Prüfer": "inspector"}), "unknown column 'inspector'"),
        (FileMapping(columns=COLUMNS | {"Prüfer": "torque_nm"}), "repeated column 'torque_nm'"),
        (FileMapping(columns=COLUMNS, notations={"product_quality": COMMA}), "no column of numbers"),
    ):
        with pytest.raises(TableRefusedError, match=said):
            mapping.require_usable(EQUIPMENT)
    FileMapping(columns=COLUMNS).require_usable(EQUIPMENT)
