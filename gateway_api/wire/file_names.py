"""Names of uploaded files: harmless, and telling the format; pure."""

from __future__ import annotations

import re
import unicodedata

from gateway_api.door.problems import InvalidParameters, UnsupportedMediaType
from usecases.formats.reading import endings

MAX_NAME_BYTES = 200
"""File systems take 255; ingestion puts something before or after it."""

_STRANGE = re.compile(r"[^\w .()+=@,-]")


def safe_file_name(given: str | None) -> str:
    r"""Make a name that is one component of a path, shown to nobody as hidden, and in a format that is read.

    Raises
    ------
    InvalidParameters
        If there is no name, or it is too long.
    UnsupportedMediaType
        If its ending is that of no known format.

    Examples
    --------
    >>> safe_file_name(r"C:\data\..\plant 1;rm -rf.CSV")
    'plant 1_rm -rf.CSV'
    """
    if not given:
        raise InvalidParameters(
            "The file needs a name: add ?name=machines.csv, or send it as a form with a file field."
        )
    base = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    name = _STRANGE.sub("_", base).strip(". ")
    if not name.lower().endswith(endings()):
        raise UnsupportedMediaType(f"The name {name[:80]!r} ends in no known format; known are {', '.join(endings())}.")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidParameters(f"The name of the file is longer than {MAX_NAME_BYTES} bytes.")
    return name
