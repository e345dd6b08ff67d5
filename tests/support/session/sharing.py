"""Which tests run one after another in one process when several run at once: those that share costly servers."""

from __future__ import annotations

from typing import Final

import pytest
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling

__all__ = ["SharedServers", "group_of", "order_of"]

#: What tests share, and where they are; the first that fits counts. A test elsewhere that asks for one of these servers
#: passes too, and starts one more of them.
_GROUPS: Final = (
    ("Airflow", ("tests/end_to_end/airflow/",)),
    ("five million predictions", ("tests/end_to_end/ui/five_million/",)),
    ("files of data", ("tests/end_to_end/data_files/",)),
    ("the whole product", ("tests/end_to_end/", "tests/integration/monitoring/test_prometheus.py")),
    ("what is harmed", ("tests/faults/",)),
    ("clients", ("tests/integration/clients/",)),
    ("conformance", ("tests/conformance/",)),
    # Of two stacks that begin at the standard ports, one may take a port of the other while a killed server comes back.
    ("the standard ports", ("tests/integration/stack/",)),
    (
        "MLflow",
        ("tests/integration/registry/", "tests/integration/training/", "tests/integration/worker/test_shadow.py"),
    ),
)

#: The longest run first: what begins last decides when all is over. Modules that share nothing fill the gaps.
_ORDER: Final = (
    "the whole product",
    "Airflow",
    "what is harmed",
    "files of data",
    "MLflow",
    "clients",
    "conformance",
    "the standard ports",
    "five million predictions",
)


class SharedServers(LoadScopeScheduling):  # type: ignore[misc] # it ships no types
    """Hands out whole groups, and modules that are in none."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return group_of(module) or module


def group_of(module: str) -> str | None:
    """Return what the tests of a module share with others; a module is named by its path from the checkout."""
    return next((name for name, places in _GROUPS if module.startswith(places)), None)


def order_of(item: pytest.Item) -> int:
    """Return the place of a test in the order of all: tests that share something stand side by side."""
    group = group_of(item.nodeid)
    return len(_ORDER) if group is None else _ORDER.index(group)
