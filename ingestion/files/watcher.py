"""Noticing files: events are hints, looks at the folders are what counts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

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
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from ingestion.files.claims import Folders, orphans
from ingestion.files.ingest import MAX_FAILURES, FileFailedError, FileIngestor, give_up, ingest_file
from ingestion.settings import IngestionSettings, Watch
from usecases.contract.catalog import Catalog
from usecases.contract.spec import Mode

log = structlog.get_logger(__name__)

_HALF_WRITTEN = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")

Fingerprint = tuple[int, int]


class Watcher:
    """Finds files that are complete and takes them in, some at once."""

    def __init__(self, files: FileIngestor, settings: IngestionSettings) -> None:
        self._files = files
        self._settings = settings
        self._settling = Settling()
        self._ready: asyncio.Queue[Path] = asyncio.Queue()
        self._taken: set[Path] = set()
        self._told: set[Path] = set()
        self._failures: dict[Path, int] = {}
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
        self._ready.put_nowait(path)
        self._files.batches.metrics.waiting.set(self._ready.qsize())

    async def _rescan(self) -> None:
        """Scan all folders now and then: events get lost, and those before the start were never sent."""
        while True:
            for path in await asyncio.to_thread(lambda: list(orphans(self._files.folders))):
                self._take(path)
            for path in await asyncio.to_thread(lambda: list(arrived_files(self._files.folders))):
                if path not in self._taken:
                    self._settling.add(path)
            for path in await asyncio.to_thread(lambda: set(folders_too_deep(self._files.folders))) - self._told:
                self._told.add(path)
                log.warning("Folder is not looked into, put its files one level up", folder=path.name)
            await asyncio.sleep(self._settings.rescan_seconds.total_seconds())

    async def _settle(self) -> None:
        while True:
            for path in self._settling.look():
                self._take(path)
            await asyncio.sleep(self._settings.settle_seconds.total_seconds())

    async def _work(self) -> None:
        while True:
            path = await self._ready.get()
            self._files.batches.metrics.waiting.set(self._ready.qsize())
            try:
                await ingest_file(self._files, path)
                self._failures.pop(path, None)
            except FileFailedError as failed:
                await self._failed(failed)
            except Exception:  # one file must not keep the others from being read
                log.exception("File cannot be claimed", name=path.name)
            finally:
                self._taken.discard(path)

    async def _failed(self, failed: FileFailedError) -> None:
        """Count the failures of a file, which the next scan tries again; refuse it when it has failed too often."""
        path = failed.path
        failures = self._failures[path] = self._failures.get(path, 0) + 1
        log.error("File cannot be taken in", name=path.name, failures=failures, exc_info=failed)
        if failures >= MAX_FAILURES:
            try:
                await give_up(self._files, failed)
                del self._failures[path]
            except Exception:
                log.exception("File cannot be put aside either", name=path.name)

    def _start_observer(self, loop: asyncio.AbstractEventLoop) -> BaseObserver:
        handler = _Hints(self, loop)
        if self._settings.watch is Watch.INOTIFY:
            try:
                return _started(Observer(), handler, self._files.folders.incoming)
            except OSError as error:
                # The system's limit of watches is reached, or the mount has none.
                log.warning("Files cannot be watched by inotify, polling instead", error=str(error))
        timeout = self._settings.settle_seconds.total_seconds()
        return _started(PollingObserver(timeout=timeout), handler, self._files.folders.incoming)


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


def is_half_written(name: str) -> bool:
    """Return whether a name says that somebody is still writing.

    >>> is_half_written("rows.csv.part"), is_half_written(".rows.csv"), is_half_written("rows.csv")
    (True, True, False)
    """
    return name.startswith(".") or name.lower().endswith(_HALF_WRITTEN)


def arrived_files(folders: Folders) -> Iterator[Path]:
    """Find what lies where files arrive, oldest first; what is being written by its name is left out."""
    found = [
        path
        for pattern in ("*", "*/*")
        for path in folders.incoming.glob(pattern)
        if not is_half_written(path.name) and (path.is_symlink() or not path.is_dir())
    ]
    yield from sorted(found, key=_age)


def folders_too_deep(folders: Folders) -> Iterator[Path]:
    """Find folders within those of the use cases: nothing in them is read."""
    yield from (path for path in folders.incoming.glob("*/*") if path.is_dir() and not path.is_symlink())


def waits_for_schedule(catalog: Catalog, folders: Folders, path: Path) -> bool:
    """Return whether a file is for a use case that is predicted when a schedule says so."""
    use_case = catalog.get(folders.use_case_of(path) or "")
    return use_case is not None and use_case.mode is Mode.SCHEDULED


@dataclass(slots=True)
class Settling:
    """Files nobody said were complete: each is taken to be once it stays as it is between two looks."""

    _seen: dict[Path, Fingerprint | None] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """Add a file to look at from now on."""
        self._seen.setdefault(path, None)

    @property
    def holds_any(self) -> bool:
        """Whether there is a file left to look at."""
        return bool(self._seen)

    def forget(self, path: Path) -> None:
        """Remove a file that need not be looked at any more."""
        self._seen.pop(path, None)

    def look(self) -> list[Path]:
        """Return those that did not change since the last call."""
        settled = []
        for path, before in list(self._seen.items()):
            now = fingerprint(path)
            if now is None:
                del self._seen[path]
            elif now == before:
                del self._seen[path]
                settled.append(path)
            else:
                self._seen[path] = now
        return settled


def fingerprint(path: Path) -> Fingerprint | None:
    """Return size and time of the last change; None if there is no such file."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _age(path: Path) -> int:
    found = fingerprint(path)
    return 0 if found is None else found[1]
