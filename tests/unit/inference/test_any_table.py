"""Whatever a table holds, a use case is proposed that can be written and read again, or one sentence says why not."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal
from random import Random

import pyarrow as pa
import pytest
import yaml

from usecases.contract.spec import UseCase
from usecases.proposal.choices import Choices
from usecases.proposal.findings import CannotInferError
from usecases.proposal.infer import infer
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
    assert "looked at" not in complaint, "no sentence of its own"
    assert "cannot become a feature" not in complaint, "no sentence of its own"
