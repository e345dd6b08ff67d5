"""A value in a cell of the page's table of repairs is read by every door as the value that it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from ui.parts import tables
from usecases.columns.casting import cast
from usecases.columns.features import FloatFeature
from usecases.columns.number_texts import cell_text


@pytest.mark.parametrize("write", [tables.cell_text, cell_text], ids=["page", "others"])
@pytest.mark.parametrize("decimal_comma", [False, True])
@pytest.mark.parametrize("value", [1.234, -12.345, 123.456, 1234.567, 0.5, 1e-7, 1e22, 7.0, 3])
def test_a_number_is_read_back_as_itself(
    value: float,
    decimal_comma: bool,  # noqa: FBT001  # pytest passes it by name
    write: Callable[[Any], str | None],
) -> None:
    feature = FloatFeature(name="torque", type="float", decimal_comma=decimal_comma)
    typed, bad = cast(feature, pa.array([write(value)], pa.string()))
    assert typed.to_pylist() == [value]
    assert not any(bad)
