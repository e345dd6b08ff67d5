"""Cases of tensors that a server has to understand, and of what its answer holds."""

from __future__ import annotations

import json
from math import isnan

import numpy as np

from tests.conformance.oip.cases.case import Case, Difference
from tests.conformance.oip.cases.expectations import predicts
from tests.conformance.oip.cases.requests import INFER, Tensor, columns, infer, matrix, sent, tensor
from tests.conformance.oip.pumps import NUMBERS, rows

DATA = "Tensor Data"
TYPES = "Tensor Data Types"
REQUEST = "Inference Request JSON Object"
RESPONSE = "Inference Response JSON Object"
PARAMETERS = "Parameters"

MANY = rows(1_000, seed=3)
LACKING = rows().assign(temperature_c=lambda given: given["temperature_c"].mask(given.index % 3 == 0))


def _as_columns(*, nested: bool) -> list[Tensor]:
    """Write every column with a second dimension of one."""
    return [
        {**one, "shape": [len(one["data"]), 1], "data": [[value] for value in one["data"]] if nested else one["data"]}
        for one in columns()
    ]


def _grades(values: list[object], datatype: str = "BYTES") -> list[Tensor]:
    return [*columns(), tensor("grade", datatype, values)]


CASES = (
    Case(
        name="a column is a tensor",
        asks=REQUEST,
        call=infer(columns()),
        expect=predicts(),
    ),
    Case(
        name="a version is asked for",
        asks=REQUEST,
        call=infer(columns(), path="/v2/models/{model}/versions/1/infer"),
        expect=predicts(check=lambda reply, _: reply.content["model_version"] == "1"),
    ),
    Case(
        name="columns come in another order",
        asks=REQUEST,
        call=infer(columns()[::-1]),
        expect=predicts(),
        mlserver=Difference(says="fails with 500: the model wants the order of its training", status=500),
    ),
    Case(
        name="a column has a second dimension of one, flat",
        asks=DATA,
        call=infer(_as_columns(nested=False)),
        expect=predicts(),
    ),
    Case(
        name="a column has a second dimension of one, nested",
        asks=DATA,
        call=infer(_as_columns(nested=True)),
        expect=predicts(),
        mlserver=Difference(says="fails with 500: its codec for columns reads flat data alone", status=500),
    ),
    Case(
        name="a matrix, flat",
        asks=DATA,
        call=infer([matrix()], kind="matrix"),
        expect=predicts(),
    ),
    Case(
        name="a matrix, nested",
        asks=DATA,
        call=infer([matrix(nested=True)], kind="matrix"),
        expect=predicts(),
    ),
    Case(
        name="numbers as FP32",
        asks=TYPES,
        call=infer(columns(temperature_c="FP32", pressure_bar="FP32")),
        expect=predicts(),
    ),
    Case(
        name="whole numbers as INT32",
        asks=TYPES,
        call=infer(columns(speed_rpm="INT32")),
        expect=predicts(),
    ),
    Case(
        name="whole numbers as UINT16",
        asks=TYPES,
        call=infer(columns(speed_rpm="UINT16")),
        expect=predicts(),
    ),
    Case(
        name="whole numbers as UINT64",
        asks=TYPES,
        call=infer(columns(speed_rpm="UINT64")),
        expect=predicts(),
    ),
    Case(
        name="whole numbers as FP64",
        asks=TYPES,
        call=infer(columns(speed_rpm="FP64")),
        expect=predicts(),
    ),
    Case(
        name="real numbers that are whole as INT8",
        asks=TYPES,
        call=infer(columns(rows().assign(pressure_bar=5.0), pressure_bar="INT8")),
        expect=predicts(rows().assign(pressure_bar=5.0)),
    ),
    Case(
        name="texts as BYTES",
        asks=TYPES,
        call=infer(_grades(["low", "high"] * 6), kind="graded"),
        expect=predicts(labels=False),
        mlserver=Difference(says="fails with 500: its XGBoost runtime takes no text", status=500),
    ),
    Case(
        name="a thousand rows",
        asks=REQUEST,
        call=infer(columns(MANY)),
        expect=predicts(MANY),
    ),
    Case(
        name="one row",
        asks=REQUEST,
        call=infer(columns(rows(1))),
        expect=predicts(rows(1)),
    ),
    Case(
        name="null is a missing number",
        asks=DATA,
        call=infer(
            [{**one, "data": [None if isnan(value) else value for value in one["data"]]} for one in columns(LACKING)]
        ),
        expect=predicts(LACKING),
    ),
    Case(
        name="the bare word NaN is a missing number",
        asks="tritonclient without binary data",
        call=infer(columns(LACKING)),
        expect=predicts(LACKING),
        mlserver=Difference(says="answers 422: it reads no such word", status=422),
    ),
    Case(
        name="the id comes back",
        asks=REQUEST,
        call=infer(columns(), id="42"),
        expect=predicts(check=lambda reply, _: reply.content["id"] == "42"),
    ),
    Case(
        name="the same id again is another request",
        asks=REQUEST,
        call=infer(columns(MANY), id="42"),
        expect=predicts(MANY, check=lambda reply, _: reply.content["id"] == "42"),
    ),
    Case(
        name="an id of other letters comes back",
        asks=REQUEST,
        call=infer(columns(), id="Prüfung \N{SNOWMAN} 'x'"),
        expect=predicts(check=lambda reply, _: reply.content["id"] == "Prüfung \N{SNOWMAN} 'x'"),
        mlserver=Difference(
            says="fails with 500: it puts the id into a header, which takes Latin letters alone", status=500
        ),
    ),
    Case(
        name="no output is named: all come",
        asks=REQUEST,
        call=infer(columns()),
        expect=predicts(check=lambda reply, target: {target.label, target.score} <= {*reply.outputs}),
        mlserver=Difference(says="answers the predicted class alone", status=200),
    ),
    Case(
        name="only the outputs that are named come",
        asks=REQUEST,
        call=infer(columns(), outputs=[{"name": "{score}"}]),
        expect=predicts(labels=False, check=lambda reply, target: [*reply.outputs] == [target.score]),
    ),
    Case(
        name="outputs come in the order in which they are named",
        asks=REQUEST,
        call=infer(columns(), outputs=[{"name": "{score}"}, {"name": "{label}"}]),
        expect=predicts(check=lambda reply, target: [*reply.outputs] == [target.score, target.label]),
    ),
    Case(
        name="probabilities are those of the model",
        asks=RESPONSE,
        call=infer(columns(MANY), outputs=[{"name": "{label}"}, {"name": "{score}"}]),
        expect=predicts(MANY, check=lambda reply, target: target.score in reply.outputs),
    ),
    Case(
        name="the values of an output are numbers and texts, not lists of lists or null",
        asks=RESPONSE,
        call=infer(columns()),
        expect=predicts(check=lambda reply, target: np.array(reply.outputs[target.label]["data"]).size == len(rows())),
    ),
    Case(
        name="parameters that nobody knows do not matter",
        asks=PARAMETERS,
        call=infer(
            [{**one, "parameters": {"unit": "K", "weight": 1.5, "checked": True}} for one in columns()],
            parameters={"priority": 1, "trace": "yes", "retry": False},
        ),
        expect=predicts(),
    ),
    Case(
        name="a member that nobody knows does not matter",
        asks="kserve's client, which sends `model_name`",
        call=infer(columns(), model_name="pump"),
        expect=predicts(),
    ),
    Case(
        name="parameters are there and empty",
        asks=PARAMETERS,
        call=infer([{**one, "parameters": {}} for one in columns()], parameters={}),
        expect=predicts(),
    ),
    Case(
        name="a content type with a parameter",
        asks="HTTP",
        call=infer(columns(), headers={"content-type": "application/json; charset=utf-8"}),
        expect=predicts(),
    ),
    Case(
        name="no content type",
        asks="tritonclient",
        call=infer(columns(), headers={}),
        expect=predicts(),
    ),
    Case(
        name="a body that is packed by gzip",
        asks="tritonclient's `request_compression_algorithm`",
        call=infer(columns(), packing="gzip"),
        expect=predicts(),
    ),
    Case(
        name="a body that is packed by deflate",
        asks="tritonclient's `request_compression_algorithm`",
        call=infer(columns(), packing="deflate"),
        expect=predicts(),
        mlserver=Difference(says="answers 422: it unpacks gzip alone", status=422),
    ),
    Case(
        name="a body with spaces and lines",
        asks=REQUEST,
        call=infer(json.dumps(json.loads(sent(columns())), indent=4).encode(), path=INFER),
        expect=predicts(),
    ),
    Case(
        name="every number of a column is the same",
        asks=DATA,
        call=infer(columns(rows().assign(**dict.fromkeys(NUMBERS, 1)))),
        expect=predicts(rows().assign(**dict.fromkeys(NUMBERS, 1))),
    ),
)
