"""Writing a use case down as a file that explains itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from usecases.contract.spec import UseCase
from usecases.proposal.infer import SPLIT_REASON, Inferred

_WIDTH = 118

_HEAD = (
    ("name", "title", "description"),
    ("task", "target", "target_source_name", "target_decimal_comma", "target_missing_values"),
    ("classes", "class_source_names", "left_out_classes"),
    ("key", "key_source_name"),
    ("ignored_columns",),
    ("mode",),
)
_COMMENTS = {
    "task": "What kind of answer: {target}.",
    "classes": "{score}.",
    "key": "Names a row; labels that come later join on it.",
    "ignored_columns": "Files may bring these along; nobody reads them. The target is among them: rows to predict have none.",
    "features": "What the model sees. A range or a list of values refuses what lies outside: widen it where that is right.",
    "quality": "Past this share of bad rows a whole file is refused.",
    "training": "`smartpredict train {name}` fits the model to this file; new data replaces it.",
}


def to_yaml(use_case: UseCase, reasons: Mapping[str, str] | None = None, *, source: str = "") -> str:
    """Write a `usecase.yaml` with a comment for every choice that was made."""
    why = reasons or {}
    content = use_case.model_dump(mode="json", exclude_defaults=True)
    lines = ["# yaml-language-server: $schema=../usecase.schema.json"]
    if source:
        lines.append(f"# Made from {source}. Change what you know better, then: smartpredict train {use_case.name}")
    for group in _HEAD:
        members = {name: content[name] for name in group if name in content}
        if members:
            lines += _comment(group[0], use_case, why)
            lines += _dumped(members)
    lines += _comment("features", use_case, why)
    lines.append("features:")
    for feature in content["features"]:
        lines += _feature(feature, why.get(feature["name"], ""))
    if "rules" in content:
        lines += _dumped({"rules": content["rules"]})
    for name in ("quality", "drift", "training"):
        if name in content or name == "quality":
            lines += _comment(name, use_case, why)
            lines += _dumped({name: content.get(name) or {"max_bad_share": use_case.quality.max_bad_share}})
    return "\n".join(lines) + "\n"


def inferred_yaml(inferred: Inferred, source: str) -> str:
    """Write what was inferred, with the reasons and with what was found."""
    text = to_yaml(inferred.use_case, inferred.reasons, source=source)
    noted = [
        _remark(f"{finding.severity}: {finding.column or 'all'}: {finding.text}; {finding.done}")
        for finding in inferred.findings
    ]
    return text + ("\n# What was found in the data:\n" + "\n".join(noted) + "\n" if noted else "")


def _comment(name: str, use_case: UseCase, why: Mapping[str, str]) -> list[str]:
    if name not in _COMMENTS:
        return []
    target = why.get(use_case.target, use_case.task.value)
    score = use_case.task.definition.score_in_words(use_case.target_spelling)
    lines = [_COMMENTS[name].format(name=use_case.name, target=target, score=score)]
    if name == "training" and SPLIT_REASON in why:
        lines.append(f"Rows kept apart to judge the model: {why[SPLIT_REASON]}.")
    return [f"# {line}" for line in lines]


def _remark(text: str) -> str:
    """Write a comment; what headers and values hold of line ends and control characters would end it."""
    return "# " + "".join(character if character.isprintable() else " " for character in text)


def _feature(feature: Mapping[str, Any], why: str) -> Iterator[str]:
    first, *rest = _dumped({name: feature[name] for name in ("name", "type")} | dict(feature))
    if why:
        yield f"  {_remark(why)}"
    yield f"  - {first}"
    yield from (f"    {line}" for line in rest)


def _dumped(content: Mapping[str, Any]) -> list[str]:
    """Write members one below the other, lists of plain values in one line."""
    lines: list[str] = []
    for name, value in content.items():
        is_plain = isinstance(value, list) and not any(isinstance(entry, dict) for entry in value)
        text = yaml.safe_dump(
            value if is_plain else {name: value},
            sort_keys=False,
            allow_unicode=True,
            width=_WIDTH,
            default_flow_style=is_plain,
        ).rstrip("\n")
        lines += (f"{name}: " + text.replace("\n", "\n  ") if is_plain else text).split("\n")
    return lines


def kind_words(use_case: UseCase) -> str:
    """Write how many features of which kind there are.

    >>> from usecases.contract.catalog import load_catalog
    >>> kind_words(load_catalog()["iris"])
    '4 numbers'
    """
    kinds = {"float": "number", "integer": "number", "timestamp": "time"}
    counts = Counter(kinds.get(feature.type, feature.type) for feature in use_case.features)
    plural = {"category": "categories"}
    return ", ".join(
        f"{counts[kind]} {kind if counts[kind] == 1 else plural.get(kind, kind + 's')}"
        for kind in ("number", "category", "boolean", "time")
        if counts[kind]
    )
