"""Ingestion's doors on real servers, and verbs to go through them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from broker.transport.publisher import Publisher
from ingestion.app import Ingestion, build
from ingestion.files.ingest import FileIngestor, ingest_file
from ingestion.files.outcomes import FileIngested, FileKnown, FileOutcome, FileRefused
from ingestion.settings import IngestionSettings
from sql.base.engine import connect_engine
from sql.ledger.audit import read_books
from sql.ledger.batch_ledger import BatchLedger, find_batch
from sql.ledger.batches import ReadChunk, record_chunk
from tests.support.ingestion.recording_worker import record_waiting_parts
from tests.support.pipeline import prepare
from usecases.contract.catalog import LiveCatalog


@pytest.fixture(scope="module")
def servers(database_url: str, broker_url: str) -> tuple[str, str]:
    """A prepared database and a declared topology."""
    prepare(database_url, broker_url)
    return database_url, broker_url


@pytest.fixture(scope="module")
def engine(servers: tuple[str, str]) -> Iterator[Engine]:
    engine = connect_engine(servers[0], "test")
    yield engine
    engine.dispose()


@pytest.fixture
def settings(servers: tuple[str, str], tmp_path: Path) -> IngestionSettings:
    return IngestionSettings(
        database_url=servers[0],
        broker_url=servers[1],
        data=tmp_path / "data",
        settle_seconds=0.1,
        rescan_seconds=0.3,
        part_rows=10,
    )


@dataclass(frozen=True)
class Doors:
    """A built ingestion whose publisher is open, without its subscribers and watcher."""

    ingestion: Ingestion
    broker_url: str

    @property
    def files(self) -> FileIngestor:
        return self.ingestion.files

    @property
    def catalog(self) -> LiveCatalog:
        return self.ingestion.catalog

    @property
    def publisher(self) -> Publisher:
        return self.ingestion.publisher

    @property
    def data(self) -> Path:
        return self.files.folders.data

    def arrive(self, content: bytes, name: str = "rows.csv", use_case: str = "equipment_failure") -> Path:
        """Put a file where files arrive."""
        path = self.files.folders.incoming / use_case / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    async def take_in(self, content: bytes, name: str = "rows.csv", use_case: str = "equipment_failure") -> FileOutcome:
        """Drop a file and take it in."""
        return await ingest_file(self.files, self.arrive(content, name, use_case))

    async def crash_after(self, chunks: int, content: bytes, name: str, use_case: str = "equipment_failure") -> None:
        """Take a file in, and end as if killed once so many chunks of it are written down."""
        written = 0

        def crash_in_time(*arguments: Any) -> ReadChunk | None:
            nonlocal written
            if written == chunks:
                raise asyncio.CancelledError
            written += 1
            return record_chunk(*arguments)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("ingestion.batches.ingest.record_chunk", crash_in_time)
            with pytest.raises(asyncio.CancelledError):
                await self.take_in(content, name, use_case)

    async def record_all(self, most: int | None = None) -> list[int]:
        """Record what waits, as a worker does."""
        return await record_waiting_parts(self.ingestion.engine, self.broker_url, most=most)

    def ledger(self, outcome: FileOutcome) -> BatchLedger:
        """Look a batch up as it is now."""
        assert isinstance(outcome, FileIngested | FileRefused | FileKnown)
        found = find_batch(self.ingestion.engine, outcome.batch.batch_id)
        assert found is not None
        return found

    def names(self, folder: str) -> set[str]:
        """List the files below one of the folders."""
        below = self.data / folder
        return {str(path.relative_to(below)) for path in below.rglob("*") if not path.is_dir() or path.is_symlink()}


@pytest.fixture
async def doors(settings: IngestionSettings) -> AsyncIterator[Doors]:
    ingestion = build(settings)
    ingestion.files.folders.make(list(ingestion.catalog))
    async with ingestion.publisher:
        doors = Doors(ingestion, settings.broker_url.get_secret_value())
        yield doors
        await doors.record_all()
    problems = list(read_books(ingestion.engine).problems())
    ingestion.engine.dispose()
    assert problems == [], "after every test every row is in exactly one place"
