"""Names that everybody uses who writes to the registry or reads from it."""

from __future__ import annotations

CHAMPION = "champion"
"""Alias of the version that is served."""

CHALLENGER = "challenger"
"""Alias of the version that scores the same rows in shadow."""

PROFILE_FILE, USE_CASE_FILE, GOLDEN_FILE, REPORT_FILE = "profile.json", "usecase.yaml", "golden.json", "report.json"
"""Files beside the model of a version that `smartpredict train` made, in the folder :data:`EXTRA_FILES`."""

EXTRA_FILES = "extra_files"
"""MLflow's folder for what is stored beside a model."""

DIGEST_TAG, SCHEMA_HASH_TAG, ROWS_TAG, SPLIT_TAG = "digest", "schema_hash", "rows", "split"
"""Tags of a version: SHA-256 of its model file, hash of the schema it wants, rows it was fitted on, and how those it was
judged by were chosen."""
