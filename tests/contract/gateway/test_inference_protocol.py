"""What is derived from the description of the protocol, and from the cases of it, is up to date."""

from __future__ import annotations

import re
from pathlib import Path

from google.protobuf.descriptor import Descriptor

from gateway_api.door.problems import all_problems
from gateway_api.predict.inference_protocol.grpc_service import open_inference_pb2 as messages
from gateway_api.predict.inference_protocol.grpc_service.server import calls_of, status_of
from gateway_api.predict.inference_protocol.grpc_service.service import InferenceService
from tests.conformance.oip.cases.grpc_calls import CASES as OF_GRPC
from tests.conformance.oip.cases.registry import CASES as OF_HTTP
from tests.conformance.oip.cases.table import PAGE, with_table

DESCRIBED = Path(messages.__file__).with_name("open_inference.proto").read_text(encoding="utf-8")
SERVICE = messages.DESCRIPTOR.services_by_name["GRPCInferenceService"]


def fields(message: Descriptor) -> list[tuple[str, int]]:
    nested = [one for one in message.nested_types if not one.GetOptions().map_entry]
    own = [(field.name, field.number) for field in message.fields]
    return [*own, *(found for one in nested for found in fields(one))]


def test_the_messages_are_those_of_the_description() -> None:
    generated = [found for message in messages.DESCRIPTOR.message_types_by_name.values() for found in fields(message)]
    described = [(name, int(number)) for name, number in re.findall(r"(\w+) = (\d+);", DESCRIBED)]
    assert sorted(generated) == sorted(described), "run `make grpc-messages`"


def test_every_call_is_answered_from_the_message_that_is_described() -> None:
    calls = {call.name: call.takes.DESCRIPTOR for call in calls_of(InferenceService(None))}  # type: ignore[arg-type]  # none is made
    assert calls == {method.name: method.input_type for method in SERVICE.methods}


def test_every_problem_has_a_status_that_the_page_explains() -> None:
    page = PAGE.read_text(encoding="utf-8")
    statuses = {status_of(kind("")).name for kind in all_problems()}
    assert {status for status in statuses if f"`{status}`" not in page} == set()


def test_the_table_of_differences_is_that_of_the_cases() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page, "run `python -m tests.conformance.oip.cases.table`"


def test_no_two_cases_have_one_name() -> None:
    names = [case.name for case in (*OF_HTTP, *OF_GRPC)]
    assert len(set(names)) == len(names)
