"""What a text has to be is told in words: no pattern of what people write reaches them as it is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

import gateway_api
from gateway_api.use_cases.requests import STORED_DATA
from gateway_api.wire.commands import Command
from usecases.columns.patterns import error_in_words
from usecases.contract.spec import UseCase
from usecases.mappings.mapping import FileMapping
from usecases.proposal.findings import CannotInferError
from usecases.proposal.names import require_name

OF_PROGRAMS = {STORED_DATA}
"""The name of a file that was handed in: nobody writes one."""


def commands(kind: type[Command] = Command) -> Iterator[type[Command]]:
    for one in kind.__subclasses__():
        yield one
        yield from commands(one)


def patterns(schema: Any) -> Iterator[str]:
    match schema:
        case dict():
            if isinstance(schema.get("pattern"), str):
                yield schema["pattern"]
            for one in schema.values():
                yield from patterns(one)
        case list():
            for one in schema:
                yield from patterns(one)
        case _:
            pass


def test_every_pattern_has_words() -> None:
    for module in pkgutil.walk_packages(gateway_api.__path__, "gateway_api."):
        if module.name.endswith(".requests"):
            importlib.import_module(module.name)
    kinds: list[type[BaseModel]] = [UseCase, FileMapping, *commands()]
    asked = [one.model_json_schema() for one in kinds]
    found = {pattern for schema in asked for pattern in patterns(schema)} - OF_PROGRAMS
    assert len(found) >= 10
    for pattern in sorted(found):
        error = {"type": "string_pattern_mismatch", "ctx": {"pattern": pattern}, "input": "?", "msg": pattern}
        assert pattern not in error_in_words(error), pattern


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Lieferungen Verspätung", "lieferungen_verspaetung"),
        ("2026", "n_2026"),
        ("late-deliveries", "late_deliveries"),
        ("?", "data"),
        ("x" * 41, "x" * 40),
    ],
)
def test_what_is_no_name_of_a_use_case_is_told_with_one(name: str, made: str) -> None:
    with pytest.raises(CannotInferError, match=rf"at most 40 characters\. {made} would be one"):
        require_name(name)
    require_name(made)
    require_name("")
