"""The digest of a row contract: what decides about a row, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from usecases.columns.features import FeatureBase, TimestampFeature
from usecases.contract.feature_tables import FeatureTable

_NOT_DECIDING = {
    "title", "description", "unit", "example", "source_name", "decimal_comma", "as_text", "shown_in_percent", "time_zone",
    "day_first",
}  # fmt: skip
"""Fields of a feature that say nothing about what a valid row is."""


def row_digest(
    about: Mapping[str, Any],
    features: Collection[FeatureBase],
    rules: Collection[str],
    tables: Collection[FeatureTable],
) -> str:
    """Return the digest of all that decides what a valid row is and how it is encoded.

    Twelve hexadecimal digits tell apart more versions of one use case than will ever exist.

    Parameters
    ----------
    about
        Name, task, classes and key of the use case.
    features, rules
        Its features, and the conditions between their values.
    tables
        Where features are joined from; what is joined decides what a row brings. Use cases without any have the digest
        that they had before there were any.
    """
    deciding = {**about, "features": [_deciding(feature) for feature in features], "rules": list(rules)}
    if tables:
        fields = {"table", "join_key", "features"}
        deciding["feature_tables"] = [table.model_dump(mode="json", include=fields) for table in tables]
    canonical = json.dumps(deciding, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _deciding(feature: FeatureBase) -> dict[str, Any]:
    """Return what decides about the values of a feature; what it does not declare leaves the digest what it was."""
    fields = feature.model_dump(mode="json", exclude=_NOT_DECIDING)
    if not feature.missing_values:
        del fields["missing_values"]
    if isinstance(feature, TimestampFeature):
        fields = {name: value for name, value in fields.items() if value is not None}
    return fields
