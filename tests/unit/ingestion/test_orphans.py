"""Files that a process left behind are found, while others are put away at the same time."""

from __future__ import annotations

import threading
from pathlib import Path

from ingestion.files.claims import Folders
from ingestion.files.orphans import orphans


def test_claims_that_end_meanwhile_are_no_fault(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    kept = folders.processing / "left" / "iris" / "kept.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("a\n")
    is_over = threading.Event()

    def come_and_go() -> None:
        while not is_over.is_set():
            claims = [folders.processing / str(number) for number in range(30)]
            for claim in claims:
                (claim / "iris").mkdir(parents=True)
            for claim in claims:
                (claim / "iris").rmdir()
                claim.rmdir()

    others = threading.Thread(target=come_and_go)
    others.start()
    try:
        for _ in range(300):
            assert list(orphans(folders)) == [kept]
    finally:
        is_over.set()
        others.join()
