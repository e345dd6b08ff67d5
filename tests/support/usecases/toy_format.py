"""A toy format as somebody would add it: a row a line, its cells as `name=value&name=value`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl, urlencode

import pyarrow as pa
import pytest

from usecases.formats import registry
from usecases.formats.chunks import Cutter, TableChunk, require_text
from usecases.formats.format import Columns, Format, Opener


def _read(opened: Opener, columns: Columns, chunk_rows: int) -> Iterator[TableChunk]:
    with opened() as file:
        rows = [dict(parse_qsl(line, keep_blank_values=True)) for line in file.read().decode().splitlines()]
    places = {name: renamed for name, renamed in zip(rows[0], columns.rename([*rows[0]]), strict=True) if renamed}
    table = pa.RecordBatch.from_pydict(
        {renamed: pa.array([row.get(name, "") for row in rows], pa.string()) for name, renamed in places.items()}
    )
    cutter = Cutter(table.schema, chunk_rows)
    cutter.add(table)
    yield from cutter.rest()


TOY = Format(
    name="Toy",
    description="a row a line, as the query of an address",
    endings=(".toy",),
    media_type="application/x-www-form-urlencoded",
    check=require_text,
    read=_read,
    has_types=False,
)


def toy_file(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Write rows in the toy format."""
    return "".join(urlencode(row) + "\n" for row in rows).encode()


def add_toy_format(patch: pytest.MonkeyPatch) -> None:
    """Add the line to the registry that a new format takes."""
    patch.setattr(registry, "FORMATS", (*registry.FORMATS, TOY))
