"""From messages of the protocol to tensors, and back; what is answered has raw contents, for many clients read no others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway_api.door.problems import MalformedBody
from gateway_api.predict.inference_protocol.columns import require_few
from gateway_api.predict.inference_protocol.grpc_service.open_inference_pb2 import (
    InferTensorContents,
    ModelInferRequest,
    ModelInferResponse,
)
from gateway_api.predict.inference_protocol.inferring import IDEMPOTENT, Inference
from gateway_api.predict.inference_protocol.tensors import (
    BOOL,
    BYTES,
    CONTENT_TYPE,
    Tensor,
    raw_of,
    tensor_of_list,
    tensor_of_raw,
    with_plain_texts,
)
from usecases.checking.json_size import most_members
from usecases.contract.spec import UseCase

_FIELDS = {
    BOOL: "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    BYTES: "bytes_contents",
}
"""Where the values of a tensor stand that are not raw; FP16 has no such field."""


def read_inference(use_case: UseCase, request: ModelInferRequest) -> Inference:
    """Read what a request asks for.

    Parameters
    ----------
    use_case
        Who predicts; what its rows may hold bounds what is read of a request.
    request
        The message.

    Raises
    ------
    MalformedBody, TooLarge
        If its tensors cannot be read.
    """
    most = most_members(use_case)
    if len(request.inputs) > most:
        raise MalformedBody(f"The request has {len(request.inputs)} inputs; {use_case.name} takes {most} at most.")
    for tensor in request.inputs:
        require_few(use_case, tensor.name, tensor.shape)
    return Inference(
        inputs=[with_plain_texts(_tensor(*pair), _content_type(pair[0])) for pair in _with_raw(request)],
        outputs=[output.name for output in request.outputs],
        id=request.id or None,
        is_idempotent=_is_idempotent(request),
    )


def write_inference(request: ModelInferRequest, model_version: int, outputs: Iterable[Tensor]) -> ModelInferResponse:
    """Write what was predicted for a request."""
    answer = ModelInferResponse(model_name=request.model_name, model_version=str(model_version), id=request.id)
    for output in outputs:
        answer.outputs.add(name=output.name, datatype=output.datatype, shape=output.shape)
        answer.raw_output_contents.append(raw_of(output))
    return answer


def _with_raw(request: ModelInferRequest) -> list[tuple[ModelInferRequest.InferInputTensor, bytes | None]]:
    """Pair every input with its raw contents, if the request has any."""
    raw = request.raw_input_contents
    if not raw:
        return [(tensor, None) for tensor in request.inputs]
    if len(raw) != len(request.inputs):
        raise MalformedBody(
            f"The request has {len(request.inputs)} inputs and {len(raw)} raw_input_contents. Send one for each input, or none."
        )
    both = [tensor.name for tensor in request.inputs if tensor.HasField("contents")]
    if both:
        raise MalformedBody(f"The input {both[0]!r} has contents beside raw_input_contents. Send one of them.")
    return list(zip(request.inputs, raw, strict=True))


def _tensor(tensor: ModelInferRequest.InferInputTensor, raw: bytes | None) -> Tensor:
    if raw is not None:
        return tensor_of_raw(tensor.name, tensor.datatype, tensor.shape, raw)
    field = _FIELDS.get(tensor.datatype)
    filled = {descriptor.name for descriptor, _ in tensor.contents.ListFields()}
    if filled - {field}:
        wanted = "raw_input_contents" if field is None else field
        raise MalformedBody(
            f"The input {tensor.name!r} is {tensor.datatype[:20]!r} and has {', '.join(sorted(filled))}. Send its values as {wanted}."
        )
    return tensor_of_list(tensor.name, tensor.datatype, tensor.shape, _values(tensor.contents, field))


def _content_type(tensor: ModelInferRequest.InferInputTensor) -> str:
    return tensor.parameters[CONTENT_TYPE].string_param if CONTENT_TYPE in tensor.parameters else ""


def _values(contents: InferTensorContents, field: str | None) -> list[Any]:
    return [] if field is None else list(getattr(contents, field))


def _is_idempotent(request: ModelInferRequest) -> bool:
    if IDEMPOTENT not in request.parameters:
        return False
    parameter = request.parameters[IDEMPOTENT]
    if parameter.WhichOneof("parameter_choice") != "bool_param":
        raise MalformedBody(f"The parameter `{IDEMPOTENT}` is a bool_param, true or false.")
    return parameter.bool_param
