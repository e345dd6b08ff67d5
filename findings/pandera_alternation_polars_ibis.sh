#!/usr/bin/env bash
# pandera 0.35.0: str_matches("ok|warn") refuses "not ok" for pandas and lets it through for polars and ibis.
#
# Expected: one check means one thing on every backend: the pattern has to match from the beginning of the value.
# Seen: for pandas the whole pattern is anchored. For polars and ibis only the first alternative is (a "^" is put in front of
# the text of the pattern), so any value that merely contains "warn" or, further along, a later alternative is valid.
# Patterns without an alternative behave alike, which is why tests of the ordinary patterns do not show it.
# Why it matters: lists of states, units or plant codes written as alternatives are checked on one backend and hardly on the
# other; moving a pipeline from pandas to polars for speed silently weakens its schema. Remedy: write "(?:ok|warn)".
# Source: pandera documentation, Check.str_matches.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "pandera[polars]==0.35.0" "pandas==3.1.1" "polars==2.1.0" \
  "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.0" "pyarrow==25.0.1"

venv/bin/python - 2>errors.txt <<'PY' || { cat errors.txt >&2; exit 1; }
import sys
from importlib.metadata import version

import ibis
import pandas as pd
import pandera.ibis as pandera_ibis
import pandera.pandas as pandera_pandas
import pandera.polars as pandera_polars
import polars as pl
from pandera.errors import SchemaErrors

STATES = ["ok", "warn", "not warn", "all but ok"]
BACKENDS = {
    "pandas": (pandera_pandas, str, pd.DataFrame),
    "polars": (pandera_polars, pl.String, pl.DataFrame),
    "ibis": (pandera_ibis, str, lambda table: ibis.memtable(pd.DataFrame(table))),
}


def accepted(backend: str, pattern: str) -> list[str]:
    module, kind, frame = BACKENDS[backend]
    schema = module.DataFrameSchema({"state": module.Column(kind, module.Check.str_matches(pattern))})
    found = []
    for state in STATES:
        try:
            schema.validate(frame({"state": [state]}), lazy=True)
        except SchemaErrors:
            continue
        found.append(state)
    return found


print("pandera", version("pandera"), "polars", version("polars"), "ibis", version("ibis-framework"))
plain = {backend: accepted(backend, "ok|warn") for backend in BACKENDS}
grouped = {backend: accepted(backend, "(?:ok|warn)") for backend in BACKENDS}
print("ok|warn     ", plain)
print("(?:ok|warn) ", grouped)
if any(states != ["ok", "warn"] for states in grouped.values()):
    sys.exit("The grouped pattern is not understood alike any more.")
if plain != {"pandas": ["ok", "warn"], "polars": ["ok", "warn", "not warn"], "ibis": ["ok", "warn", "not warn"]}:
    sys.exit("The backends treat alternatives in another way now.")
PY
echo "Seen: polars and ibis accept 'not warn' for the pattern ok|warn, pandas does not."
