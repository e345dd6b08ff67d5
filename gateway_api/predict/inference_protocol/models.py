"""What the protocol says of a use case as a model: its inputs, its outputs, and predictions as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway_api.door.problems import MalformedBody
from gateway_api.predict.columns import predicted_columns
from gateway_api.predict.inference_protocol.tensors import BOOL, BYTES, FP64, INT64, Tensor
from gateway_api.predict.online import OnlineRequest, Predicted
from usecases.columns.features import BooleanFeature, Feature, FloatFeature, IntegerFeature
from usecases.contract.spec import UseCase

PLATFORM = "smartpredict"
"""What the protocol calls the program that runs a model."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """What is said of an input or an output; it has as many values as a request has rows."""

    name: str
    datatype: str

    @property
    def shape(self) -> tuple[int]:
        """Its shape: any number of rows."""
        return (-1,)


def inputs_of(use_case: UseCase) -> list[TensorInfo]:
    """List the inputs of a use case, as rows bring them: the key where there is one, then the features."""
    key = [TensorInfo(use_case.key, BYTES)] if use_case.key else []
    return key + [TensorInfo(feature.name, _datatype(feature)) for feature in use_case.features]


def outputs_of(use_case: UseCase) -> list[TensorInfo]:
    """List the outputs of a use case, named as the columns of a download are.

    >>> from usecases.contract.catalog import load_catalog
    >>> [output.name for output in outputs_of(load_catalog()["iris"])]
    ['id', 'prediction', 'score', 'score_setosa', 'score_versicolor', 'score_virginica']
    """
    definition = use_case.task.definition
    prediction = TensorInfo("prediction", BYTES if definition.names_classes else FP64)
    score = [TensorInfo("score", FP64)] if definition.names_classes else []
    columns = {column.name for column in definition.columns(use_case.outputs)}
    scores = [TensorInfo(f"score_{name}", FP64) for name in use_case.outputs] if "scores" in columns else []
    return [TensorInfo("id", BYTES), prediction, *score, *scores]


def wanted_outputs(use_case: UseCase, names: Sequence[str]) -> list[TensorInfo]:
    """Return the outputs that a request asks for, in its order; all where it names none.

    Raises
    ------
    MalformedBody
        If there is no output of a name, or one stands twice.
    """
    known = {output.name: output for output in outputs_of(use_case)}
    unknown = [name for name in names if name not in known]
    if unknown or len(set(names)) < len(names):
        listed = ", ".join(repr(name[:60]) for name in (unknown or names)[:20])
        raise MalformedBody(f"Ask for outputs by name, each once: {', '.join(known)}. Found {listed}.")
    return [known[name] for name in names or known]


def output_tensors(
    use_case: UseCase, request: OnlineRequest, predicted: Predicted, wanted: Sequence[TensorInfo]
) -> list[Tensor]:
    """Write what was predicted as the tensors that are wanted."""
    columns = predicted_columns(use_case, request, predicted)
    return [Tensor(info.name, info.datatype, (len(request.rows),), columns[info.name]) for info in wanted]


def _datatype(feature: Feature) -> str:
    match feature:
        case FloatFeature():
            return FP64
        case IntegerFeature():
            return INT64
        case BooleanFeature():
            return BOOL
        case _:
            return BYTES
