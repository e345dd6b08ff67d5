"""The committed AsyncAPI document says what the code does."""

from __future__ import annotations

import re
from typing import Any

from broker.asyncapi import FILE, asyncapi_document, render
from broker.topology import EXCHANGES, QUEUES


def test_the_document_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == render(), "run: make snapshots, and look at the difference"


def test_every_queue_and_exchange_of_the_topology_is_described() -> None:
    text = render()
    assert all(re.search(rf"\b{re.escape(item.name)}\b", text) for item in (*QUEUES, *EXCHANGES))


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi_document()

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    for reference in references(document):
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
