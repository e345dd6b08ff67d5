"""Run the examples of a package's docstrings as tests."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

_finder = doctest.DocTestFinder(exclude_empty=True)


def modules_with_examples(package: str) -> list[str]:
    """Name every module of a package whose docstrings hold an example."""
    root = importlib.import_module(package)
    names = [found.name for found in pkgutil.walk_packages(root.__path__, f"{package}.")]
    return [name for name in names if any(test.examples for test in _finder.find(importlib.import_module(name)))]


def failures(module: str) -> int:
    """Run the examples of one module and count those that fail; what they printed stands in the test's output."""
    return doctest.testmod(importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE).failed
