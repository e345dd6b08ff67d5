"""Exporting a day: what is new of it becomes one more file, then the manifest of the day names that, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Engine

from sql.base.reading import reading
from sql.exports.days import PATIENCE, Day, count_rows
from sql.exports.pages import export_schema, free_name, read_pages
from usecases.contract.spec import UseCase
from usecases.stores.target import StoreError, Target, measure

MANIFEST: Final = "_manifest.json"

PAGE_ROWS: Final = 50_000
"""Rows of a file that are held at once: some 10 MB."""


class ExportedFile(BaseModel):
    """A file of a day."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What of a day is exported: its version, which is the number of its files, and these."""

    model_config = ConfigDict(frozen=True)

    use_case: str
    day: str
    version: int = 0
    rows: int = 0
    files: tuple[ExportedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class _Folder:
    """The folder of a day at a target."""

    target: Target
    use_case: UseCase
    day: Day

    @property
    def path(self) -> str:
        """Hive's way: `iris/day=2026-11-28`, with another key where the use case has a column `day`."""
        return f"{self.use_case.name}/{free_name(self.use_case, 'day')}={self.day.date}"

    def manifest(self) -> Manifest:
        """Read the manifest; one without files where the day was not exported."""
        content = self.target.read(f"{self.path}/{MANIFEST}")
        if content is None:
            return Manifest(use_case=self.use_case.name, day=str(self.day.date))
        return Manifest.model_validate_json(content)


def exported_rows(target: Target, use_case: UseCase, days: Iterable[date]) -> int:
    """Return how many predictions of some days a target has, as their manifests say."""
    return sum(_Folder(target, use_case, Day(day)).manifest().rows for day in days)


def read_exported(target: Target, use_case: UseCase, day: Day) -> Iterator[pa.Table]:
    """Read the files of a day, some rows at a time.

    Raises
    ------
    StoreError
        If one is not there, or is not the one that its manifest names.
    """
    folder = _Folder(target, use_case, day)
    for known in folder.manifest().files:
        with target.open(f"{folder.path}/{known.name}") as file:
            if measure(file).sha256 != known.sha256:
                raise StoreError(
                    f"{target.url}/{folder.path}/{known.name} is not the file that was exported: it was changed"
                )
            for rows in pq.ParquetFile(file).iter_batches(PAGE_ROWS):
                yield pa.Table.from_batches([rows])


def export_day(engine: Engine, target: Target, use_case: UseCase, day: Day) -> Manifest | None:
    """Export what of a day is not exported yet; return its manifest if there was anything.

    Predictions are added and never changed, so files are written once: rows that came late become a further one. Called
    again after it was cut off, it writes the file that no manifest names once more, under the same name.

    Raises
    ------
    StoreError
        If the target holds rows that the database has not.
    """
    folder = _Folder(target, use_case, day)
    with (
        reading(engine.execution_options(isolation_level="REPEATABLE READ"), PATIENCE) as connection,
        ExitStack() as open_files,
    ):
        stored = count_rows(connection, use_case, day)
        # Most days that are asked for have none; the target is not asked about those.
        before = folder.manifest() if stored else None
        if before is None or before.rows == stored:
            return None
        rows = stored - before.rows
        earlier = [
            pq.ParquetFile(open_files.enter_context(target.open(f"{folder.path}/{file.name}"))) for file in before.files
        ]
        name = f"part-{before.version + 1}.parquet"
        with target.writing(f"{folder.path}/{name}") as file:
            written = _write(file, connection, use_case, day, earlier)
            if written != rows:
                raise StoreError(
                    f"{target.url}/{folder.path} has predictions that this database has not: {before.rows:,} rows are "
                    f"there, {stored:,} here. It is the target of another installation, or the database was "
                    "restored; choose another target, or put that folder away"
                )
            measured = measure(file)
    exported = ExportedFile(name=name, rows=rows, bytes=measured.bytes, sha256=measured.sha256)
    manifest = before.model_copy(
        update={"version": before.version + 1, "rows": stored, "files": (*before.files, exported)}
    )
    target.write(f"{folder.path}/{MANIFEST}", manifest.model_dump_json(indent=2).encode())
    return manifest


def _write(
    file: BinaryIO, connection: Connection, use_case: UseCase, day: Day, earlier: Sequence[pq.ParquetFile]
) -> int:
    """Write the rows of a day that no earlier file has, a row group a page; return how many they are."""
    rows = 0
    with pq.ParquetWriter(file, export_schema(use_case), compression="zstd") as writer:
        for page in read_pages(connection, use_case, day):
            new = _without(page, earlier)
            if new.num_rows:
                writer.write_table(new)
            rows += new.num_rows
    return rows


def _without(page: pa.Table, earlier: Sequence[pq.ParquetFile]) -> pa.Table:
    """Leave out what earlier files have, of which only the row groups are read that reach into the page."""
    ids = page.column("id")
    known = [
        group
        for file in earlier
        for number in range(file.num_row_groups)
        if _reaches_into(file, number, ids)
        for group in file.read_row_group(number, columns=["id"]).column("id").chunks
    ]
    return page.filter(pc.invert(pc.is_in(ids, value_set=pa.concat_arrays(known)))) if known else page


def _reaches_into(file: pq.ParquetFile, number: int, ids: pa.ChunkedArray) -> bool:
    """Return whether a row group has ids between the first and the last of some; both are in order."""
    found = file.metadata.row_group(number).column(file.schema_arrow.get_field_index("id")).statistics
    return bool(found.min <= ids[-1].as_py() and ids[0].as_py() <= found.max)
