"""A stack of its own for what does harm: the other tests of the whole product go on meanwhile in another process."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.support.running_stack import RunningStack, running_stack


@pytest.fixture(scope="session")
def stack(_nothing_survives: None, shared: ExitStack) -> RunningStack:
    """The whole product, as the other tests have it."""
    return shared.enter_context(running_stack())
