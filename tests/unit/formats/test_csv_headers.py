"""Headers as programs and people write them are found, or it is said what was seen and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.usecases.doors import by_file
from usecases.contract.row_layout import is_nameless
from usecases.formats.chunks import FileBrokenError
from usecases.formats.data_files import read_data
from usecases.formats.delimited import read_header
from usecases.formats.reading import format_of
from usecases.proposal.choices import Choices
from usecases.proposal.findings import Severity
from usecases.proposal.infer import infer

ROWS = "".join(f"{number},{number / 8},{'ab'[number % 2]}\n" for number in range(60))


@pytest.mark.parametrize(
    ("text", "names", "delimiter"),
    [
        ("load (dry, wet, mean);z;y\n4;0,6;no\n5;0,7;yes\n", ["load (dry, wet, mean)", "z", "y"], ";"),
        ("a (x,y);b (z,w)\n1,5;2,5\n2,5;3,5\n", ["a (x,y)", "b (z,w)"], ";"),
        ("id\twhat, why\n1\tthis, that\n", ["id", "what, why"], "\t"),
        ("a|b;c\n1|2;3\n4|5\n", ["a", "b;c"], "|"),
        ("one\n1\n2\n", ["one"], ","),
        ("x~y\n1,5~2\n2,5~3\n", ["x", "y"], "~"),
        ("x^y^z\n1^2^a\n", ["x", "y", "z"], "^"),
        ("x\x01y\n1\x012\n", ["x", "y"], "\x01"),
        ("x\x1fy\n1\x1f2\n", ["x", "y"], "\x1f"),
        ("a~b,c\n~1,2\n~3,4\n", ["a~b", "c"], ","),
        ("sep=^\nx^y\n1^2\n", ["x", "y"], "^"),
        ('"first\nname",age\nAnn,3\n', ["first\nname", "age"], ","),
        ("sep=;\r\nx;y\r\n1,5;2\r\n", ["x", "y"], ";"),
        ('"sep=|"\nx|y\n1|2\n', ["x", "y"], "|"),
        ("# written by a tool\n# on 2026-03-01, at noon\nx,y\n1,2\n", ["x", "y"], ","),
        ("Report of March\n\nx;y\n1;2\n", ["x", "y"], ";"),
        ("Report of March;;\n;;\nx;y;z\n1;2;c\n", ["x", "y", "z"], ";"),
        ("#id,name\n1,Ann\n", ["#id", "name"], ","),
        ('"x","y"\n"ann",1,2\n"bob",3,4\n', ["", "x", "y"], ","),
        ("x,y\n1,5,a\n2,5,b\n3,6,a\n", ["", "x", "y"], ","),
        ("x,y\n1,5,\n2,5,\n", ["x", "y", ""], ","),
        ("x,y,\n1,5\n2,5\n", ["x", "y"], ","),
        ("x,y,,\n1,5,,\n2,5,,\n", ["x", "y", "", ""], ","),
        ("land,2019,2020\nDE,1,2\nFR,2,3\n", ["land", "2019", "2020"], ","),
    ],
)
def test_names_and_delimiter(text: str, names: list[str], delimiter: str) -> None:
    header = read_header(text.encode())
    assert (header.names, header.delimiter) == (names, delimiter)


def test_known_names_go_before_all_else() -> None:
    assert read_header(b"a;b;c,speed\n1;2;3,4\n", frozenset({"speed"})).names == ["a;b;c", "speed"]
    assert read_header(b"5.1,0.2\n1,2\n", frozenset({"0.2"})).names == ["5.1", "0.2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n", r"line 1 holds values \(5.1, 3.5, Iris-setosa\)"),
        ("39, State, 77516\n50, State, 83311\n", "line 1 holds values"),
        ("1,0,0,4\n0,1,0,3\n", "line 1 holds values"),
        ('"x" "y"\n"1" 3 "a b"\n"2" 4 "c"\n', r"parted by spaces.*write\.csv"),
        ("18.0 8 307.0\n15.0 8 350.0\n", "parted by spaces"),
        ("", "no header"),
        ("\n  \n", "no header"),
        (",".join(f"c{place}" for place in range(10_001)) + "\n", "10,001 columns; at most 10,000"),
    ],
)
def test_what_is_no_header_is_told(text: str, says: str) -> None:
    with pytest.raises(FileBrokenError, match=says):
        read_header(text.encode())


def test_cells_are_not_shifted_where_rows_have_one_more() -> None:
    # A decimal comma makes a cell more of each row; the first one is no name of the row.
    assert read_header(b"x,z,y\n1,5,2,no\n1,6,2,no\n").names == ["x", "z", "y"]


def test_a_single_row_whose_line_does_not_end_tells_the_delimiter(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("load (dry, wet);y\n4,5;no")
    assert read_data(tmp_path / "a.csv").to_pylist() == [{"load (dry, wet)": "4,5", "y": "no"}]


def test_names_that_pandas_makes_up_are_none() -> None:
    assert [name for name in ("", "  ", "Unnamed: 3", "__index_level_0__", "Unnamed", "index") if is_nameless(name)] == [
        "", "  ", "Unnamed: 3", "__index_level_0__",
    ]  # fmt: skip


def test_what_is_left_out_of_training_data_is_told(tmp_path: Path) -> None:
    path = tmp_path / "pumps.CSV"
    path.write_text(
        "Pumps, all sites\n,x,z,y,,\n" + "".join(f"{n},{line},,\n" for n, line in enumerate(ROWS.splitlines()))
    )
    with path.open("a") as file:
        file.write("60,7,8,a,,,\n" + ",,,,,\n" * 3)
    told: list[str] = []
    table = read_data(path, told.append)
    assert (table.num_rows, table.schema.names) == (60, ["x", "z", "y"])
    assert told == [
        "line 1 holds no names of columns ('Pumps all sites')",
        "columns 1, 5, 6 have no name",
        "line 63 has 7 cells instead of 6",
        "3 rows at the end hold nothing",
    ]


def test_a_proposal_tells_what_of_the_file_it_has_not_seen(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    path.write_text(",x,z,y\n" + "".join(f"{n},{line}\n" for n, line in enumerate(ROWS.splitlines())) + "60,1,2\n")
    left_out: list[str] = []
    table = read_data(path, left_out.append)
    inferred = infer(table, Choices(target="y"), file_name=path.name, data="training.csv", left_out=left_out)
    told = [
        (finding.severity, finding.text, finding.done) for finding in inferred.findings if finding.kind == "not read"
    ]
    assert told == [
        (Severity.LOOK, "column 1 has no name", "left out"),
        (Severity.LOOK, "line 62 has 3 cells instead of 4", "left out"),
    ]


@pytest.mark.parametrize("groups", [",Sizes,,", "x,,,Rest", ",Sizes,,Rest"])
def test_names_of_groups_above_the_header_are_read_over_in_training_and_in_a_drop(groups: str, tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    lines = [f"{n},{line}" for n, line in enumerate(ROWS.splitlines())]
    path.write_text("\n".join([groups, "x,a,b,y", *lines]) + "\n")
    told: list[str] = []
    table = read_data(path, told.append)
    assert (table.num_rows, table.schema.names) == (len(lines), ["x", "a", "b", "y"])
    assert told[0].startswith("line 1 holds no names of columns")
    use_case = infer(table, Choices(target="y", drop=frozenset({"x"})), file_name=path.name, data="t.csv").use_case
    assert len(by_file(use_case, path.name, path.read_bytes())) == len(lines)


def test_a_file_of_which_many_lines_are_malformed_is_not_learned_from(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    path.write_text("x,z,y\n" + ROWS + "1,5,2,5,no\n" * 5)
    with pytest.raises(
        FileBrokenError, match="5 of 65 rows are malformed, the first: line 62 has 5 cells instead of 3"
    ):
        read_data(path)


@pytest.mark.parametrize("name", ["A.CSV", "a.Csv.GZ", "B.PARQUET", "c.JSONL", "c.NdJson.gZ"])
def test_endings_have_any_capitals(name: str) -> None:
    assert format_of(name).name == format_of(name.lower()).name


def test_a_byte_order_mark_before_another_is_no_name() -> None:
    assert read_header("\ufeff\ufeffa,b\n1,2\n".encode()).names == ["a", "b"]
