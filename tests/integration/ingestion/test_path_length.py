"""How many of our files a row passes from a door to the queue: few enough to be read in one sitting."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import uuid4

import orjson

from broker.envelopes.foreign import ForeignMessage
from ingestion.files.ingest import ingest_file
from ingestion.messages.ingest import MessageIngestor
from tests.integration.ingestion.conftest import Doors
from tests.support.ingestion.readings import READING, csv_file

ROOT = Path(__file__).parents[3]
PRODUCT = ("broker", "ingestion", "sql", "usecases")
AFTERWARDS = {"finish_batch", "put_away"}
MOST_OF_A_FILE = 20
MOST_OF_A_MESSAGE = 16


@contextmanager
def files_passed() -> Iterator[set[str]]:
    """Collect the files of ours in which a function is called until the rows are on the queue."""
    passed: set[str] = set()
    is_done = False

    def note(frame: FrameType, event: str, _: Any) -> None:
        nonlocal is_done
        code = frame.f_code
        is_done = is_done or code.co_name in AFTERWARDS
        if event == "call" and code.co_name != "<module>" and not is_done:
            path = Path(code.co_filename)
            if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PRODUCT:
                passed.add(str(path.relative_to(ROOT)))

    # New threads: those that run already would not be looked at.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield passed
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


async def test_a_dropped_file(doors: Doors) -> None:
    # What is made once and kept, such as the check of a use case, is there from the second file on.
    await doors.take_in(csv_file(3), "first.csv")
    path = doors.arrive(csv_file(4), "second.csv")
    with files_passed() as passed:
        await ingest_file(doors.files, path)
    passed.add("ingestion/files/watcher.py")  # what has noticed it
    assert len(passed) <= MOST_OF_A_FILE, sorted(passed)


async def test_a_message(doors: Doors) -> None:
    messages = MessageIngestor(doors.ingestion.batches)

    def message() -> ForeignMessage:
        return ForeignMessage(
            orjson.dumps(READING), "equipment_failure", str(uuid4()), "application/json", {}, None, None
        )

    await messages.ingest([message()])
    with files_passed() as passed:
        await messages.ingest([message()])
    passed.add("broker/transport/gathering.py")  # what has received it
    assert len(passed) <= MOST_OF_A_MESSAGE, sorted(passed)
