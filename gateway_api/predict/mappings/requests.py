"""Mappings as callers send them."""

from __future__ import annotations

from pydantic import Field

from gateway_api.wire.commands import Command
from gateway_api.wire.parameters import UseCaseName
from usecases.columns.notations import Notation
from usecases.formats.encoded import Encoding
from usecases.mappings.mapping import Columns, FileMapping


class AcceptMapping(Command):
    """How files with a header are read from now on."""

    use_case: UseCaseName
    columns: Columns
    encoding: Encoding = Encoding.UTF_8
    notations: dict[str, Notation] = Field(default_factory=dict)

    @property
    def mapping(self) -> FileMapping:
        """The mapping itself."""
        return FileMapping(columns=self.columns, encoding=self.encoding, notations=self.notations)
