"""What stands in docs/clients/inference-protocol.md about the cases: `python -m tests.conformance.oip.cases.table` writes it.

The tests of both servers hold what it is made of: a difference that is none any more fails there, and a new one too.
"""

from __future__ import annotations

import re
from collections import defaultdict

from local_stack.machine.folders import CHECKOUT
from tests.conformance.oip.cases import grpc_calls, registry
from tests.conformance.oip.cases.case import Case
from tests.conformance.oip.cases.grpc_call import GrpcCase

__all__ = ["PAGE", "with_table"]

PAGE = CHECKOUT / "docs" / "clients" / "inference-protocol.md"
_HEAD = "| what MLServer does | with |\n|---|---|\n"
_COUNT = re.compile(r"^The same \S+ requests", re.MULTILINE)


def with_table(page: str) -> str:
    """Return the page with the count of cases and the table of differences as the cases have them."""
    cases: list[Case | GrpcCase] = [*registry.CASES, *grpc_calls.CASES]
    cases_by_difference: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        if case.mlserver is not None:
            cases_by_difference[case.mlserver.says].append(case.name)
    rows = [f"| {says} | {'; '.join(names)} |\n" for says, names in cases_by_difference.items()]
    before = page.partition(_HEAD)[0]
    return _COUNT.sub(f"The same {len(cases)} requests", before) + _HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
