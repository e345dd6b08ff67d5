"""The different texts of a target, and how often each stands in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from usecases.proposal.findings import Finding, Severity
from usecases.proposal.reading.missing import SIGNS_AND_WORDS
from usecases.proposal.reading.values import MAX_CATEGORIES
from usecases.proposal.target.words import one_name_each, sentinels
from usecases.tasks.targets import class_number

MIN_ROWS_PER_CLASS = 10
TWO = 2
"""A target of fewer answers is none, and one of so many is binary."""

_MOST_NUMBERED_CLASSES = 10
"""Whole numbers of no more different values are codes of classes, unless told otherwise."""

_MOST_TEXTS = 10_000
"""Different texts past which a target is a number or nothing."""

_SHOWN = 5
_MAY_BE_A_CLASS = pa.array(["none"])


def counts_of(texts: pa.Array) -> dict[str, int]:
    """Count the rows of each text."""
    counted = pc.value_counts(texts.drop_null())
    return dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))


def missing_marks(texts: pa.Array) -> dict[str, int]:
    """Return the texts that mostly stand for a missing answer, with their rows; none where fewer than two others are there."""
    lowered = pc.utf8_lower(texts)
    is_mark = pc.and_not(pc.is_in(lowered, value_set=SIGNS_AND_WORDS), pc.is_in(lowered, value_set=_MAY_BE_A_CLASS))
    others = pc.unique(texts.filter(pc.invert(is_mark)).drop_null())
    if len(others) < TWO:
        return {}
    found = counts_of(texts.filter(is_mark))
    if len(others) <= MAX_CATEGORIES:
        wanted = pa.array(sentinels(others.to_pylist()), pa.string())
        found |= counts_of(texts.filter(pc.is_in(texts, value_set=wanted)))
    return found


def class_names(texts: pa.Array, *, decimal_comma: bool) -> pa.Array:
    """Return the name of the class of every text; too many to be classes stay as they are."""
    encoded = texts.dictionary_encode()
    if len(encoded.dictionary) > _MOST_TEXTS:
        return texts
    different = encoded.dictionary.to_pylist()
    names = one_name_each(different, decimal_comma=decimal_comma)
    return pa.array([names[text] for text in different], pa.string()).take(encoded.indices)


def alike_but_for_spaces(written: pa.Array) -> list[list[str]]:
    """Return texts that differ only in spaces around them; those of numbers are no question."""
    different = pc.unique(written.drop_null())
    if len(different) > _MOST_TEXTS:
        return []
    found: dict[str, list[str]] = defaultdict(list)
    for text in sorted(different.to_pylist()):
        found[text.strip()].append(text)
    return [texts for name, texts in found.items() if name and len(texts) > 1 and class_number(name) is None]


def are_numbered(counts: Mapping[str, int]) -> bool:
    """Return whether classes are whole numbers, but for texts in too few rows to be classes."""
    numbers = [
        class_number(name)
        for name, count in counts.items()
        if count >= MIN_ROWS_PER_CLASS or class_number(name) is not None
    ]
    is_few = len(numbers) <= _MOST_NUMBERED_CLASSES
    return is_few and all(number is not None and number.is_integer() for number in numbers)


def nulled(texts: pa.Array, which: Sequence[str]) -> pa.Array:
    """Return texts without some of them."""
    return pc.if_else(pc.is_in(texts, value_set=pa.array(which, pa.string())), pa.scalar(None, pa.string()), texts)


def listed(names: Sequence[str], counts: Mapping[str, int]) -> str:
    """Write a few texts with their rows."""
    more = ", ..." if len(names) > _SHOWN else ""
    return ", ".join(f"{name} ({counts[name]:,})" for name in names[:_SHOWN]) + more


def listed_marks(marks: Mapping[str, int]) -> str:
    """Write texts with their rows, in quotation marks since they are signs."""
    return ", ".join(f"{mark!r} ({count:,} rows)" for mark, count in marks.items())


def about_missing(source: str, missing: int, rows: int) -> list[Finding]:
    """Describe rows without a target."""
    if not missing:
        return []
    text = f"{missing:,} rows ({missing / rows:.1%}) have no target"
    return [Finding(column=source, kind="no target", severity=Severity.LOOK, text=text, done="not learned from")]
