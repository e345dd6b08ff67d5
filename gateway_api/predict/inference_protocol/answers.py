"""What the protocol answers; the reference docs are made of it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from gateway_api.predict.inference_protocol.models import PLATFORM, TensorInfo, inputs_of, outputs_of
from gateway_api.wire.answers import Answer
from usecases.contract.spec import UseCase

SERVER = "smartpredict"
"""What the server calls itself."""

EXTENSIONS = ("binary_tensor_data",)
"""What is understood beyond the protocol itself: tensors as bytes behind the JSON."""


class ServerMetadata(Answer):
    """What serves the models."""

    name: str = Field(description="Name of the server.")
    version: str = Field(description="Version of its API.")
    extensions: list[str] = Field(description="What it understands beyond the protocol.")


class ServerLive(Answer):
    """The process answers."""

    live: bool = Field(description="Always true; no answer means that it does not live.")


class ServerReady(Answer):
    """Rows sent now would be predicted."""

    ready: bool = Field(description="Always true; it is an error where it is not.")


class ModelReady(Answer):
    """The model predicts."""

    name: str = Field(description="The use case.")
    ready: bool = Field(description="Always true; it is an error where it does not.")


class TensorMetadata(Answer):
    """An input or an output."""

    name: str = Field(description="Name of the column.")
    datatype: str = Field(description="Type of its values.")
    shape: list[int] = Field(description="-1: as many values as there are rows.")


class ModelMetadata(Answer):
    """A use case as a model."""

    name: str = Field(description="The use case.")
    versions: list[str] = Field(description="Versions that are served; none without a model.")
    platform: str = Field(description="What runs it.")
    inputs: list[TensorMetadata] = Field(description="Columns of its rows; those that may be empty may be left out.")
    outputs: list[TensorMetadata] = Field(description="What it answers.")


class OutputTensor(Answer):
    """One output of all rows."""

    name: str = Field(description="Name of the output.")
    datatype: str = Field(description="Type of its values.")
    shape: list[int] = Field(description="How many there are.")
    data: list[Any] | None = Field(default=None, description="The values; none where they stand behind the JSON.")
    parameters: dict[str, Any] | None = Field(
        default=None, description="`binary_data_size`, where the values are bytes behind the JSON."
    )


class InferenceAnswer(Answer):
    """The rows are predicted and committed."""

    model_name: str = Field(description="The use case.")
    model_version: str = Field(description="Version that predicted.")
    id: str | None = Field(default=None, description="The `id` of the request.")
    outputs: list[OutputTensor] = Field(description="What was predicted.")


class InferenceError(Answer):
    """Nothing was predicted."""

    error: str = Field(description="What happened here, and what to do.")


def model_metadata(use_case: UseCase, arriving: UseCase, versions: list[int]) -> ModelMetadata:
    """Build the answer about a model.

    Parameters
    ----------
    use_case, arriving
        What predicts, and its rows as they are brought.
    versions
        What is served.
    """
    return ModelMetadata(
        name=use_case.name,
        versions=list(map(str, versions)),
        platform=PLATFORM,
        inputs=list(map(_metadata, inputs_of(arriving))),
        outputs=list(map(_metadata, outputs_of(use_case))),
    )


def _metadata(info: TensorInfo) -> TensorMetadata:
    return TensorMetadata(name=info.name, datatype=info.datatype, shape=list(info.shape))
