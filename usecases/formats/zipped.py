"""ZIP around one table: unpacked as it is read."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence

import pyarrow as pa

from usecases.formats.chunks import EMPTY, Chunk, FileBrokenError
from usecases.formats.format import Columns, Format, Opener
from usecases.formats.limits import BLOCK_BYTES, EXAMPLES, UNPACKED_BYTES, UNPACKED_TIMES

_BEGIN, _END = b"PK\x03\x04", b"PK\x05\x06"
_MOST_COMMENT = 65_535 + 22
"""Bytes from where the end of an archive begins: it may have a comment."""

_LOOKED_AT = 1_024

DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What is raised where an archive is damaged, encrypted or packed in a way it does not know."""


def zipped(tables: Sequence[Format]) -> Format:
    """Return the format of archives that hold one file in one of some formats."""

    def read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[Chunk]:
        with opened() as file, _archive(file) as archive:
            member, plain = _only_table(archive, tables)
            try:
                plain.check(_unpacked(archive, member))
            except DAMAGES as error:
                raise FileBrokenError(f"the archive is damaged ({error}); pack the file again") from error
            yield from plain.read(lambda: pa.PythonFile(archive.open(member), mode="r"), columns, chunk_rows)

    return Format(
        name="ZIP",
        description=f"an archive of one file: {', '.join(table.name for table in tables)}",
        endings=(".zip",),
        media_type="application/zip",
        other_media_types=frozenset({"application/x-zip-compressed"}),
        check=lambda blocks: require_archive(blocks, "the file is no ZIP archive although its name says so"),
        read=read,
        has_types=False,
        may_be_packed=False,
    )


def require_archive(blocks: Iterator[bytes], otherwise: str) -> None:
    """Check that a file begins and ends as an archive does.

    Raises
    ------
    FileBrokenError
        If not; with these words where it never was one.
    """
    first = last = b""
    for block in blocks:
        first = first or block[: len(_BEGIN)]
        last = (last + block)[-_MOST_COMMENT:]
    if not first:
        raise FileBrokenError(EMPTY)
    if first == _END:
        raise FileBrokenError("the archive holds nothing; pack one file with a table")
    if first != _BEGIN:
        raise FileBrokenError(otherwise)
    if _END not in last:
        raise FileBrokenError("the file ends too early; it was cut off, send it again")


def _archive(file: pa.NativeFile) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except DAMAGES as error:
        raise FileBrokenError(f"the archive is damaged ({error}); pack the file again") from error


def _only_table(archive: zipfile.ZipFile, tables: Sequence[Format]) -> tuple[zipfile.ZipInfo, Format]:
    """Return the file that an archive holds, beside what systems put in by themselves."""
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
        and not member.filename.rpartition("/")[2].startswith(".")
    ]  # fmt: skip
    if len(members) != 1:
        names = ", ".join(repr(member.filename) for member in members[:EXAMPLES]) or "nothing"
        raise FileBrokenError(f"the archive holds {names}; pack one file with a table")
    [member] = members
    if member.flag_bits & 1:
        raise FileBrokenError("the archive is encrypted; pack the file without a password")
    ending = member.filename.lower() if "." in member.filename.rpartition("/")[2] else _ending(archive, member)
    plain = next((known for known in tables if ending.endswith(known.endings)), None)
    if plain is None:
        readable = ", ".join(ending for known in tables for ending in known.endings)
        raise FileBrokenError(
            f"the archive holds {member.filename!r}; pack one of {readable}, or send that file itself"
        )
    return member, plain


def _ending(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """Return the ending that a file without one might have: pandas packs `rows` into a `rows.zip`."""
    try:
        with archive.open(member) as file:
            return ".json" if file.read(_LOOKED_AT).lstrip()[:1] in {b"[", b"{"} else ".csv"
    except DAMAGES as error:
        raise FileBrokenError(f"the archive is damaged ({error}); pack the file again") from error


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack a file a bounded piece at a time: a small one may unpack to a huge one."""
    unpacked = 0
    with archive.open(member) as file:
        while block := file.read(BLOCK_BYTES):
            unpacked += len(block)
            if unpacked > max(UNPACKED_BYTES, UNPACKED_TIMES * member.compress_size):
                raise FileBrokenError(
                    f"the archive unpacks to more than {unpacked // 1024**3} GB, over {UNPACKED_TIMES} times its size; "
                    "pack fewer rows into a file"
                )
            yield block
