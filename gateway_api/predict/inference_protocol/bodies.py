"""Bodies of the protocol over HTTP: JSON, and behind it the bytes of the tensors that are sent as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.door.problems import MalformedBody, TooLarge
from gateway_api.predict.inference_protocol.columns import require_few
from gateway_api.predict.inference_protocol.inferring import IDEMPOTENT, Inference
from gateway_api.predict.inference_protocol.tensors import (
    CONTENT_TYPE,
    Tensor,
    list_of,
    raw_of,
    tensor_of_list,
    tensor_of_raw,
    with_plain_texts,
)
from gateway_api.wire.body import loads_once
from usecases.checking.json_size import LARGE_BODY, TooManyValuesError, most_members, require_bounded
from usecases.contract.spec import UseCase


@dataclass(frozen=True, slots=True)
class InferBody:
    """A body that was read.

    Attributes
    ----------
    wanted
        What it asks for.
    is_binary
        Whether outputs are wanted as bytes.
    binary_by_output
        Outputs for which it is said apart.
    """

    wanted: Inference
    is_binary: bool
    binary_by_output: Mapping[str, bool]


def read_infer_body(use_case: UseCase, body: bytes, json_length: int | None) -> InferBody:
    """Read the body of an inference.

    Parameters
    ----------
    use_case
        Who predicts; what its rows may hold bounds what a body may.
    body
        JSON, and behind it the bytes of its tensors in the order in which it names them.
    json_length
        Where the JSON ends; none where there is nothing behind it.

    Raises
    ------
    gateway_api.door.problems.MalformedBody, gateway_api.door.problems.TooLarge
        If it cannot be read.
    """
    length = len(body) if json_length is None else json_length
    if length > len(body):
        raise MalformedBody(f"Inference-Header-Content-Length is {length}, the body has {len(body)} bytes.")
    _require_bounded(use_case, body[:length])
    content = loads_once(body[:length])
    if type(content) is not dict:
        raise MalformedBody("The body is a JSON object with `inputs`.")
    parameters = _member(content, "parameters", dict, otherwise={})
    asked_for = [
        (_member(output, "name", str), _member(output, "parameters", dict, otherwise={}))
        for output in _objects(content, "outputs", otherwise=[])
    ]
    return InferBody(
        wanted=Inference(
            inputs=_inputs(use_case, _objects(content, "inputs"), memoryview(body)[length:]),
            outputs=[name for name, _ in asked_for],
            id=_member(content, "id", str, otherwise=None),
            is_idempotent=_member(parameters, IDEMPOTENT, bool, otherwise=False),
        ),
        is_binary=_member(parameters, "binary_data_output", bool, otherwise=False),
        binary_by_output={
            name: _member(about, "binary_data", bool) for name, about in asked_for if "binary_data" in about
        },
    )


def write_infer_body(head: Mapping[str, Any], outputs: Sequence[Tensor], asked: InferBody) -> tuple[bytes, int | None]:
    """Write the answer to an inference.

    Parameters
    ----------
    head
        What stands before the outputs.
    outputs
        The outputs.
    asked
        The request, which says which of them are wanted as bytes.

    Returns
    -------
    tuple
        The body, and where its JSON ends; none where there is nothing behind it.
    """
    tensors = []
    behind = []
    for output in outputs:
        tensor: dict[str, Any] = {"name": output.name, "datatype": output.datatype, "shape": output.shape}
        if asked.binary_by_output.get(output.name, asked.is_binary):
            raw = raw_of(output)
            behind.append(raw)
            tensor["parameters"] = {"binary_data_size": len(raw)}
        else:
            tensor["data"] = list_of(output)
        tensors.append(tensor)
    content: bytes = orjson.dumps({**head, "outputs": tensors})
    return (b"".join([content, *behind]), len(content)) if behind else (content, None)


def _require_bounded(use_case: UseCase, content: bytes) -> None:
    if len(content) <= LARGE_BODY:
        return
    members = most_members(use_case)
    try:
        # Nested data are a list for each row of each tensor.
        require_bounded(content, MAX_ONLINE_ROWS * members, members)
    except TooManyValuesError:
        raise TooLarge(
            f"The body holds more than {MAX_ONLINE_ROWS} rows of {use_case.name} can. Send more as a file to POST /batches."
        ) from None


def _inputs(use_case: UseCase, listed: Sequence[dict[str, Any]], behind: memoryview) -> list[Tensor]:
    tensors = []
    at = 0
    for one in listed:
        name, datatype, shape = _member(one, "name", str), _member(one, "datatype", str), _member(one, "shape", list)
        require_few(use_case, name, shape)
        parameters = _member(one, "parameters", dict, otherwise={})
        size = _member(parameters, "binary_data_size", int, otherwise=None)
        if size is None:
            tensor = tensor_of_list(name, datatype, shape, _member(one, "data", list))
            tensors.append(with_plain_texts(tensor, parameters.get(CONTENT_TYPE)))
            continue
        if size < 0 or at + size > len(behind):
            raise MalformedBody(
                f"The input {name!r} announces {size} bytes; {len(behind) - at} are left of those behind the JSON, whose "
                "length the header Inference-Header-Content-Length tells."
            )
        tensor = tensor_of_raw(name, datatype, shape, behind[at : at + size])
        tensors.append(with_plain_texts(tensor, parameters.get(CONTENT_TYPE)))
        at += size
    if at != len(behind):
        raise MalformedBody(f"Behind the JSON stand {len(behind)} bytes, of which the inputs announce {at}.")
    return tensors


_REQUIRED: Any = object()


def _objects(content: Mapping[str, Any], name: str, *, otherwise: Any = _REQUIRED) -> list[dict[str, Any]]:
    found: list[Any] = _member(content, name, list, otherwise=otherwise)
    if set(map(type, found)) - {dict}:
        raise MalformedBody(f"`{name}` is a list of objects.")
    return found


def _member(content: Mapping[str, Any], name: str, kind: type, *, otherwise: Any = _REQUIRED) -> Any:
    """Return a member of an object that has the type it needs; null is none at all."""
    found = content.get(name)
    if found is None and otherwise is not _REQUIRED:
        return otherwise
    if type(found) is not kind:
        raise MalformedBody(f"`{name}` has to be {_IN_WORDS[kind]}.")
    return found


_IN_WORDS = {dict: "an object", list: "a list", str: "a text", int: "a whole number", bool: "true or false"}
