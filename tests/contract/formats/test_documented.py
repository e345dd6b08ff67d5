"""People are told of every format there is, wherever formats are told of."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType

import pytest

from cli import file_formats
from cli.models import init
from cli.rows import drop, labels
from ui.predict import file_form
from ui.use_cases import page
from usecases.formats.reading import formats_table
from usecases.formats.registry import FORMATS

ROOT = Path(__file__).parents[3]


def test_the_table_in_the_documentation_is_that_of_the_registry() -> None:
    assert formats_table() in (ROOT / "docs" / "use-cases.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", [file_formats, file_form, page])
def test_commands_and_the_page_name_every_format(place: ModuleType) -> None:
    text = inspect.getsource(place)
    assert [known.name for known in FORMATS if known.name not in text] == []


@pytest.mark.parametrize("command", [drop, init, labels])
def test_the_help_of_commands_says_what_files_may_be(command: ModuleType) -> None:
    assert "{FILE_FORMATS}" in inspect.getsource(command)


def test_the_first_page_names_every_format() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [known.name for known in FORMATS if known.name not in text] == []
