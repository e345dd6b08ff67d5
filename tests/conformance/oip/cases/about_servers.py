"""Cases of what a server and its models say of themselves."""

from __future__ import annotations

from typing import Any

from tests.conformance.oip.cases.case import Call, Case, Difference
from tests.conformance.oip.cases.expectations import DATATYPES, answers, ok, refuses
from tests.conformance.oip.pumps import NUMBERS

HEALTH = "Health/Readiness/Liveness Probes"
SERVER = "Server Metadata"
MODEL = "Model Metadata"
NO_BODY = Difference(says="answers without a body", status=200)


def _tensors(metadata: Any, which: str) -> bool:
    return bool(metadata[which]) and all(
        type(one["name"]) is str
        and one["datatype"] in DATATYPES
        and all(type(length) is int for length in one["shape"])
        for one in metadata[which]
    )


CASES = (
    Case(
        name="the server is live",
        asks=HEALTH,
        call=Call(path="/v2/health/live"),
        expect=ok,
    ),
    Case(
        name="the server is live, as an object",
        asks=HEALTH,
        call=Call(path="/v2/health/live"),
        expect=answers(lambda content: content["live"] is True),
        mlserver=NO_BODY,
    ),
    Case(
        name="the server is ready",
        asks=HEALTH,
        call=Call(path="/v2/health/ready"),
        expect=ok,
    ),
    Case(
        name="the server is ready, as an object",
        asks=HEALTH,
        call=Call(path="/v2/health/ready"),
        expect=answers(lambda content: True in {content.get("live"), content.get("ready")}),
        mlserver=NO_BODY,
    ),
    Case(
        name="the model is ready",
        asks=HEALTH,
        call=Call(path="/v2/models/{model}/ready"),
        expect=ok,
    ),
    Case(
        name="the model is ready, as an object",
        asks=HEALTH,
        call=Call(path="/v2/models/{model}/ready"),
        expect=answers(lambda content: (content["name"], content["ready"]) == ("pump", True)),
        mlserver=NO_BODY,
    ),
    Case(
        name="a version of the model is ready",
        asks=HEALTH,
        call=Call(path="/v2/models/{model}/versions/1/ready"),
        expect=ok,
    ),
    Case(
        name="a model that is not there is not ready",
        asks=HEALTH,
        call=Call(path="/v2/models/nobody/ready"),
        expect=refuses,
    ),
    Case(
        name="a version that is not there is not ready",
        asks=HEALTH,
        call=Call(path="/v2/models/{model}/versions/4711/ready"),
        expect=refuses,
    ),
    Case(
        name="the server names itself, its version and its extensions",
        asks=SERVER,
        call=Call(path="/v2"),
        expect=answers(
            lambda content: content["name"] and content["version"] and isinstance(content["extensions"], list)
        ),
    ),
    Case(
        name="the server announces binary tensors",
        asks="Binary tensor data extension",
        call=Call(path="/v2"),
        expect=answers(lambda content: "binary_tensor_data" in content["extensions"]),
        mlserver=Difference(says="has no such extension over REST", status=200),
    ),
    Case(
        name="the model names itself and its platform",
        asks=MODEL,
        call=Call(path="/v2/models/{model}"),
        expect=answers(lambda content: content["name"] == "pump" and isinstance(content["platform"], str)),
    ),
    Case(
        name="the model lists the versions that can be asked for",
        asks=MODEL,
        call=Call(path="/v2/models/{model}"),
        expect=answers(lambda content: content["versions"] == ["1"]),
        mlserver=Difference(says="lists none, though version 1 can be asked for", status=200),
    ),
    Case(
        name="the model describes its inputs",
        asks=MODEL,
        call=Call(path="/v2/models/{model}"),
        expect=answers(
            lambda content: _tensors(content, "inputs") and {*NUMBERS} <= {one["name"] for one in content["inputs"]}
        ),
        mlserver=Difference(says="describes none unless a person writes them into its settings", status=200),
    ),
    Case(
        name="the model describes its outputs",
        asks=MODEL,
        call=Call(path="/v2/models/{model}"),
        expect=answers(lambda content: _tensors(content, "outputs")),
        mlserver=Difference(says="describes none unless a person writes them into its settings", status=200),
    ),
    Case(
        name="a version of the model describes itself",
        asks=MODEL,
        call=Call(path="/v2/models/{model}/versions/1"),
        expect=answers(lambda content: content["name"] == "pump"),
    ),
    Case(
        name="a model that is not there is an error",
        asks=MODEL,
        call=Call(path="/v2/models/nobody"),
        expect=refuses,
    ),
    Case(
        name="a version that is not there is an error",
        asks=MODEL,
        call=Call(path="/v2/models/{model}/versions/4711"),
        expect=refuses,
    ),
    Case(
        name="a method that an address does not take is an error",
        asks=SERVER,
        call=Call(path="/v2", method="DELETE"),
        expect=refuses,
        mlserver=Difference(says="answers 405 with `detail` in place of `error`", status=405),
    ),
)
