"""What schedules call: take in the files that are there now, predict those that waited for it, and end.

Every function takes its settings from the environment (see :class:`ingestion.settings.IngestionSettings`), gives a
summary that can be written as JSON, may be called again at any time, and may run beside itself and the watcher: a
file is taken by one of them, and a file that one of them left half done is finished by the next.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from broker.messages import Source
from ingestion.files.arrivals import waits_for_schedule
from ingestion.files.claims import Folders, NotAFileError, claim_orphan
from ingestion.files.ingest import FileIngestor
from ingestion.files.orphans import orphans
from ingestion.schedules.committing import wait_until_committed
from ingestion.schedules.report import RunReport
from ingestion.schedules.run import complete_files, take_in_all, use_cases_in_force, with_file_ingestor
from ingestion.settings import IngestionSettings
from sql.base.engine import connect_engine
from sql.quality.problems import problems_of_batches
from sql.registry.mappings import mapped_use_cases
from usecases.contract.catalog import Catalog
from usecases.contract.spec import Mode
from usecases.formats.reading import looks_readable

MOST_PROBLEMS = 50
"""Quality problems told of one run; all of them stand in the database."""


def ingest_files(settings: IngestionSettings | None = None) -> dict[str, Any]:
    """Ingest the files that wait now, of every use case that is predicted on arrival.

    Of the other use cases only files are taken that no schedule could predict, so that they are refused soon. One file
    that is bad, or fails, keeps no other from being taken in.

    Returns
    -------
    dict
        ``files``, ``rows``, ``bad_rows``, ``refused`` (files with reasons), ``known`` (files that came before), ``left``
        (files for the next run), ``batches`` and ``quality_problems``.

    Raises
    ------
    ingestion.schedules.run.ServersAwayError
        If the database or the broker stays away; nothing is lost, and the next run goes on.
    """
    settings = settings or IngestionSettings()

    async def work(files: FileIngestor) -> dict[str, Any]:
        mapped = await asyncio.to_thread(mapped_use_cases, files.batches.engine)
        report = await _take_in(
            files,
            settings,
            lambda path: not _is_for_schedule(files.batches.catalog, files.folders, mapped, path),
            scheduled=False,
        )
        return await _summary(files, report)

    return asyncio.run(with_file_ingestor(settings, work))


def find_new_data(settings: IngestionSettings | None = None) -> dict[str, int]:
    """Count the files that :func:`predict_new_data` would predict now, by use case; empty where there are none.

    It looks at the folders and the first rows of each file.

    Raises
    ------
    ingestion.schedules.run.ServersAwayError
        If the database, which knows what is in force, does not answer.
    """
    settings = settings or IngestionSettings()
    engine = connect_engine(settings.database_url.get_secret_value(), "schedule", pool_size=1)
    try:
        catalog, folders = use_cases_in_force(engine), Folders(settings.data.resolve())
        mapped = mapped_use_cases(engine)
    finally:
        engine.dispose()
    folders.make(list(catalog))
    arrived = asyncio.run(
        complete_files(folders, settings, lambda path: _is_for_schedule(catalog, folders, mapped, path))
    )
    left_behind = _orphans(catalog, folders, scheduled=True)
    return dict(
        sorted(
            Counter(
                [*(folders.use_case_of(path) or "" for path in arrived), *map(_use_case_of_orphan, left_behind)]
            ).items()
        )
    )


def predict_new_data(settings: IngestionSettings | None = None) -> dict[str, Any]:
    """Ingest what waits for a schedule and wait until workers have stored every row.

    Also waits for what an earlier run, that was ended on the way, has sent to them.

    Returns
    -------
    dict
        What :func:`ingest_files` gives, and ``predictions``: rows by file and where they are.

    Raises
    ------
    ingestion.schedules.committing.NotCommittedError
        If rows are not stored in time; they are on their way, and calling again waits for them.
    ingestion.schedules.run.ServersAwayError
        If the database or the broker stays away; nothing is lost, and the next run goes on.
    """
    settings = settings or IngestionSettings()

    async def work(files: FileIngestor) -> dict[str, Any]:
        report = await _take_in(
            files, settings, lambda path: waits_for_schedule(files.batches.catalog, files.folders, path), scheduled=True
        )
        committed = await wait_until_committed(files.batches.engine, settings, Source.SCHEDULED, report.batch_ids)
        return await _summary(files, report) | {"predictions": committed}

    return asyncio.run(with_file_ingestor(settings, work))


async def _take_in(
    files: FileIngestor, settings: IngestionSettings, wanted: Callable[[Path], bool], *, scheduled: bool
) -> RunReport:
    """Finish what a run which has ended left half done, and take in the files that are wanted."""
    left_behind = await asyncio.to_thread(_orphans, files.batches.catalog, files.folders, scheduled=scheduled)
    arrived = await complete_files(files.folders, settings, wanted)
    return await take_in_all(files, settings, [*left_behind, *arrived])


async def _summary(files: FileIngestor, report: RunReport) -> dict[str, Any]:
    problems = await asyncio.to_thread(problems_of_batches, files.batches.engine, report.batch_ids)
    return report.summary(problems[:MOST_PROBLEMS])


def _is_for_schedule(catalog: Catalog, folders: Folders, mapped: Collection[str], path: Path) -> bool:
    """Return whether the schedule predicts a file; one that cannot be read is refused at once, unless a mapping may read it."""
    if not waits_for_schedule(catalog, folders, path):
        return False
    name = folders.use_case_of(path) or ""
    return name in mapped or looks_readable(catalog[name], path)


def _orphans(catalog: Catalog, folders: Folders, *, scheduled: bool) -> list[Path]:
    """Find files that a run which has ended left half done, of the use cases with this mode."""
    return [path for path in orphans(folders) if _is_scheduled(catalog, path) is scheduled and _is_free(folders, path)]


def _is_scheduled(catalog: Catalog, orphan: Path) -> bool:
    use_case = catalog.get(_use_case_of_orphan(orphan))
    return use_case is not None and use_case.mode is Mode.SCHEDULED


def _use_case_of_orphan(path: Path) -> str:
    return path.parent.name


def _is_free(folders: Folders, path: Path) -> bool:
    try:
        claimed = claim_orphan(folders, path)
    except NotAFileError:
        return False
    if claimed is None:
        return False
    with claimed:
        return True
