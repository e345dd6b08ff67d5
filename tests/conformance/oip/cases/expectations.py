"""What has to come back; each fails with words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from tests.conformance.oip.cases.case import JSON_LENGTH, Reply
from tests.conformance.oip.pumps import failure_probabilities, rows
from tests.conformance.oip.targets import Target

__all__ = ["Expect", "answers", "ok", "predicts", "refuses"]

Expect = Callable[[Reply, Target], None]
DATATYPES = {
    "BOOL",
    "BYTES",
    "FP16",
    "FP32",
    "FP64",
    *(f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
}


def ok(reply: Reply, _: Target) -> None:
    """Success; what the answer holds is left to the server."""
    assert reply.status == 200, reply.response.text


def refuses(reply: Reply, _: Target) -> None:
    """A status that blames the request, with the object for errors: its `error` is a text that says something."""
    assert 400 <= reply.status < 500, f"{reply.status}: {reply.response.text[:500]}"
    assert reply.response.headers["content-type"] == "application/json"
    assert set(reply.content) == {"error"}
    assert isinstance(reply.content["error"], str)
    assert len(reply.content["error"]) > len("error")


def answers(check: Callable[[Any], object]) -> Expect:
    """Success with a JSON object of which something holds."""

    def expect(reply: Reply, _: Target) -> None:
        assert reply.status == 200, reply.response.text
        assert reply.response.headers["content-type"] == "application/json"
        assert check(reply.content), reply.content

    return expect


def predicts(
    given: pd.DataFrame | None = None, *, check: Callable[[Reply, Target], object] | None = None, labels: bool = True
) -> Expect:
    """The model's own answers for rows, in tensors that are what they say they are.

    Parameters
    ----------
    given
        The rows, as the model sees them.
    check
        What else has to hold.
    labels
        Whether the predicted classes are among what was asked for.
    """

    def expect(reply: Reply, target: Target) -> None:
        assert reply.status == 200, reply.response.text
        content = reply.content
        assert content["model_name"].startswith("pump"), content
        expected = failure_probabilities(rows() if given is None else given)
        for output in content["outputs"]:
            assert output["datatype"] in DATATYPES, output
            assert output["shape"][0] == len(expected), output
            assert all(type(length) is int for length in output["shape"]), output
            assert reply.values(output["name"]).size == np.prod(output["shape"])
        if target.score in reply.outputs:
            found = reply.values(target.score).reshape(len(expected), -1)[:, -1].astype(float)
            np.testing.assert_allclose(found, expected, rtol=1e-6)
        if labels:
            _same_labels(reply, target, expected)
        if JSON_LENGTH not in reply.response.headers:
            assert reply.response.headers["content-type"] == "application/json"
        assert check is None or check(reply, target)

    return expect


def _same_labels(reply: Reply, target: Target, expected: Any) -> None:
    found = reply.values(target.label).ravel()
    assert [value in {1, "failure"} for value in found.tolist()] == (expected > 0.5).tolist(), found
