"""Run a gateway that also reads the toy format: `python -m tests.support.usecases.gateway_with_toy_format`.

A process of its own, which no patch of a test reaches.
"""

from __future__ import annotations

import pytest

from tests.support.usecases.toy_format import add_toy_format

if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        add_toy_format(patch)
        # Imported only now: the reference is built, with the formats there are, as the gateway is imported.
        from gateway_api.__main__ import main

        main()
