"""Reading LightGBM's text format far enough to know that the library can: its own parser ends the process at a damaged tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from usecases.metrics.inputs import Floats
from usecases.models.runtime import ModelError

_BEGINNING = b"tree\nversion="
_END, _LAST = b"end of trees", b"\nend of parameters\n"
_CATEGORIES = b"\npandas_categorical:"
_UNNAMED = re.compile(r"Column_\d+")
_OF_CATEGORIES = 1
"""Bit of a decision by which a split is one of categories; its threshold is a place in the lists of categories then."""

_OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_OF_SPLITS = (
    "split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child",
    "internal_value", "internal_weight", "internal_count",
)  # fmt: skip
"""Lines of a tree: as many numbers as it has leaves, or splits."""

_NUMBERS = re.compile(r"(?:[-+0-9.e]+|[-+]?inf|[-+]?nan)?(?: (?:[-+0-9.e]+|[-+]?inf|[-+]?nan))*")


@dataclass(frozen=True, slots=True)
class LightGBMFile:
    """What a model file says of itself.

    Attributes
    ----------
    names
        Of its features; none where it was fitted on an array.
    features
        How many there are.
    objective
        LightGBM's name of what it was fitted for; empty where somebody wrote one of their own.
    answers
        Numbers it gives for a row.
    categories
        The values of each category column of the DataFrame it was fitted on, in the order of their codes; none where the
        file does not tell.
    checked
        The text that was checked, for the library to load: header and trees, without the parameters of the training.
    """

    names: tuple[str, ...]
    features: int
    objective: str
    answers: int
    categories: tuple[tuple[str, ...], ...] | None
    checked: str


def read_lightgbm(content: bytes) -> LightGBMFile:
    """Check a model file and read its header.

    Raises
    ------
    usecases.models.runtime.ModelError
        If it is anything but LightGBM's text, or a tree is damaged.
    """
    if not content.startswith(_BEGINNING):
        raise ModelError("it is not LightGBM's text; log the Booster itself: mlflow.lightgbm.log_model(model.booster_)")
    try:
        header, trees, checked = _parts(content)
        names = tuple(header["feature_names"].split())
        features = int(header["max_feature_idx"]) + 1
        answers = int(header["num_tree_per_iteration"])
        if len(names) != features or not answers or len(trees) % answers:
            raise ModelError("it is damaged: its header does not fit its trees")
        for number, tree in enumerate(trees):
            _require_whole(tree, number, features)
        categories = _categories(content)
    except (KeyError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"it is damaged: {error}") from error
    is_unnamed = all(_UNNAMED.fullmatch(name) for name in names)
    objective = header.get("objective", "").partition(" ")[0]
    return LightGBMFile(() if is_unnamed else names, features, objective, answers, categories, checked)


def _parts(content: bytes) -> tuple[Mapping[str, str], list[bytes], str]:
    """Cut a file into its header and its trees, by the sizes that the header tells."""
    head, _, rest = content.partition(b"\n\n")
    header = dict(_lines(head))
    sizes = [int(size) for size in header["tree_sizes"].split()]
    # Blank lines between header and trees are written by some versions and not by others.
    rest = rest.lstrip(b"\n")
    trees, at = [], 0
    for size in sizes:
        trees.append(rest[at : at + size])
        at += size
    if not sizes or not rest[at:].startswith(_END) or _LAST not in rest[at:]:
        raise ModelError("it is damaged: it ends in the midst of a tree")
    return header, trees, (head + b"\n\n" + rest[:at] + _END + b"\n\n").decode("utf-8")


def _lines(text: bytes) -> Iterator[tuple[str, str]]:
    for line in text.decode("utf-8").splitlines():
        name, _, value = line.partition("=")
        yield name, value


def _require_whole(tree: bytes, number: int, features: int) -> None:
    """Refuse a tree whose numbers do not lead from its root to its leaves, for the library would follow them anywhere."""
    found = dict(_lines(tree.strip()))
    if found.pop("Tree") != str(number):
        raise ModelError(f"it is damaged: tree {number} is missing")
    single = {name: int(found.pop(name)) for name in ("num_leaves", "num_cat", "is_linear") if name in found}
    if single.get("is_linear"):
        raise ModelError("its leaves are linear models (linear_tree), which are not served")
    leaves, lists = single["num_leaves"], single["num_cat"]
    lengths = {"shrinkage": 1, **dict.fromkeys(_OF_LEAVES, leaves), **dict.fromkeys(_OF_SPLITS, leaves - 1)}
    numbers = {name: _numbers(text) for name, text in found.items()}
    of_lists = {name: numbers.pop(name) for name in ("cat_boundaries", "cat_threshold") if lists}
    is_whole = set(numbers) <= set(lengths) and {"leaf_value", *(_OF_SPLITS if leaves > 1 else ())} <= set(numbers)
    if not is_whole or any(len(values) != lengths[name] for name, values in numbers.items() if leaves > 1):
        raise ModelError(f"it is damaged: numbers of tree {number} are missing")
    if leaves > 1 and not (_leads_to_leaves(numbers, leaves, features) and _lists_fit(numbers, of_lists, lists)):
        raise ModelError(f"it is damaged: tree {number} does not lead to its leaves")


def _leads_to_leaves(numbers: Mapping[str, Floats], leaves: int, features: int) -> bool:
    inner = np.arange(leaves - 1)
    split, left, right = numbers["split_feature"], numbers["left_child"], numbers["right_child"]
    # Every node but the root, and every leaf, is the child of one node before it; a leaf stands as its complement.
    expected = np.concatenate([-np.arange(leaves, 0, -1), inner[1:]])
    return (
        bool(((split >= 0) & (split < features)).all())
        and np.array_equal(np.sort(np.concatenate([left, right])), expected)
        and bool((left > inner)[left >= 0].all() and (right > inner)[right >= 0].all())
    )


def _lists_fit(numbers: Mapping[str, Floats], of_lists: Mapping[str, Floats], lists: int) -> bool:
    """Return whether every split of categories has a list of them."""
    places = numbers["threshold"][(numbers["decision_type"].astype(int) & _OF_CATEGORIES) > 0]
    if not lists:
        return not len(places)
    ends, bits = of_lists["cat_boundaries"], of_lists["cat_threshold"]
    return (
        bool(((places >= 0) & (places < lists)).all())
        and len(ends) == lists + 1
        and ends[0] == 0
        and bool((np.diff(ends) > 0).all())
        and ends[-1] == len(bits)
    )


def _numbers(text: str) -> Floats:
    if not _NUMBERS.fullmatch(text):
        raise ModelError(f"it is damaged: {text[:40]!r} are no numbers")
    return np.array([float(number) for number in text.split(" ")] if text else [], dtype=np.float64)


def _categories(content: bytes) -> tuple[tuple[str, ...], ...] | None:
    _, found, text = content.rpartition(_CATEGORIES)
    lists = json.loads(text.partition(b"\n")[0]) if found else None
    return tuple(tuple(map(str, values)) for values in lists) if lists else None
