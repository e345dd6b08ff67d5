"""A folder, or a bucket of an object store: a file that is written is there whole or not at all, in both."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

import fsspec
import pyarrow as pa

from usecases.formats.format import Opener
from usecases.stores import STORES

_BLOCK: Final = 1 << 20
_PARTIAL: Final = ".tmp"


class StoreError(Exception):
    """Something could not be read or written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Target:
    """A folder, or what a bucket holds below a prefix; paths in it are relative."""

    url: str
    files: Any
    """The file system, as fsspec has it."""
    root: str

    @classmethod
    def at(cls, url: str) -> Target:
        """Open a target.

        Parameters
        ----------
        url
            A whole path, `file:///...`, `s3://bucket/prefix` or `gs://bucket/prefix`. Credentials come from where the
            store's own programs take them: the environment, a file, the machine.

        Raises
        ------
        StoreError
            If it is none of these.
        """
        url = Path(url).as_uri() if Path(url).is_absolute() else url
        parts = urlsplit(url)
        if parts.scheme not in {"file", *STORES}:
            raise StoreError(
                "give a whole path, such as /srv/exports, or a URL such as s3://bucket/prefix or gs://bucket/prefix; "
                "see docs/exports.md"
            )
        if "@" in parts.netloc:
            raise StoreError("leave credentials out of the address of a store: they are read from the environment")
        if parts.scheme != "file" and not parts.netloc:
            raise StoreError(f"{url} names no bucket; write it as {parts.scheme}://bucket/prefix")
        with _explained(url):
            # None that was opened before: it would go on with the credentials and the server of that time.
            files, root = fsspec.core.url_to_fs(url, skip_instance_cache=True, use_listings_cache=False)
        return cls(url.rstrip("/"), files, str(root).rstrip("/"))

    @property
    def place(self) -> str:
        """The target as a person writes it: a path, or the URL of a bucket."""
        return self.root if self._is_folder else self.url

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; nothing where there is none."""
        with _explained(self.url):
            try:
                return cast("bytes", self.files.cat_file(self._place(path)))
            except FileNotFoundError:
                return None

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Open a file to be read, in any order, while the block runs."""
        with _explained(f"{self.url}/{path}"):
            found = self.files.open(self._place(path), "rb")
        with found as file:
            yield file

    def write(self, path: str, content: bytes) -> None:
        """Write a file, in place of one that is there."""
        with self.writing(path) as file:
            file.write(content)

    @contextlib.contextmanager
    def writing(self, path: str, writer: str = "") -> Iterator[BinaryIO]:
        """Write a file while the block runs; it is there once the block has ended, and not where the block fails.

        It is written on this machine first. A file that is opened at a store is put there by being closed, also by an error;
        and a slow network would hold the transaction open that the rows are read in.

        Parameters
        ----------
        path
            The file.
        writer
            What tells this writer from others that may write the same file at the same moment.
        """
        place = self._place(path)
        try:
            with self._in_folder(place, writer) if self._is_folder else self._spooled(place) as file:
                yield file
        except OSError as error:
            raise StoreError(f"{self.url} cannot be written: {error}. Mend that, then try again") from error

    @contextlib.contextmanager
    def _in_folder(self, place: str, writer: str) -> Iterator[BinaryIO]:
        folder = Path(place).parent
        folder.mkdir(parents=True, exist_ok=True)
        # One name for all tries of a writer, so that what a killed process left is overwritten.
        partial = folder / f".{Path(place).name}{writer}{_PARTIAL}"
        try:
            with partial.open("w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _spooled(self, place: str) -> Iterator[BinaryIO]:
        with tempfile.NamedTemporaryFile(prefix="smartpredict-export-") as spool:
            yield cast("BinaryIO", spool)
            spool.flush()
            with _explained(self.url):
                self.files.put_file(spool.name, place)

    def files_below(self) -> list[str]:
        """List the files below the target, at any depth, by their paths in it; nothing where there is none."""
        with _explained(self.url):
            self.files.invalidate_cache()
            found = [str(place) for place in self.files.find(self.root)]
        return sorted(place.removeprefix(self.root).removeprefix("/") for place in found)

    def opener(self, path: str) -> Opener:
        """Return what opens a file for Arrow, at its beginning, as often as a reader asks for."""
        place = self._place(path)
        if self._is_folder:
            return lambda: pa.OSFile(place)
        return lambda: pa.PythonFile(self.files.open(place, "rb"), mode="r")

    def remove_partial(self) -> None:
        """Delete what killed writers left half written in the folder; a bucket holds nothing of the kind."""
        if self._is_folder:
            for left in Path(self.root).glob(f".*{_PARTIAL}"):
                left.unlink(missing_ok=True)

    def _place(self, path: str) -> str:
        return f"{self.root}/{path}" if path else self.root

    @property
    def _is_folder(self) -> bool:
        return self.url.startswith("file:")


def measure(file: BinaryIO) -> Written:
    """Return size and digest of a file that was written, from its beginning."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while block := file.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return Written(size, digest.hexdigest())


@contextlib.contextmanager
def _explained(where: str) -> Iterator[None]:
    """Raise what fails with where it failed, and why in the words of the store."""
    try:
        yield
    except StoreError:
        raise
    except ImportError as error:
        raise StoreError(f"{where}: {error}; install it beside the product, see docs/exports.md") from error
    except Exception as error:  # every store has errors of its own
        raise StoreError(f"{where} cannot be used: {type(error).__name__}: {error}. See docs/exports.md") from error
