"""Hands an upload over to ingestion: its batch becomes known, its file appears whole in the folder that is watched."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from broker.ids import batch_id_of_file
from broker.messages import Source
from gateway_api.door.problems import NameTaken
from gateway_api.wire.uploads import StoredUpload
from sql.ledger.batches import Batch, BatchState, announce_batch
from usecases.contract.spec import UseCase

WAIT_SECONDS = 3.0
"""How long to wait for an earlier file of the same name; ingestion takes one away within a fraction of a second."""

_LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ArrivingFile:
    """What a file is, beside its bytes."""

    use_case: UseCase
    source: Source
    name: str

    def announce(self, connection: Engine | Connection, digest: str) -> Batch:
        """Write the batch of the file to the ledger: it is followed from its first moment, and keeps its source."""
        return announce_batch(
            connection,
            batch_id=batch_id_of_file(self.use_case.name, digest, self.name),
            use_case=self.use_case.name,
            source=self.source,
            name=self.name,
            schema_hash=self.use_case.schema_hash,
        )


def hand_over(engine: Engine, incoming: Path, arriving: ArrivingFile, stored: StoredUpload) -> Batch:
    """Announce the batch, then place its file.

    Raises
    ------
    NameTaken
        If another file of that name is waiting and does not go away.
    """
    batch = arriving.announce(engine, stored.digest)
    if batch.state is BatchState.RECEIVED:
        # Also where it was announced before: the gateway may have died between the two steps.
        place(stored, incoming / arriving.use_case.name / arriving.name)
    return batch


def place(upload: StoredUpload, target: Path) -> None:
    """Move the file to its name, at once and whole, never in place of another.

    Raises
    ------
    NameTaken
        If another file of that name is waiting and does not go away.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            _move(upload.path, target)
        except FileExistsError:
            if _is_same(upload, target):
                return
            if time.monotonic() > give_up:
                raise NameTaken(
                    f"{target.name} is waiting to be read. Try again in a moment, or rename yours."
                ) from None
            time.sleep(_LOOK_AGAIN_SECONDS)
        else:
            _sync_folder(target.parent)
            _signal_complete(target)
            return


def _move(path: Path, target: Path) -> None:
    """Move a file where there is none of that name; a rename alone would replace the one that waits there."""
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EMLINK}:
            raise
        # Some network mounts have no links. Between look and rename another gateway could come first, and its upload
        # would be told apart by nothing; there it takes one gateway to be safe.
        if target.exists():
            raise FileExistsError(target) from None
        path.rename(target)
    else:
        path.unlink()


def _is_same(upload: StoredUpload, target: Path) -> bool:
    with contextlib.suppress(FileNotFoundError), target.open("rb") as file:
        if os.fstat(file.fileno()).st_size == upload.size:
            return hashlib.file_digest(file, "sha256").hexdigest() == upload.digest
    return False


def _signal_complete(path: Path) -> None:
    """Open and close the file for writing: a watcher takes that for the end of writing, a new link for a beginning."""
    with contextlib.suppress(FileNotFoundError):  # taken already
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the new name survives a power cut as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
