"""Pulling observations: some days at a time become a file, are taken in, and are noted, so that the next pull goes on there."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import structlog

from ingestion.batches.ingest import retry_database
from ingestion.files.ingest import FileIngestor, ingest_file
from ingestion.files.outcomes import FileIngested, FileKnown, FileRefused
from ingestion.schedules.run import with_file_ingestor
from ingestion.settings import IngestionSettings
from ingestion.sources.answers import Days, days_between, parameters_for, read_page
from ingestion.sources.asking import Interface, SourceError
from sql.observations.pulls import PulledDays, note_pulled, pulled_days
from usecases.contract.source import SourceOptions
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of

MOST_PAGES = 1_000
"""Pages of one request; an interface that names more leads in a circle."""

MOST_ROWS = 1_000_000
"""Observations of one request; days with more have to be asked for in smaller runs."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class PullReport:
    """What a pull did.

    Attributes
    ----------
    asked, unchanged
        Runs of days that were asked for, and those of them that told what they told before.
    rows, observed, bad
        Observations that were told anew, those of them that are stored, and those in quarantine.
    batches
        Ids under which they can be followed.
    """

    use_case: str
    asked: int = 0
    unchanged: int = 0
    rows: int = 0
    observed: int = 0
    bad: int = 0
    batches: list[str] = field(default_factory=list)


def key_variable(use_case: str) -> str:
    """Return the environment variable that has the key of a use case's interface."""
    return f"SMARTPREDICT_SOURCE_KEY_{use_case.upper()}"


def pull(
    use_case: str, settings: IngestionSettings | None = None, start: date | None = None, end: date | None = None
) -> PullReport:
    """Pull the observations of a use case, and wait until they are stored.

    Parameters
    ----------
    use_case
        Its name.
    settings
        From the environment, if not given.
    start, end
        First and last day; those that were not pulled yet, or may have changed since, if not given.

    Raises
    ------
    ingestion.sources.asking.SourceError
        If the interface does not tell them, or tells something else; what was pulled until then counts.
    ingestion.schedules.run.ServersAwayError
        If the database or the broker stays away.
    usecases.contract.catalog.UnknownUseCaseError
        If no such use case is registered.
    """

    async def work(files: FileIngestor) -> PullReport:
        found = files.batches.catalog[use_case]
        if found.source is None:
            raise SourceError(f"{use_case} says nothing under source: write there where observations are pulled from")
        return await _Pull(files, found, found.source).between(start, end)

    settings = settings or IngestionSettings()
    # Workers take nothing of a pull, which may go on for long without a row: that they do not says nothing.
    patient = settings.model_copy(update={"commit_seconds": timedelta.max})
    return asyncio.run(with_file_ingestor(patient, work))


def pull_all(settings: IngestionSettings | None = None) -> dict[str, Any]:
    """Pull for every use case that has a source; one that fails keeps no other from being pulled.

    Raises
    ------
    SourceError
        At the end, naming those that failed.
    """
    settings = settings or IngestionSettings()

    async def names(files: FileIngestor) -> list[str]:
        return [use_case.name for use_case in files.batches.catalog.values() if use_case.source is not None]

    done: dict[str, Any] = {}
    failed: list[str] = []
    for name in asyncio.run(with_file_ingestor(settings, names)):
        try:
            report = pull(name, settings)
        except SourceError as error:
            failed.append(f"{name}: {error}")
        else:
            done[name] = {"asked": report.asked, "rows": report.rows, "observed": report.observed, "bad": report.bad}
    if failed:
        raise SourceError("; ".join(failed))
    return done


class _Pull:
    """One pull of one use case."""

    def __init__(self, files: FileIngestor, use_case: UseCase, options: SourceOptions) -> None:
        self._files = files
        self._use_case = use_case
        self._options = options
        self._time_zone = options_of(use_case).time_zone
        self._report = PullReport(use_case.name)

    async def between(self, start: date | None, end: date | None) -> PullReport:
        """Pull the days from one to another, those that are settled left out."""
        today = datetime.now(ZoneInfo(self._time_zone)).date()
        last = min(end or today, today)
        first = start or self._options.since or today - timedelta(days=self._options.overlap)
        known = await retry_database(pulled_days, self._files.batches.engine, self._use_case.name)
        async with httpx.AsyncClient() as client:
            key = os.environ.get(key_variable(self._use_case.name))
            if self._options.key_header and not key:
                raise SourceError(
                    f"set {key_variable(self._use_case.name)}: the interface wants a key (source.key_header)"
                )
            interface = Interface(client, self._options, key)
            for days in days_between(first, last, self._options.days):
                before = known.get(days.start)
                if before is None or not self._is_settled(days, before):
                    await self._pull_days(interface, days, before)
        return self._report

    def _is_settled(self, days: Days, before: PulledDays) -> bool:
        """Return whether days were pulled so long after their end that nothing of them changes any more."""
        _, end = days.moments(self._time_zone)
        return before.end == days.end and before.pulled_at >= end + timedelta(days=self._options.overlap)

    async def _pull_days(self, interface: Interface, days: Days, before: PulledDays | None) -> None:
        asked_at = datetime.now(UTC)
        rows = await self._rows(interface, days)
        content = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        digest = hashlib.sha256(content).hexdigest()
        self._report.asked += 1
        if before is not None and before.digest == digest:
            self._report.unchanged += 1
        elif rows:
            await self._take_in(f"pulled-{days.start}.jsonl", content, days)
        # Noted once it is stored: cut off before, the same days are asked again, and are the same batch.
        noted = PulledDays(days.start, days.end, asked_at, len(rows), digest)
        await retry_database(note_pulled, self._files.batches.engine, self._use_case.name, noted)

    async def _rows(self, interface: Interface, days: Days) -> list[dict[str, Any]]:
        parameters = parameters_for(self._options, days, self._time_zone)
        rows: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            page = await interface.ask(parameters, partial(read_page, self._use_case, self._options))
            rows += page.rows
            if len(rows) > MOST_ROWS:
                raise SourceError(
                    f"{days.start} has more than {MOST_ROWS:,} observations; ask for fewer days at once (source.days)"
                )
            if page.next_token is None or self._options.next_page is None:
                return rows
            parameters = parameters | {self._options.next_page.parameter: page.next_token}
        raise SourceError(
            f"{self._options.url} names more than {MOST_PAGES:,} pages for {days.start}; see source.next_page"
        )

    async def _take_in(self, name: str, content: bytes, days: Days) -> None:
        with tempfile.TemporaryDirectory(prefix="smartpredict-pull-") as folder:
            path = Path(folder) / name
            await asyncio.to_thread(path.write_bytes, content)
            outcome = await ingest_file(self._files, path, self._use_case.name)
        if isinstance(outcome, FileRefused):
            raise SourceError(f"what was pulled for {days.start} was refused: {outcome.batch.problem}")
        if not isinstance(outcome, FileIngested | FileKnown):
            raise SourceError(f"what was pulled for {days.start} could not be taken in; see the log")
        batch = outcome.batch
        self._report.rows += batch.rows_in
        self._report.observed += batch.observed
        self._report.bad += batch.quarantined
        self._report.batches.append(str(batch.batch_id))
