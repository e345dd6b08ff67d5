"""Whatever a table holds, a use case is proposed that can be written and read again, or one sentence says why not."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal
from random import Random

import pyarrow as pa
import pytest
import yaml

from usecases.checking.row_model import example_row, read_row
from usecases.checking.table_check import check_table
from usecases.contract.spec import UseCase
from usecases.formats.reading import columns_of_file
from usecases.proposal.choices import Choices
from usecases.proposal.findings import CannotInferError
from usecases.proposal.infer import Inferred, infer
from usecases.proposal.writing import inferred_yaml

ROWS = 60
CELLS = (
    "?", "-", ".", "#N/A", "NaT", r"\N", "(null)", "", "1", "0", "yes", "no", "1.5", "1,5", "1.234,5", "12.345", "1,234", "$5",
    "5%", "(3)", "5more", "<1", "10-20", "2026-03-01", "9999-12-31", "0000-00-00", "31.12.2025", "1.8e308", "-1.8e308", "NaN",
    "inf", "0x1F", "12345678901234567890", "1000.0", "x" * 1_200, "a\0b", "ä", "  spaced  ", "20260331", "1700000000", "-999",
    "9999", "5 kg", "\u22125", "'", '"', "\n", "\t", "1'234.50", "None", "00:12", "[1,2]", "{}", "unknown", " ",
)  # fmt: skip
HEADERS = (
    "a", "Unnamed: 0", "index", "x" * 300, "class", "id", "Größe [m²]", "a,b;c", '"q"', "1", "%", "year", "score", "\x1f",
    "\u200b", "select", "p_0", "__x__", "a.b.c", "line\nbreak", "null\0byte", "=1+1", "- a: b #c",
)  # fmt: skip
DAYS = (dt.date(9999, 12, 31), dt.date(1, 1, 1), dt.date(2024, 2, 29), None)


def typed_column(random: Random) -> pa.Array:
    drawn: list[tuple[tuple[object, ...], pa.DataType]] = [
        ((-1e308, 1.7e308, 0.5, float("nan"), float("inf"), -999.0, None), pa.float64()),
        ((0, 1, 2**63 - 1, -(2**63), 10**17, None), pa.int64()),
        ((0, 2**64 - 1, 2**63, None), pa.uint64()),
        ((Decimal("1.50"), Decimal("-99999999999999999999.99"), None), pa.decimal128(38, 2)),
        (DAYS, pa.date32()),
        (tuple(day and dt.datetime.combine(day, dt.time(1)) for day in DAYS), pa.timestamp("ms")),
        ((True, False, None), pa.bool_()),
        ((b"\xff\0", b"a"), pa.binary()),
        (([1], [2, 3]), pa.list_(pa.int64())),
        ((dt.time(1, 2), None), pa.time64("us")),
        ((None,), pa.null()),
    ]
    values, kind = random.choice(drawn)
    return pa.array([random.choice(values) for _ in range(ROWS)], kind)


def column(random: Random) -> pa.Array:
    if random.random() < 0.4:
        return typed_column(random)
    pool = [random.choice(CELLS) for _ in range(random.choice([1, 2, 3, 5, ROWS]))]
    return pa.array([random.choice(pool) or None for _ in range(ROWS)], pa.string())


def bad_columns(found: Inferred, table: pa.RecordBatch) -> set[str]:
    """Return the columns by which rows of the data itself would be bad."""
    names = columns_of_file(found.use_case, table.schema.names)
    known = {place: name for place, name in enumerate(names) if name is not None}
    checked = check_table(found.use_case, table.select([*known]).rename_columns([*known.values()]))
    reasons = [reason for of_row in checked.bad.values() for reason in of_row if reason.column is not None]
    return {found.use_case.features_by_name[str(reason.column)].source_name or str(reason.column) for reason in reasons}


def told_of(found: Inferred, *kinds: str) -> set[str]:
    return {str(finding.column) for finding in found.findings if finding.kind in kinds}


@pytest.mark.parametrize("seed", range(60))
def test_a_use_case_or_a_sentence(seed: int) -> None:
    random = Random(seed)  # noqa: S311  # tables, not secrets
    printable = ["".join(random.choice(string.printable) for _ in range(12)) for _ in range(3)]
    headers = {header.strip() for header in random.sample([*HEADERS, *printable], random.randrange(2, 7))}
    columns = {header: column(random) for header in sorted(headers)}
    columns["target of all"] = pa.array([random.choice([0, 1]) for _ in range(ROWS)])
    kept, named, missing, dropped = (
        frozenset(name for name in sorted(headers) if random.random() < 0.1) for _ in range(4)
    )
    choices = Choices(target="target of all", keep=kept, category=named, missing=missing, drop=dropped)
    table = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    complaint = ""
    try:
        found = infer(table, choices, file_name="data.csv", data="training.csv")
    except CannotInferError as error:
        complaint = str(error)
    else:
        assert UseCase.model_validate(yaml.safe_load(inferred_yaml(found, "data.csv"))) == found.use_case
        assert read_row(found.use_case, example_row(found.use_case)) is not None
        assert bad_columns(found, table) <= told_of(found, "strays", "mixed")
    assert "looked at" not in complaint, "no sentence of its own"
    assert "cannot become a feature" not in complaint, "no sentence of its own"


@pytest.mark.parametrize("about", [0.0, 48.137, 5_334_567.0, -1e9])
def test_an_example_lies_within_its_range(about: float) -> None:
    random = Random(1)  # noqa: S311  # tables, not secrets
    numbers = [about + random.random() * 0.9 for _ in range(ROWS)]
    table = pa.RecordBatch.from_pydict({"east": numbers, "y": [random.choice(["yes", "no"]) for _ in range(ROWS)]})
    found = infer(table, Choices(target="y"), file_name="data.csv", data="training.csv").use_case
    assert read_row(found, example_row(found)) is not None


@pytest.mark.parametrize("word", ["NaN", "NaT", "#N/A", "null", "NA", "?", ""])
def test_a_word_among_the_steps_of_a_scale_is_a_missing_one(word: str) -> None:
    random = Random(1)  # noqa: S311  # tables, not secrets
    steps = [random.choice(["0", "1", "2", "3+", word or None]) for _ in range(ROWS)]
    table = pa.RecordBatch.from_pydict({"dependents": steps, "y": [random.choice(["yes", "no"]) for _ in range(ROWS)]})
    found = infer(table, Choices(target="y"), file_name="data.csv", data="training.csv")
    [feature] = found.use_case.features
    assert (feature.type, feature.nullable, feature.missing_values) == ("category", True, (word,) if word else ())
    assert bad_columns(found, table) == set()


@pytest.mark.parametrize(
    "moment", ["9999-12-31 23:59:59", "9999-12-31 23:59:59.999999", "2999-12-31 23:59:59", "9999-12-31"]
)
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_a_time_that_means_never_is_found_again_to_its_second(moment: str, zone: str | None) -> None:
    random = Random(1)  # noqa: S311  # tables, not secrets
    never, first = dt.datetime.fromisoformat(moment), dt.datetime(2026, 1, 1)  # noqa: DTZ001  # as databases write them
    times = [never if row % 4 == 0 else first + dt.timedelta(hours=row) for row in range(ROWS)]
    answers = [random.choice(["yes", "no"]) for _ in range(ROWS)]
    kind = pa.timestamp("us", zone)
    table = pa.RecordBatch.from_pydict(
        {"until": pa.array(times, pa.timestamp("us")).cast(pa.int64()).cast(kind), "y": answers}
    )
    found = infer(table, Choices(target="y"), file_name="data.parquet", data="training.parquet")
    [feature] = found.use_case.features
    assert feature.missing_values == (moment,)
    assert bad_columns(found, table) == set()
    texts = table.set_column(0, "until", pa.array([str(time) for time in times]))
    assert bad_columns(found, texts) == set()
