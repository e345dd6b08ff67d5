"""Reading rows that a person repaired."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from cli.errors import UserError
from usecases.checking.repaired_file import BATCH_ID, ROW_NUMBER, as_it_came, read_repaired_file
from usecases.contract.arriving import arriving_contract
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError

__all__ = ["read_repaired"]

_MOST_ROWS = 1_000_000


def read_repaired(
    use_case: UseCase, batch_id: UUID, file: Path, came: Mapping[int, Mapping[str, Any]] = MappingProxyType({})
) -> dict[int, dict[str, Any]]:
    """Read repaired rows of a batch by their row numbers: an exported file, in whatever format an office saved it.

    Parameters
    ----------
    use_case, batch_id, file
        Whose rows they are.
    came
        The bad rows as they came, by their numbers, to take back what a spreadsheet has done to values that nobody changed.

    Raises
    ------
    UserError
        If the file cannot be read, or a row does not say which one it is.
    """
    contract = arriving_contract(use_case)
    try:
        found = read_repaired_file(contract, file, file.name, _MOST_ROWS)
    except (TableRefusedError, FileBrokenError, OSError) as error:
        raise UserError(f"{file} cannot be read: {error}") from error
    repaired: dict[int, dict[str, Any]] = {}
    for position, (number, given) in enumerate(zip(found.row_numbers, found.batch_ids, strict=True), start=1):
        if number is None:
            raise UserError(f"{file}: row {position} has no {ROW_NUMBER}; leave it as it was exported")
        if given is not None and given.lower() != str(batch_id):
            raise UserError(f"{file}: row {position} is of another batch, {BATCH_ID} {given}; repair each by itself")
        if number in repaired:
            raise UserError(f"{file}: {ROW_NUMBER} {number} stands there several times; leave one of them")
        is_good = position in found.good
        repaired[number] = (
            as_it_came(contract, found.good[position], came.get(number, {})) if is_good else found.given[position]
        )
    return repaired
