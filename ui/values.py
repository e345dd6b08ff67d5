"""From what people write to what the gateway reads; pure. Whether a value is allowed is for the gateway to say."""

from __future__ import annotations

import re

from ui.gateway.answers import FeatureAnswer, UseCaseAnswer

# Digits of ASCII alone, as where large files are read.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DIGITS = re.compile(r"[+-]?\d+", re.ASCII)
_MISSING = frozenset({"", "nan", "null", "none", "na", "n/a"})
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Value = str | float | int | bool | None


def value_of(feature: FeatureAnswer | None, text: str | None) -> Value:
    """Read the text of one cell as JSON has it; what is no number stays a text, so that the gateway can say so.

    Examples
    --------
    >>> speed = FeatureAnswer(
    ...     name="speed", type="integer", title="Speed", description="", unit="", nullable=False
    ... )
    >>> value_of(speed, " 1480"), value_of(speed, "fast"), value_of(speed, "")
    (1480, 'fast', None)
    """
    if text is None:
        return None
    if feature is None or feature.type == "category":
        return text or None
    word = text.strip()
    if word.lower() in _MISSING:
        return None
    match feature.type:
        case "float" | "integer":
            return _number(word, text)
        case "boolean":
            return _BOOLEANS.get(word.lower(), text)
        case "timestamp":
            return word


def row_of(use_case: UseCaseAnswer, texts: dict[str, str | None]) -> dict[str, Value]:
    """Read the texts of a row."""
    features = {feature.name: feature for feature in use_case.features}
    return {name: value_of(features.get(name), text) for name, text in texts.items()}


def _number(word: str, text: str) -> Value:
    if _DIGITS.fullmatch(word):
        # Python refuses longer ones, and the gateway has no use for them either.
        return int(word) if len(word) <= 30 else text  # noqa: PLR2004  # far past 64 bits
    if _NUMBER.fullmatch(word):
        number = float(word)
        return text if number in {float("inf"), float("-inf")} else number
    return text
