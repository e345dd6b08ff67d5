"""Noticing files: events are hints, looks at the folders are what counts."""

from __future__ import annotations

import asyncio
import os
from itertools import count
from pathlib import Path
from typing import NamedTuple

import structlog
from typing_extensions import override
from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyObserver
from watchdog.observers.polling import PollingObserver

from ingestion.files.arrivals import (
    Settling,
    arrived_files,
    folders_too_deep,
    is_being_written,
    is_half_written,
    waits_for_schedule,
)
from ingestion.files.ingest import MAX_FAILURES, FileIngestor, give_up, ingest_file
from ingestion.files.orphans import orphans
from ingestion.files.outcomes import FileFailedError
from ingestion.files.together import FEWEST_FILES, MOST_FILES, ingest_together, is_small
from ingestion.settings import IngestionSettings, Watch

log = structlog.get_logger(__name__)


class _Ready(NamedTuple):
    """A file that is complete; those that were so earlier come first."""

    number: int
    path: Path
    is_small: bool


class Watcher:
    """Finds files that are complete and takes them in, some at once."""

    def __init__(self, files: FileIngestor, settings: IngestionSettings) -> None:
        self._files = files
        self._settings = settings
        self._settling = Settling(settings.unseen_settle_seconds)
        self._ready: asyncio.PriorityQueue[_Ready] = asyncio.PriorityQueue()
        self._numbers = count()
        self._taken: set[Path] = set()
        self._told: set[Path] = set()
        self._observer: BaseObserver | None = None

    @property
    def is_alive(self) -> bool:
        """Whether files are being watched."""
        return self._observer is not None and self._observer.is_alive()

    async def run(self) -> None:
        """Watch until cancelled."""
        self._files.folders.make(list(self._files.batches.catalog))
        self._observer = await asyncio.to_thread(self._start_observer, asyncio.get_running_loop())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._rescan())
                tasks.create_task(self._settle())
                for _ in range(self._settings.files_at_once):
                    tasks.create_task(self._work())
        finally:
            self._observer.stop()

    def hint(self, path: Path, *, complete: bool) -> None:
        """Note a file; one whose writer has closed or renamed it is complete."""
        if is_half_written(path.name) or path in self._taken or self._files.folders.use_case_of(path) is None:
            return
        if complete:
            self._settling.forget(path)
            self._take(path)
        else:
            self._settling.add(path)

    def _take(self, path: Path) -> None:
        if path in self._taken or waits_for_schedule(self._files.batches.catalog, self._files.folders, path):
            return
        self._taken.add(path)
        self._ready.put_nowait(_Ready(next(self._numbers), path, is_small(path)))
        self._files.batches.metrics.waiting.set(self._ready.qsize())

    async def _rescan(self) -> None:
        """Scan all folders now and then: events get lost, and those before the start were never sent."""
        while True:
            try:
                await self._scan()
            except OSError:  # a folder that is gone by now, or a disk that does not answer: the next scan sees
                log.exception("Folders cannot be scanned, trying again")
            await asyncio.sleep(self._settings.rescan_seconds.total_seconds())

    async def _scan(self) -> None:
        for path in await asyncio.to_thread(lambda: list(orphans(self._files.folders))):
            self._take(path)
        for path in await asyncio.to_thread(lambda: list(arrived_files(self._files.folders))):
            if path not in self._taken:
                self._settling.add(path)
        for path in await asyncio.to_thread(lambda: set(folders_too_deep(self._files.folders))) - self._told:
            self._told.add(path)
            log.warning("Folder is not looked into, put its files one level up", folder=path.name)

    async def _settle(self) -> None:
        while True:
            for path in self._settling.look():
                self._take(path)
            await asyncio.sleep(self._settings.settle_seconds.total_seconds())

    async def _work(self) -> None:
        while True:
            paths = self._gather(await self._ready.get())
            self._files.batches.metrics.waiting.set(self._ready.qsize())
            try:
                # Somebody else may have closed it than who writes it, and a file may be moved while it is written.
                complete, written = await asyncio.to_thread(_part_complete, paths)
                for path in written:
                    self._settling.add(path)
                if len(complete) >= FEWEST_FILES:
                    complete = await ingest_together(self._files, complete)
                for path in complete:
                    await self._ingest(path)
            except Exception:  # what was gathered must not keep others from being read
                log.exception("Files cannot be taken in", files=len(paths))
            finally:
                self._taken.difference_update(paths)

    def _gather(self, first: _Ready) -> list[Path]:
        """Gather small files that are there, without waiting for any; the others keep their order."""
        if not first.is_small:
            return [first.path]
        paths = [first.path]
        passed = []
        while len(paths) < MOST_FILES and not self._ready.empty():
            ready = self._ready.get_nowait()
            if ready.is_small:
                paths.append(ready.path)
            else:
                passed.append(ready)
        for ready in passed:
            self._ready.put_nowait(ready)
        return paths

    async def _ingest(self, path: Path) -> None:
        try:
            await ingest_file(self._files, path)
        except FileFailedError as failed:
            await self._failed(failed)
        except Exception:  # one file must not keep the others from being read
            log.exception("File cannot be claimed", name=path.name)

    async def _failed(self, failed: FileFailedError) -> None:
        """Leave a file that failed to the next scan, which tries it again; refuse it when it has failed too often."""
        path = failed.path
        log.error("File cannot be taken in", name=path.name, failures=failed.failures, exc_info=failed)
        if failed.failures >= MAX_FAILURES:
            try:
                await give_up(self._files, failed)
            except Exception:
                log.exception("File cannot be put aside either", name=path.name)

    def _start_observer(self, loop: asyncio.AbstractEventLoop) -> BaseObserver:
        handler = _Hints(self, loop)
        if self._settings.watch is Watch.INOTIFY:
            try:
                # In full, so that a file moved in from elsewhere, which is complete, is not taken for one being made.
                return _started(InotifyObserver(generate_full_events=True), handler, self._files.folders.incoming)
            except OSError as error:
                # The system's limit of watches is reached, or the mount has none.
                log.warning("Files cannot be watched by inotify, polling instead", error=str(error))
        timeout = self._settings.settle_seconds.total_seconds()
        return _started(PollingObserver(timeout=timeout), handler, self._files.folders.incoming)


def _part_complete(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """Part files that are complete from those that somebody still writes."""
    written = [path for path in paths if is_being_written(path)]
    return [path for path in paths if path not in written], written


def _started(observer: BaseObserver, handler: FileSystemEventHandler, folder: Path) -> BaseObserver:
    observer.schedule(handler, str(folder), recursive=True)
    observer.start()
    return observer


class _Hints(FileSystemEventHandler):
    """Hands events over from the observer's thread."""

    def __init__(self, watcher: Watcher, loop: asyncio.AbstractEventLoop) -> None:
        self._watcher = watcher
        self._loop = loop

    @override
    def on_any_event(self, event: FileSystemEvent) -> None:
        match event:
            case FileClosedEvent():
                self._hand_over(event.src_path, complete=True)
            case FileMovedEvent():
                self._hand_over(event.dest_path, complete=True)
            case FileCreatedEvent() | FileModifiedEvent():
                self._hand_over(event.src_path, complete=False)
            case _:
                pass

    def _hand_over(self, path: bytes | str, *, complete: bool) -> None:
        found = Path(os.fsdecode(path))
        self._loop.call_soon_threadsafe(lambda: self._watcher.hint(found, complete=complete))
