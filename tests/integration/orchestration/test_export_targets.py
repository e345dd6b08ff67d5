"""A file is whole at a target or not there, and a target that cannot be used says what to do."""

from __future__ import annotations

import fsspec
import pytest

from tests.support.orchestration.exported import IN_BOTH
from tests.support.orchestration.object_store import ObjectStore
from usecases.stores.target import StoreError, Target


@IN_BOTH
def test_a_file_of_which_half_was_written_is_never_there(target: str) -> None:
    place = Target.at(target)

    def write_half() -> None:
        with place.writing("iris/day=2026-05-01/part-1.parquet") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    files, root = fsspec.core.url_to_fs(target, skip_instance_cache=True)
    assert files.glob(f"{root}/iris/*/*") == []
    assert place.read("iris/day=2026-05-01/part-1.parquet") is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("exports", "a whole path, such as /srv/exports"),
        ("ftp://somewhere/exports", "a whole path, such as /srv/exports"),
        ("s3://key:secret@bucket/exports", "leave credentials out"),
        ("s3:///exports", "names no bucket"),
        ("gs://bucket/exports", "gcsfs"),
        ("file:///dev/null/exports", "cannot be written: .*Not a directory"),
    ],
)
def test_a_target_that_cannot_be_used_says_what_to_do(url: str, told: str) -> None:
    with pytest.raises(StoreError, match=told) as found:
        Target.at(url).write("iris/_progress.json", b"{}")
    assert "secret" not in str(found.value)


def test_a_bucket_that_is_not_there_or_closed_is_said_without_secrets(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store.settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError, match=r"s3://nowhere/at-all cannot be used: .*bucket does not exist") as found:
        Target.at("s3://nowhere/at-all").write("iris/_progress.json", b"{}")
    assert "secret-of-the-test" not in str(found.value)
