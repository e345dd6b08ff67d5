"""From a message to checked rows; what is no part of a known use case is named as such."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from broker.messages import PartBodyError, PartHeader, decode_rows
from usecases.contract.catalog import Catalog, UnknownUseCaseError
from usecases.contract.row_layout import row_schema
from usecases.contract.spec import UseCase


class WrongPartError(Exception):
    """The message is no part that this worker can score; trying again gives the same.

    Attributes
    ----------
    code
        Short name of the fault.
    """

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(cause)
        self.code = code


@dataclass(frozen=True, slots=True)
class DecodedPart:
    """A part of checked rows, held against its use case."""

    use_case: UseCase
    header: PartHeader
    rows: pa.RecordBatch
    row_numbers: np.ndarray[Any, np.dtype[np.int32]]


def decode(catalog: Catalog, headers: Mapping[str, Any], body: bytes) -> DecodedPart:
    """Read a message.

    Raises
    ------
    WrongPartError
        If the headers or the body are not of the contract, the use case is unknown, or the rows were checked against a
        version of it that was never in force.
    """
    try:
        header = PartHeader.from_headers(headers)
        use_case = catalog.in_force.get(header.use_case)
        if use_case is None or use_case.schema_hash != header.schema_hash:
            use_case = catalog.contract(header.use_case, header.schema_hash)
        if use_case is None:
            raise WrongPartError(
                "schema_changed",
                f"the rows were checked against the row contract {header.schema_hash}, which is not known; {header.use_case} "
                f"now has {catalog[header.use_case].schema_hash}. Send the rows again",
            )
        rows, row_numbers = decode_rows(body, row_schema(use_case))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise WrongPartError("wrong_part", f"the headers are not those of a part: {problems}") from error
    except UnknownUseCaseError as error:
        raise WrongPartError("unknown_use_case", str(error)) from error
    except PartBodyError as error:
        raise WrongPartError("wrong_part", str(error)) from error
    if rows.num_rows != header.rows:
        raise WrongPartError("wrong_part", f"the header announces {header.rows} rows, the body has {rows.num_rows}")
    return DecodedPart(use_case, header, rows, row_numbers)
