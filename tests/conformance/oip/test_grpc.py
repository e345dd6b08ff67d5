"""Every case of gRPC against both servers."""

from __future__ import annotations

import pytest

from tests.conformance.oip.cases.grpc_call import GrpcCase, send
from tests.conformance.oip.cases.grpc_calls import CASES
from tests.conformance.oip.targets import Target

NAMES = [case.name for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_case_holds(case: GrpcCase, ours: Target) -> None:
    case.expect(send(ours, case.method, case.request(ours)), ours)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_mlserver_differs_as_the_table_says(case: GrpcCase, other: Target) -> None:
    reply = send(other, case.method, case.request(other))
    try:
        case.expect(reply, other)
    except Exception:
        if case.mlserver is None:
            raise
        assert reply.status == case.mlserver.status, reply
    else:
        assert case.mlserver is None, f"it does as specified by now: {reply}"
