"""Files that were being worked on by a process that has ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from glob import glob
from pathlib import Path

from ingestion.files.claims import Claim, Folders, claim_orphan, remove_folder, set_apart

_STALE_SECONDS = 60.0
"""Age past which an empty folder of a claim is left over, not just being made."""


def orphans(folders: Folders) -> Iterator[Path]:
    """Find the files that were being worked on by a process that has ended, or still are by another one."""
    # Claims end while they are looked through: `glob` goes past a folder that is gone, where `Path.glob` raises.
    for name in sorted(glob("*/*/*", root_dir=folders.processing, include_hidden=True)):  # noqa: PTH207  # see above
        path = folders.processing / name
        if not path.name.startswith("."):
            yield path
    for name in glob("*", root_dir=folders.processing, include_hidden=True):  # noqa: PTH207  # same
        folder = folders.processing / name
        with contextlib.suppress(OSError):  # not empty, or gone by now
            if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
                remove_folder(folder)


def resume(folders: Folders, path: Path) -> Claim | None:
    """Claim a file that somebody left, out of the folder that it may share with others; None if it is worked on."""
    claimed = claim_orphan(folders, path)
    if claimed is None or len(glob("*/*", root_dir=claimed.folder, include_hidden=True)) == 1:  # noqa: PTH207  # as above
        return claimed
    try:
        # All that were read when the process ended are suspects, each until it is tried by itself.
        return set_apart(folders, claimed, claimed.tries)
    except BaseException:
        with claimed:
            raise
