"""What the text formats share: the check that a file is UTF-8 and not empty."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from usecases.formats.chunks import FileBrokenError

EMPTY = "the file is empty; send one with a row of data"
BOM = "\ufeff"


def require_text(blocks: Iterator[bytes]) -> None:
    """Check that all bytes are UTF-8 and that there is more than blanks.

    Raises
    ------
    FileBrokenError
        If not, with the place of the first byte at fault.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    empty = True
    position = 0
    try:
        for block in blocks:
            text = decoder.decode(block)
            empty = empty and not text.strip().strip(BOM)
            position += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileBrokenError(
            f"the text is not UTF-8 (byte {position + error.start}: {error.reason}); save the file as UTF-8"
        ) from error
    if empty:
        raise FileBrokenError(EMPTY)
