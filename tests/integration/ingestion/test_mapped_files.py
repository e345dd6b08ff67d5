"""Files that people said how to read, dropped and taken in; and what is told of those nobody said anything of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, select

from ingestion.files.ingest import ingest_file
from ingestion.files.outcomes import FileIngested, FileRefused
from ingestion.files.together import ingest_together
from sql.quarantine.rows import QuarantineFilter, list_quarantined
from sql.registry.mappings import accept_mapping, withdraw_mapping
from sql.registry.tables import file_mappings
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import HEADER, csv_file, numbered_csv
from usecases.columns.notations import Notation
from usecases.formats.encoded import Encoding
from usecases.mappings.mapping import FileMapping

NAME = "equipment_failure"
COLUMNS: dict[str, str | None] = {name: name for name in HEADER.strip().split(",")}
GERMAN = FileMapping(
    columns=COLUMNS | {"Prüfer": None},
    encoding=Encoding.CP1252,
    notations={"torque_nm": Notation.DECIMAL_COMMA},
)


def german_file(rows: int, torque: str = "40,5", bad: int = 0) -> bytes:
    header = HEADER.strip().replace(",", ";") + ";Prüfer\n"
    good = f"M-1;L;300.0;310.0;1500;{torque};10;Jörg\n" * rows
    return (header + good + "M-1;X;300.0;310.0;1500;1,5;10;Jörg\n" * bad).encode("cp1252")


@pytest.fixture
def mapped(doors: Doors) -> Iterator[int]:
    engine = doors.ingestion.engine
    yield accept_mapping(engine, NAME, GERMAN, "ada").id
    with engine.begin() as connection:  # others who share the database read files by their names
        connection.execute(delete(file_mappings))


@pytest.mark.usefixtures("mapped")
async def test_a_file_is_read_by_the_mapping_for_its_header(doors: Doors) -> None:
    outcome = await doors.take_in(german_file(25, bad=2), "plant.csv")
    assert isinstance(outcome, FileIngested)
    ledger = doors.ledger(outcome)
    assert (ledger.rows_in, ledger.quarantined) == (27, 2)
    rows = list_quarantined(doors.ingestion.engine, QuarantineFilter(batch_id=ledger.batch_id))
    assert '"torque_nm":"1.5"' in rows[0].raw
    assert "Jörg" not in rows[0].raw
    plain = await doors.take_in(csv_file(3), "by-its-names.csv")
    assert doors.ledger(plain).rows_in == 3


async def test_a_file_that_was_cut_off_is_read_to_its_end_as_it_was_begun(doors: Doors, mapped: int) -> None:
    content = german_file(250)
    await doors.crash_after(1, content, "cut.csv")
    withdraw_mapping(doors.ingestion.engine, mapped, "ada")
    [left] = (doors.data / "processing").rglob("cut.csv")
    outcome = await ingest_file(doors.files, left)
    assert doors.ledger(outcome).rows_in == 250
    assert isinstance(await doors.take_in(german_file(250), "later.csv"), FileRefused)


@pytest.mark.usefixtures("mapped")
async def test_small_files_of_a_use_case_with_mappings_are_taken_in_one_by_one(doors: Doors) -> None:
    paths = [doors.arrive(german_file(1), f"small-{number}.csv") for number in range(6)]
    assert len(await ingest_together(doors.files, paths)) == 6


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (german_file(3), "seems to be written in Windows-1252"),
        (numbered_csv(3).replace(b"torque_nm", b"Torque in Nm"), "which column is which"),
        (HEADER.replace(",", ";").encode() + b"M-1;L;300,5;310,1;1500;40,0;10\n", "decimal commas (1.234,5)"),
    ],
)
async def test_a_file_without_a_mapping_is_refused_with_what_to_do(doors: Doors, content: bytes, said: str) -> None:
    outcome = await doors.take_in(content, "unmapped.csv")
    assert isinstance(outcome, FileRefused)
    problem = doors.ledger(outcome).problem or ""
    assert said in problem
    assert "POST /mappings" in problem


def test_the_same_mapping_twice_is_one_and_another_one_takes_its_place(doors: Doors, mapped: int) -> None:
    engine = doors.ingestion.engine
    assert accept_mapping(engine, NAME, GERMAN, "grace").id == mapped
    other = accept_mapping(engine, NAME, GERMAN.model_copy(update={"notations": {}}), "grace")
    assert other.id != mapped
    query = select(file_mappings.c.withdrawn_by).where(file_mappings.c.id == mapped)
    with engine.connect() as connection:
        assert connection.scalar(query) == "grace"
