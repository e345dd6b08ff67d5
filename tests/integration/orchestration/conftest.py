"""Where exports go: to a folder, or to a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.orchestration.object_store import BUCKET, ObjectStore, object_store


@pytest.fixture(scope="session")
def store() -> Iterator[ObjectStore]:
    with object_store() as store:
        yield store


@pytest.fixture
def target(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place of its own for a test: a folder, or in a bucket where the test asks for both."""
    if getattr(request, "param", "folder") == "folder":
        return str(tmp_path / "exports")
    found: ObjectStore = request.getfixturevalue("store")
    for name, value in found.settings.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid4().hex}"
