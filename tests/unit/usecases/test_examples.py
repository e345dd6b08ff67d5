from __future__ import annotations

import pytest

from tests.support import doctests


@pytest.mark.parametrize("module", doctests.modules_with_examples("usecases"))
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    assert doctests.failures(module) == 0
