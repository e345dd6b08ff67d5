"""Small files that arrive together: one transaction and shared parts, and each has an account and a place of its own."""

from __future__ import annotations

import asyncio
import gzip
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingestion.batches.lots import ingest_lot
from ingestion.files import together
from ingestion.files.ingest import ingest_file
from ingestion.files.orphans import orphans
from ingestion.files.outcomes import FileKnown
from ingestion.files.together import FEWEST_FILES, SMALL_BYTES, ingest_together
from ingestion.files.watcher import Watcher
from ingestion.settings import IngestionSettings
from sql.base.tables import batches, parts
from sql.ledger.batch_ledger import BatchLedger, find_batches
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import csv_file, json_lines, numbered_csv, reading
from tests.support.waiting import eventually

LARGE_ROWS = SMALL_BYTES // 20
IRIS = b"sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm\n5.1,3.5,1.4,0.2\n"


def arrive(doors: Doors, contents: dict[str, bytes], use_case: str = "equipment_failure") -> list[Path]:
    return [doors.arrive(content, name, use_case) for name, content in contents.items()]


def good_files(name: str, count: int) -> dict[str, bytes]:
    return {f"{name}-{number}.csv": csv_file(1 + number % 3) for number in range(count)}


def ledgers(doors: Doors, begins: str) -> dict[str, BatchLedger]:
    """Look up the batches of files whose names begin so."""
    engine = doors.ingestion.engine
    with engine.connect() as connection:
        ids = connection.scalars(select(batches.c.id).where(batches.c.name.startswith(begins))).all()
    return {ledger.name: ledger for ledger in find_batches(engine, ids).values()}


def count_parts(doors: Doors) -> int:
    with doors.ingestion.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(parts)) or 0


async def test_files_share_a_part_and_each_has_its_account_and_its_place(doors: Doors) -> None:
    before = count_parts(doors)
    contents = {f"share-{number}.csv": csv_file(1) for number in range(8)}
    assert await ingest_together(doors.files, arrive(doors, contents)) == []
    assert count_parts(doors) == before + 1
    await doors.record_all()
    found = ledgers(doors, "share-")
    assert {name: (ledger.rows_in, ledger.predicted) for name, ledger in found.items()} == dict.fromkeys(
        contents, (1, 1)
    )
    assert all(ledger.is_done and ledger.source == "file" for ledger in found.values())
    assert doors.names("good_data") == {f"equipment_failure/{name}" for name in contents}
    assert doors.names("processing") == doors.names("incoming") == doors.names("bad_data") == set()


async def test_bad_rows_of_each_are_told_beside_it(doors: Doors) -> None:
    contents = good_files("mixed", 4) | {"mixed-bad.csv": numbered_csv(8, bad_every=4), "mixed-last.csv": csv_file(2)}
    assert await ingest_together(doors.files, arrive(doors, contents)) == []
    await doors.record_all()
    bad = ledgers(doors, "mixed-bad")["mixed-bad.csv"]
    assert (bad.rows_in, bad.predicted, bad.quarantined) == (8, 6, 2)
    assert ledgers(doors, "mixed-last")["mixed-last.csv"].predicted == 2
    assert doors.names("bad_data") == {"equipment_failure/mixed-bad.csv.bad_rows.csv"}
    told = (doors.data / "bad_data/equipment_failure/mixed-bad.csv.bad_rows.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in told[1:]] == ["M-4", "M-8"]


async def test_a_file_with_too_many_bad_rows_is_refused_and_the_others_are_not(doors: Doors) -> None:
    contents = good_files("neighbour", 5) | {"refused.csv": csv_file(1, bad=9)}
    assert await ingest_together(doors.files, arrive(doors, contents)) == []
    await doors.record_all()
    (refused,) = ledgers(doors, "refused").values()
    assert (refused.state, refused.rows_in, refused.predicted) == ("refused", 10, 0)
    assert "9 of the first 10 rows are bad" in (refused.problem or "")
    assert {name for name in doors.names("bad_data") if name.endswith("why.txt")} == {
        "equipment_failure/refused.csv.why.txt"
    }
    assert all(ledger.is_done and ledger.predicted for ledger in ledgers(doors, "neighbour").values())


async def test_what_is_not_plainly_a_small_file_is_left_to_be_taken_by_itself(doors: Doors) -> None:
    odd = {
        "long.csv": numbered_csv(11),  # more than a part
        "empty.csv": b"",
        "columns.csv": b"a,b\n1,2\n",
        "name.xyz": csv_file(1),
    }
    plain = good_files("plain", 3)
    paths = arrive(doors, plain | odd)
    link = doors.files.folders.incoming / "equipment_failure" / "link.csv"
    link.symlink_to(paths[0])
    left = await ingest_together(doors.files, [*paths, link, link.with_name("gone.csv")])
    assert {path.name for path in left} == {*odd, "link.csv"}
    outcomes = Counter([type(await ingest_file(doors.files, path)).__name__ for path in left])
    assert outcomes == {"FileIngested": 1, "FileRefused": 3, "PutAside": 1}
    await doors.record_all()
    assert {ledger.predicted for ledger in ledgers(doors, "plain").values()} == {1, 2, 3}


async def test_files_of_several_formats_use_cases_and_orders_of_columns_go_together(doors: Doors) -> None:
    head, row = csv_file(1).decode().splitlines()
    turned = "\n".join(",".join(line.split(",")[::-1]) for line in (head, row)).encode()
    paths = arrive(
        doors,
        good_files("kind", 2)
        | {"kind-turned.csv": turned, "kind-packed.csv.gz": gzip.compress(csv_file(2))}
        | {"kind-lines.jsonl": json_lines(reading(), reading(torque_nm=455)), "kind-more.jsonl": json_lines(reading())},
    )
    paths += arrive(doors, {"kind-flower.csv": IRIS}, "iris")
    assert await ingest_together(doors.files, paths) == []
    await doors.record_all()
    found = ledgers(doors, "kind-")
    assert {name: (ledger.predicted, ledger.quarantined) for name, ledger in found.items()} == {
        "kind-0.csv": (1, 0), "kind-1.csv": (2, 0), "kind-turned.csv": (1, 0), "kind-packed.csv.gz": (2, 0),
        "kind-lines.jsonl": (1, 1), "kind-more.jsonl": (1, 0), "kind-flower.csv": (1, 0),
    }  # fmt: skip


async def test_the_same_files_again_change_nothing(doors: Doors) -> None:
    contents = good_files("again", 6)
    assert await ingest_together(doors.files, arrive(doors, contents)) == []
    await doors.record_all()
    before = ledgers(doors, "again-")
    assert await ingest_together(doors.files, arrive(doors, contents)) == []
    assert await doors.record_all() == []
    assert ledgers(doors, "again-") == before
    assert len(doors.names("good_data")) == 2 * len(contents)


async def test_a_part_that_was_not_sent_is_sent_by_any_of_its_files(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EndedError(BaseException):
        """Stands for the end of the process."""

    async def end(*_: object) -> None:
        raise EndedError

    with monkeypatch.context() as patched:
        patched.setattr("ingestion.batches.ingest.BatchIngestor.send_shared", end)
        with pytest.raises(EndedError):
            await ingest_together(
                doors.files, arrive(doors, {f"unsent-{number}.csv": csv_file(1) for number in range(6)})
            )
    assert await doors.record_all() == []
    left = list(orphans(doors.files.folders))
    assert len(left) == 6
    apart = await ingest_together(doors.files, left)
    assert [path.name for path in apart] == [path.name for path in left], "they may be why the process ended"
    left = apart
    assert isinstance(await ingest_file(doors.files, left[0]), FileKnown)
    await doors.record_all()
    assert all(ledger.is_done and ledger.predicted for ledger in ledgers(doors, "unsent-").values())
    for path in left[1:]:
        assert isinstance(await ingest_file(doors.files, path), FileKnown)
    assert doors.names("processing") == set()


async def test_a_file_that_changes_meanwhile_is_refused(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = arrive(doors, good_files("changing", 6))
    with paths[2].open("ab") as writer:

        async def write_meanwhile(*given: object) -> object:
            writer.write(b"M-2,L,300.0,310.0,1500,40.0,10\n")
            writer.flush()
            return await ingest_lot(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(together, "ingest_lot", write_meanwhile)
        assert await ingest_together(doors.files, paths) == []
    await doors.record_all()
    found = ledgers(doors, "changing-")
    assert "changed after it was taken" in (found["changing-2.csv"].problem or "")
    assert [ledger.state for name, ledger in found.items() if name != "changing-2.csv"] == ["ingested"] * 5


async def test_what_nobody_foresaw_leaves_each_file_to_be_taken_by_itself(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ArithmeticError("nobody foresaw this")

    paths = arrive(doors, good_files("unforeseen", 6))
    with monkeypatch.context() as patched:
        patched.setattr(together, "ingest_lot", fail)
        left = await ingest_together(doors.files, paths)
    assert sorted(path.name for path in left) == sorted(path.name for path in paths)
    assert [type(await ingest_file(doors.files, path)).__name__ for path in left] == ["FileIngested"] * 6


DEADLY = """
import asyncio, os
import ingestion.files.together as together
from ingestion.__main__ import main
read = together.look_at

def die(claimed):
    if claimed.name.startswith("deadly"):
        os._exit(9)
    return read(claimed)

together.look_at = die
asyncio.run(main())
"""
"""Ingestion that a file ends, as one does that takes more memory than there is."""


async def test_what_ends_ingestion_among_others_is_told_from_them(doors: Doors, settings: IngestionSettings) -> None:
    arrive(doors, good_files("innocent", FEWEST_FILES) | {"deadly.csv": csv_file(1)})
    environment = {
        "SMARTPREDICT_DATABASE_URL": settings.database_url.get_secret_value(),
        "SMARTPREDICT_BROKER_URL": settings.broker_url.get_secret_value(),
        "SMARTPREDICT_DATA": str(settings.data),
        "SMARTPREDICT_SETTLE_SECONDS": "PT0.1S",
    }
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", DEADLY],
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 9, done.stdout + done.stderr
    left = list(orphans(doors.files.folders))
    assert {path.parents[1] for path in left} == {left[0].parents[1]}, "they share a folder"
    apart = await ingest_together(doors.files, left)
    assert [path.name for path in apart] == [path.name for path in left]
    for path in apart:
        await ingest_file(doors.files, path)
    await doors.record_all()
    assert sum(ledger.predicted for ledger in ledgers(doors, "innocent-").values()) > 0
    assert doors.names("processing") == set()


async def test_many_files_dropped_at_once_are_all_taken(doors: Doors, settings: IngestionSettings) -> None:
    files = replace(doors.files, batches=replace(doors.files.batches, part_rows=10_000))
    task = asyncio.create_task(Watcher(files, settings).run())
    try:
        contents = {f"crowd-{number}.csv": csv_file(1) for number in range(120)}
        arrive(doors, contents | {"crowd-large.csv": csv_file(LARGE_ROWS)})
        await asyncio.to_thread(eventually, lambda: len(doors.names("good_data")) == 121, 120)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await doors.record_all()
    found = ledgers(doors, "crowd-")
    assert sum(ledger.predicted for ledger in found.values()) == 120 + LARGE_ROWS
    assert sum(ledger.part_id is not None for ledger in found.values()) > 60, "most of them went together"
