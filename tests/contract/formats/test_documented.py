"""People are told of every format there is, wherever formats are told of."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from cli.models import init
from cli.rows import drop, labels
from ui.predict import file_form
from ui.use_cases import page
from usecases.formats.reading import formats_table
from usecases.formats.registry import FORMATS

ROOT = Path(__file__).parents[3]


def test_the_table_in_the_documentation_is_that_of_the_registry() -> None:
    assert formats_table() in (ROOT / "docs" / "use-cases.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", [drop, init, labels, file_form, page])
def test_commands_and_the_page_name_every_format(place: object) -> None:
    text = inspect.getsource(place)  # type: ignore[arg-type]  # modules are what it takes
    assert [known.name for known in FORMATS if known.name not in text] == []


def test_the_first_page_names_every_format() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [known.name for known in FORMATS if known.name not in text] == []
