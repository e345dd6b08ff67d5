"""Why a row is bad: the one vocabulary of every door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from itertools import islice
from math import isnan
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import ErrorDetails

from usecases.columns.features import CategoryFeature, FeatureBase, FloatFeature, IntegerFeature, TimestampFeature
from usecases.columns.number_texts import is_ambiguous, is_whole_or_thousands
from usecases.columns.texts import MAX_TEXT_LENGTH, SHORTENED
from usecases.columns.timestamps import lacks_offset
from usecases.contract.spec import UseCase

MAX_SHOWN_VALUE = 200
"""Characters of a bad value that are kept among the reasons; the raw row keeps all of it."""


class RuleName(StrEnum):
    """Rules that every use case has; row rules add their own names to these."""

    MISSING = "missing"
    TYPE = "type"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    ALLOWED_VALUES = "allowed_values"
    UNKNOWN_COLUMN = "unknown_column"
    REPEATED_COLUMN = "repeated_column"
    NUMBER_OF_COLUMNS = "number_of_columns"
    QUOTATION_MARK = "quotation_mark"
    NOT_A_ROW = "not_a_row"
    NO_FEATURE = "no_feature"
    NAME_REUSED = "name_reused"
    FILE_REFUSED = "file_refused"
    STEP = "step"
    CONTRADICTION = "contradiction"


class Reason(BaseModel):
    """One reason why a row is bad."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = Field(description="Column at fault; none where the whole row is.")
    rule: str = Field(description="Rule that was broken.")
    value: str | None = Field(default=None, description="The value found, shortened.")
    message: str = Field(description="What is wrong, in words.")


def reason(use_case: UseCase, rule: str, column: str | None, value: Any = None) -> Reason:
    """Word one reason.

    >>> from usecases.contract.catalog import load_catalog
    >>> reason(load_catalog()["equipment_failure"], "maximum", "torque_nm", 455.0).message
    'torque_nm: 455.0 is above the maximum 120.0'
    """
    return reason_of_shown(use_case, rule, column, None if value is None else shown_value(value), is_cell=False)


def reason_of_shown(
    use_case: UseCase, rule: str, column: str | None, shown: str | None, *, is_cell: bool = True
) -> Reason:
    """Word one reason for a value that :func:`shown_value` returned, a cell among others of its column or one of a single row."""
    name = None if column is None else shown_value(column)
    return Reason(column=name, rule=rule, value=shown, message=_message(use_case, rule, name, shown, is_cell=is_cell))


def reason_of_line(rule: RuleName, problem: str, line: str) -> Reason:
    """Word why a line of a file is no row.

    >>> reason_of_line(RuleName.NUMBER_OF_COLUMNS, "line 7 has 2 cells instead of 3", "M-1,40.0").message
    "line 7 has 2 cells instead of 3: 'M-1,40.0'"
    """
    shown = shown_value(line)
    return Reason(column=None, rule=rule, value=shown, message=f"{problem}: {shown!r}")


def reasons_of(use_case: UseCase, errors: list[ErrorDetails]) -> list[Reason]:
    """Translate what pydantic found wrong with a row."""
    found: list[Reason] = []
    for error in errors:
        kind, value = error["type"], error["input"]
        column = str(error["loc"][0]) if error["loc"] else None
        if kind == "row_rule":
            found.extend(reason(use_case, name, None) for name in error["ctx"]["rules"])
        elif column is None:
            found.append(reason(use_case, RuleName.NOT_A_ROW, None, value))
        else:
            rule = _rule_of(kind, value)
            one = reason(use_case, rule, column, None if rule is RuleName.MISSING else value)
            place = _place_of_rows(use_case, column, value) if rule is RuleName.UNKNOWN_COLUMN else None
            found.append(one if place is None else one.model_copy(update={"message": _within(one, place)}))
    return found


def _within(found: Reason, place: str) -> str:
    return f"{found.message}; a row stands under {shown_value(place)!r}: send what is there alone"


_DEEPEST, _MOST_LOOKED_AT = 4, 50


def _place_of_rows(use_case: UseCase, place: str, value: Any, depth: int = 0) -> str | None:
    """Return where within a value a row stands, as programs wrap rows in what they tell of them; none where there is none."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict) or depth == _DEEPEST:
        return None
    own = sum(name in use_case.features_by_name or name in use_case.names_by_source for name in value)
    if own >= min(2, len(use_case.features)):
        return place
    inner = islice(value.items(), _MOST_LOOKED_AT)
    found = (_place_of_rows(use_case, f"{place}.{name}", one, depth + 1) for name, one in inner)
    return next(filter(None, found), None)


_RULE_OF_ERROR = {
    "missing": RuleName.MISSING,
    "extra_forbidden": RuleName.UNKNOWN_COLUMN,
    "greater_than_equal": RuleName.MINIMUM,
    "less_than_equal": RuleName.MAXIMUM,
    "literal_error": RuleName.ALLOWED_VALUES,
}
"""What is not listed here is a value of the wrong type."""


def _rule_of(kind: str, value: Any) -> RuleName:
    rule = _RULE_OF_ERROR.get(kind, RuleName.TYPE)
    if rule is RuleName.UNKNOWN_COLUMN:
        return rule
    if value is None or value == "" or (isinstance(value, float) and isnan(value)):
        return RuleName.MISSING
    if rule is RuleName.ALLOWED_VALUES and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        return RuleName.TYPE
    return rule


def shown_value(value: Any) -> str:
    """Shorten a value to a text that JSON and PostgreSQL take: no NUL character, no half of a surrogate pair."""
    try:
        text = str(value)[:MAX_SHOWN_VALUE]
    except (ValueError, RecursionError):  # Python refuses to write out whole numbers of more than 4,300 digits
        text = f"a very long {type(value).__name__}"
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def _message(use_case: UseCase, rule: str, column: str | None, shown: str | None, *, is_cell: bool) -> str:
    feature = use_case.features_by_name.get(column or "")
    match rule:
        case RuleName.MISSING:
            text = f"{column}: {_required(use_case, column)}"
        case RuleName.TYPE:
            text = f"{column}: {shown!r} {_mistyped(feature, shown, is_cell=is_cell)}"
        case RuleName.MINIMUM | RuleName.MAXIMUM if isinstance(
            feature, FloatFeature | IntegerFeature | TimestampFeature
        ):
            limit = (
                f"below the minimum {feature.minimum}" if rule == "minimum" else f"above the maximum {feature.maximum}"
            )
            text = f"{column}: {shown} is {limit}"
        case RuleName.ALLOWED_VALUES if isinstance(feature, CategoryFeature):
            listed = ", ".join(feature.values[:10]) + (", ..." if len(feature.values) > 10 else "")  # noqa: PLR2004  # fits a line
            text = f"{column}: {shown!r} is not one of {listed}"
        case RuleName.UNKNOWN_COLUMN:
            text = f"{column}: not a column of {use_case.name}; it has {', '.join(use_case.columns)}"
        case RuleName.REPEATED_COLUMN:
            text = f"{column}: the name stands twice in the row; which of the two is meant? Send it once"
        case RuleName.STEP | RuleName.CONTRADICTION:
            text = f"{column}: {shown} {_OF_OBSERVATIONS[rule]}"
        case _:
            text = _message_of_row(use_case, rule, shown)
    return text


def _message_of_row(use_case: UseCase, rule: str, shown: str | None) -> str:
    """Word what is wrong with a row as a whole."""
    match rule:
        case RuleName.NOT_A_ROW:
            text = f"not a row: an object with {', '.join(use_case.columns)} is expected"
        case RuleName.NO_FEATURE:
            names = ", ".join(feature.name for feature in use_case.features[:10])
            text = f"the row has a value for no feature, so there is nothing to predict from; send one of {names}"
        case RuleName.NAME_REUSED:
            text = f"{', '.join(use_case.inbox.identity)}: {shown} stands for other values that came before"
        case RuleName.FILE_REFUSED:
            text = "valid, but its file was refused as a whole, so it was not predicted"
        case _:
            condition = next((declared.check for declared in use_case.rules if declared.name == rule), rule)
            text = f"{rule}: the row breaks {condition!r}"
    return text


_OF_OBSERVATIONS: Mapping[str, str] = {
    RuleName.STEP: "is no whole number of steps from the other readings; round it, or write the forecast.frequency that "
    "readings have; days that begin at midnight of a zone with summer time are written as days alone, 2026-03-30",
    RuleName.CONTRADICTION: "contradicts another reading of the same series and time, known at the same moment; send a "
    "correction with the later time at which it was known, in the column that forecast.known_at names",
}

_LOST_DIGITS = (
    "is a number whose last digits are lost, in a spreadsheet or in a column of decimals, so that others look alike; write it as a "
    "text, or as a whole number with all of its digits"
)

_GROUPED = r"\s*[+-]?[1-9]\d{0,2}((?:\.\d{3})+|(?:,\d{3})+)\s*"
_PERCENT = r"\s*[+-]?\d+([.,]\d+)?\s?%\s*"

_LACKS_OFFSET = (
    "does not say how far it is from UTC, as the times of the training data do; write it like 2026-03-01T12:30:00+01:00, or write "
    "the zone of such times into usecase.yaml, as time_zone of the feature"
)

_ODD_CLOCKS = "comes twice or never on the clocks of {zone}, which are put back or forward then; write its offset from UTC behind it"

_WANTED = {
    "float": "number",
    "integer": "whole number, or too large a one (past 64 bits)",
    "boolean": "true or false",
    "timestamp": "time written like 2026-12-31 16:30 (ISO 8601), between the years 1700 and 2200",
}


def _mistyped(feature: FeatureBase | None, shown: str | None, *, is_cell: bool) -> str:
    text = shown or ""
    if isinstance(feature, FloatFeature | IntegerFeature) and (why := _no_number(feature, text, is_cell=is_cell)):
        return why
    if isinstance(feature, TimestampFeature) and lacks_offset(text, feature.time_zone):
        return _LACKS_OFFSET if feature.time_zone is None else _ODD_CLOCKS.format(zone=feature.time_zone)
    if "\\x00" in text:
        return "holds a character that cannot be printed (NUL); write it without"
    if feature is None and re.match(rf"{SHORTENED}|^-?\d{{4,}}\.0$", text, re.ASCII):
        return _LOST_DIGITS
    return f"is no {_wanted(feature)}"


def _no_number(feature: FloatFeature | IntegerFeature, text: str, *, is_cell: bool) -> str:
    """Return why a text is no number though it looks like one; empty where it does not."""
    if isinstance(feature, FloatFeature) and feature.decimal_comma and is_ambiguous(text):
        return "could be two numbers; write it without the point, or with a comma and its decimals"
    if is_cell and isinstance(feature, FloatFeature) and is_ambiguous(text):
        return "could be two numbers, for others of its column have decimal commas; write it as 1234, or with decimals, 1.2340"
    if isinstance(feature, IntegerFeature) and is_whole_or_thousands(text):
        return "could be two numbers, for some write a point between thousands; write it without the point"
    if isinstance(feature, IntegerFeature) and (found := re.fullmatch(_GROUPED, text, re.ASCII)):
        mark = "point" if "." in found[1] else "comma"
        return f"is no whole number; where a {mark} stands between thousands, write it without"
    if re.fullmatch(_PERCENT, text, re.ASCII):
        like = "" if feature.example is None else f", such as {feature.example:g}"
        return f"is in percent; write the number alone, as the training data does{like}, in a cell that shows no percent sign"
    return ""


def _wanted(feature: FeatureBase | None) -> str:
    return _WANTED.get(getattr(feature, "type", ""), f"text of at most {MAX_TEXT_LENGTH} characters")


def _required(use_case: UseCase, column: str | None) -> str:
    for table in use_case.feature_tables:
        if column in {one.name for one in table.features}:
            age = "" if table.max_age is None else f" that is not older than {table.max_age}"
            of = "" if table.join_key is None else f" of its {table.join_key}"
            return f"{table.table} has no observation{of}{age}; send observations there, then this row again"
    return "a value is required"
