"""Requests of the cases: columns of rows as tensors, in JSON or behind it."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from tests.conformance.oip.cases.binary import encode_binary
from tests.conformance.oip.cases.case import JSON, Call
from tests.conformance.oip.pumps import NUMBERS, rows

__all__ = ["Tensor", "binary_call", "columns", "infer", "infer_binary", "matrix", "sent", "tensor"]

Tensor = dict[str, Any]
INFER = "/v2/models/{model}/infer"


def tensor(name: str, datatype: str, data: Any, shape: list[int] | None = None, **members: Any) -> Tensor:
    """Write a tensor."""
    return {
        "name": name,
        "shape": [len(data)] if shape is None else shape,
        "datatype": datatype,
        "data": data,
        **members,
    }


def columns(given: pd.DataFrame | None = None, **datatypes: str) -> list[Tensor]:
    """Write the columns of rows as a tensor each, of other datatypes where they are named."""
    given = rows() if given is None else given
    wanted = NUMBERS | datatypes
    return [
        tensor(name, kind, given[name].astype(float if kind.startswith("FP") else int).tolist())
        for name, kind in wanted.items()
    ]


def matrix(given: pd.DataFrame | None = None, *, nested: bool = False) -> Tensor:
    """Write rows as one tensor."""
    values = (rows() if given is None else given).to_numpy(float)
    return tensor("rows", "FP64", (values if nested else values.ravel()).tolist(), [*values.shape])


def sent(inputs: list[Tensor], **members: Any) -> bytes:
    """Write the body of a request; NaN is the bare word that clients write for it."""
    return json.dumps({"inputs": inputs, **members}).encode()


def infer(
    inputs: list[Tensor] | bytes,
    *,
    path: str = INFER,
    headers: dict[str, str] | None = None,
    packing: str = "",
    kind: str = "",
    **members: Any,
) -> Call:
    """Ask for predictions, of tensors or with a body as it is."""
    body = inputs if isinstance(inputs, bytes) else sent(inputs, **members)
    headers = JSON if headers is None else headers
    return Call(method="POST", path=path, content=body, headers=headers, packing=packing, kind=kind)


def infer_binary(inputs: list[Tensor], *, in_json: tuple[str, ...] = (), packing: str = "", **members: Any) -> Call:
    """Ask for predictions of tensors that stand behind the JSON, except for those that are named."""
    described, behind = [], b""
    for one in inputs:
        if one["name"] in in_json:
            described.append(one)
            continue
        content = encode_binary(one["datatype"], one["data"])
        kept = {name: value for name, value in one.items() if name != "data"}
        described.append({**kept, "parameters": {"binary_data_size": len(content)}})
        behind += content
    return binary_call(sent(described, **members), behind, packing=packing)


def binary_call(head: bytes, behind: bytes, *, length: str = "", packing: str = "") -> Call:
    """Send a JSON and what stands behind it."""
    headers = {"content-type": "application/octet-stream"}
    return Call(method="POST", path=INFER, content=head, headers=headers, behind=behind, length=length, packing=packing)
