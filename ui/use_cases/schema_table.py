"""An inferred schema as a table to edit, and the edited table as a use case again; pure."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

TYPES = ["float", "integer", "category", "boolean", "timestamp"]
NUMBERS = {"float", "integer"}
KEEP = "keep"
COLUMNS = [KEEP, "name", "title", "type", "unit", "minimum", "maximum", "values", "nullable"]
_TEXTS = ["name", "title", "type", "unit"]


def schema_table(use_case: dict[str, Any]) -> pd.DataFrame:
    """Build a table with a row per feature; a feature that is not kept is left out of the use case."""
    entries = [{KEEP: True, "nullable": False, **feature} for feature in use_case["features"]]
    table = pd.DataFrame(entries).reindex(columns=COLUMNS)
    table[_TEXTS] = table[_TEXTS].astype(object).where(table[_TEXTS].notna(), "")
    limits = ["minimum", "maximum"]
    table[limits] = table[limits].where(table["type"].isin(NUMBERS)).astype(float)
    table["values"] = [list(value) if isinstance(value, list) else [] for value in table["values"]]
    return table.astype({KEEP: bool, "nullable": bool})


def edited_use_case(use_case: dict[str, Any], table: pd.DataFrame) -> dict[str, Any]:
    """Return the use case with the edits of the table; what the table does not show stays as it was inferred."""
    features = []
    left_out = []
    found: dict[str, str] = use_case.get("training", {}).get("notations", {})
    notations: dict[str, str] = {}
    rows: list[dict[str, Any]] = [
        dict(zip(COLUMNS, cells, strict=True)) for cells in table[COLUMNS].to_numpy().tolist()
    ]
    for feature, row in zip(use_case["features"], rows, strict=True):
        if row[KEEP]:
            features.append(_edited(feature, row))
            if feature["name"] in found and (
                row["type"] == feature["type"] or {row["type"], feature["type"]} == NUMBERS
            ):
                notations[row["name"]] = found[feature["name"]]
        else:
            left_out.append(_header(feature))
    edited = use_case | {"features": features, "ignored_columns": [*use_case.get("ignored_columns", ()), *left_out]}
    return edited | ({"training": use_case["training"] | {"notations": notations}} if found else {})


def with_second_class(use_case: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the use case with this one of its two classes as the second, whose probability is the score.

    >>> turned = with_second_class({"classes": ["a", "b"], "class_source_names": ["0", "1"]}, "a")
    >>> turned["classes"], turned["class_source_names"]
    (['b', 'a'], ['1', '0'])
    """
    if use_case["classes"][-1] == name:
        return use_case
    lists = ("classes", "class_source_names")
    return use_case | {field: use_case[field][::-1] for field in lists if field in use_case}


_OF_TYPES = {"example", "decimal_comma", "as_text", "shown_in_percent", "time_zone", "day_first"}


def _edited(feature: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    kind = row["type"]
    edited = {
        name: value
        for name, value in feature.items()
        # An example, or how its numbers or times are written, is of no use to a column of another type.
        if name not in COLUMNS and (kind == feature["type"] or name not in _OF_TYPES)
    }
    if kind in NUMBERS:
        edited |= {name: feature[name] for name in ("as_text", "shown_in_percent") if name in feature}
    if row["name"] != feature["name"]:
        edited["source_name"] = _header(feature)
    edited |= {name: _text(row[name]) for name in _TEXTS if _text(row[name])}
    if row["nullable"]:
        edited["nullable"] = True
    if kind == feature["type"] == "timestamp":  # the table has columns of numbers only
        edited |= {name: feature[name] for name in ("minimum", "maximum") if feature.get(name) is not None}
    if kind in NUMBERS:
        limits = {name: _number(row[name], feature.get(name)) for name in ("minimum", "maximum")}
        edited |= {name: limit for name, limit in limits.items() if limit is not None}
    if kind == "category":
        edited["values"] = [str(value) for value in row["values"]]
        if edited.get("example") not in edited["values"]:
            edited.pop("example", None)
    return edited


def _header(feature: dict[str, Any]) -> str:
    """Return the name the column has in the file."""
    return str(feature.get("source_name") or feature["name"])


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: float | None, before: float | None) -> float | None:
    if value is None or math.isnan(value):
        return None
    if before is not None and value == float(before):
        return before  # 64 bits of a whole number do not fit the table's numbers
    return int(value) if value.is_integer() else value


def field_title(parameter: str, use_case: dict[str, Any]) -> str:
    """Return the name that the table has for a field, from the path in the answer of the gateway.

    >>> field_title("use_case/features/0/float/maximum", {"features": [{"name": "heat", "type": "float"}]})
    'heat: maximum'
    """
    parts = [part for part in parameter.split("/") if part != "use_case"]
    match parts:
        case ["features", place, *rest] if place.isdecimal() and int(place) < len(use_case["features"]):
            feature = use_case["features"][int(place)]
            return ": ".join([feature.get("name") or f"row {int(place) + 1}", *(p for p in rest if p not in TYPES)])
        case []:
            return "the use case"
        case _:
            return ": ".join(parts)
