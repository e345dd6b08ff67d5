"""All cases of HTTP."""

from __future__ import annotations

from tests.conformance.oip.cases import about_servers, binary_data, refusals, tensors

CASES = (*about_servers.CASES, *tensors.CASES, *refusals.CASES, *binary_data.CASES)
"""In the order in which they are shown."""

BY_NAME = {case.name: case for case in CASES}
