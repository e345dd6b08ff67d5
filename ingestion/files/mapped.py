"""Files that people said how to read: looked at in their encoding, and read by the mapping for their header."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from ingestion.batches.ingest import retry_database
from ingestion.files.claims import Claim
from sql.registry.mappings import list_mappings
from usecases.contract.spec import UseCase
from usecases.formats.chunks import Chunk
from usecases.formats.encoded import Encoding, encoding_of, format_in
from usecases.formats.reading import Preflight, UnknownFormatError, preflight
from usecases.mappings.mapping import FileMapping
from usecases.mappings.reading import mapping_of, read_mapped

Mappings = Sequence[Mapping[str, Any]]
"""Mappings as a batch keeps them."""


def chunks_by_mappings(claimed: Claim, use_case: UseCase, rows: int, mappings: Mappings) -> Iterator[Chunk]:
    """Read a file chunk by chunk, by the mapping for its header if there is one among these."""
    accepted = [FileMapping.model_validate(one) for one in mappings]
    return read_mapped(use_case, claimed.path, claimed.name, rows, accepted)


async def look_by_mappings(engine: Engine, claimed: Claim, looked: Preflight) -> Preflight:
    """Look once more at a file that cannot be read as it is.

    Parameters
    ----------
    engine
        The database.
    claimed, looked
        The file, and what was found.

    Returns
    -------
    Preflight
        What is found in the encoding of the mapping for its header; where there is none, but the file has another
        encoding, the problem says so.
    """
    # Withdrawn ones as well: which of them counts is for the batch to say, and this only whether there is a file to read.
    kept = await retry_database(list_mappings, engine, claimed.use_case)
    return await asyncio.to_thread(_look, claimed, looked, [one.mapping for one in kept])


def _look(claimed: Claim, looked: Preflight, mappings: Sequence[FileMapping]) -> Preflight:
    try:
        mapping = mapping_of(claimed.path, claimed.name, mappings)
        encoding = encoding_of(claimed.path, claimed.name) if mapping is None else mapping.encoding
    except UnknownFormatError:
        return looked
    if mapping is not None and mapping.encoding is not Encoding.UTF_8:
        with claimed.path.open("rb", buffering=0) as file:
            return preflight(file, format_in(claimed.name, mapping.encoding))
    if encoding in {None, Encoding.UTF_8}:
        return looked
    return replace(
        looked,
        problem=f"{looked.problem}. It seems to be written in {encoding.label}: save it as UTF-8, or say on the page, under "
        "Predict, or with POST /mappings, that files with this header are read so",
    )
