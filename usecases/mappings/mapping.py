"""A mapping: what the columns of a file are called by a use case, and how its texts and numbers are written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from usecases.columns.notations import Notation, misfit_of
from usecases.columns.patterns import HEADER_NAME
from usecases.contract.row_layout import TableRefusedError, is_nameless, require_columns
from usecases.contract.spec import UseCase
from usecases.formats.encoded import Encoding
from usecases.formats.limits import MAX_COLUMNS

MAP_IT = (
    "If only its names differ, say on the page, under Predict, which column is which, or with POST /mappings: every file "
    "with this header is read so from then on"
)
"""What whoever handed in a file can do about columns that are not those of the use case."""


HeaderName = Annotated[str, Field(min_length=1, max_length=1_000, pattern=HEADER_NAME)]
"""Name of a column as a file has it, without the spaces around it."""

Columns = Annotated[dict[HeaderName, str | None], Field(min_length=1, max_length=MAX_COLUMNS)]
"""What columns of a file are called by a use case; None for one that is read over."""


class FileMapping(BaseModel):
    """How files with one header are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: Columns
    encoding: Encoding = Encoding.UTF_8
    notations: dict[str, Notation] = Field(default_factory=dict)

    @property
    def header(self) -> str:
        """Digest of the names in the file, whatever their order."""
        return header_digest(list(self.columns))

    def names(self, use_case: UseCase, found: Sequence[str]) -> list[str | None]:
        """Return the use case's own names of the columns of a file, by their places; None for one that is read over.

        Raises
        ------
        TableRefusedError
            If required columns are missing, or columns are named that the use case does not have.
        """
        names = [self.columns.get(name.strip()) for name in found]
        require_columns(use_case, [name for name in names if name is not None])
        return names

    def require_usable(self, use_case: UseCase) -> None:
        """Check that rows of a use case can be read by it.

        Raises
        ------
        TableRefusedError
            If required columns are missing, columns are unknown or named twice, one with a notation holds nothing that has it, or
            one has no name by which it is found again.
        """
        if nameless := [name for name in self.columns if is_nameless(name)]:
            raise TableRefusedError(f"{nameless[0][:60]!r} names no column; leave it out, for it is ignored anyway")
        self.names(use_case, list(self.columns))
        misfit = misfit_of(self.notations, use_case.features)
        if misfit is not None:
            raise TableRefusedError(misfit)


def agreed_notations(mappings: Iterable[FileMapping]) -> dict[str, Notation]:
    """Return the notations of columns in which all files that have a column are written.

    >>> comma, none = {"speed": Notation.DECIMAL_COMMA}, {}
    >>> made = [FileMapping(columns={"a": "speed"}, notations=notations) for notations in (comma, comma, none)]
    >>> agreed_notations(made[:2]), agreed_notations(made)
    ({'speed': <Notation.DECIMAL_COMMA: 'decimal_comma'>}, {})
    """
    found: dict[str, set[Notation | None]] = {}
    for mapping in mappings:
        for name in filter(None, mapping.columns.values()):
            found.setdefault(name, set()).add(mapping.notations.get(name))
    return {name: said for name, (said, *others) in found.items() if said is not None and not others}


def header_digest(names: Sequence[str]) -> str:
    """Return the digest of the names of columns, whatever their order; columns without a name count for nothing.

    >>> header_digest(["b ", "a", ""]) == header_digest(["a", "b"])
    True
    """
    named = sorted({name.strip() for name in names if not is_nameless(name)})
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()
