#!/usr/bin/env bash
# hierarchicalforecast 1.5.3 adds up two series into one when the names of their levels contain a slash.
#
# Expected: aggregate() keeps the pair of site "A" and line "B/C" apart from site "A/B" and line "C", or refuses names
# with the character that it joins them by; it checks for missing names and values.
# Seen: both are called "A/B/C": their readings, 1 and 10, are summed to 11 in one bottom series, so that the sum over
# lines of a site is no longer the site. One level above, a site "A/B" and the line "B" of site "A" are one series as
# well, and the table of the hierarchy has its name twice. No error, no warning.
# Why it matters: names such as "24/7", "N/A", "kg/h" or "Press 3/4" are common in plants and shops; a forecast of the
# merged series goes to two places, and reconciliation makes all other numbers fit it.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "hierarchicalforecast==1.5.3" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import pandas

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from hierarchicalforecast.utils import aggregate

days = pandas.date_range("2024-01-01", periods=3, freq="D")
print("hierarchicalforecast", version("hierarchicalforecast"))


def sums(*series):
    rows = [(site, line, day, reading) for site, line, reading in series for day in days]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        table, hierarchy, _ = aggregate(
            pandas.DataFrame(rows, columns=["site", "line", "ds", "y"]), [["site"], ["site", "line"]]
        )
    if any(issubclass(warning.category, UserWarning) for warning in said):
        raise SystemExit("Changed: names with a slash are warned of now.")
    return (table.groupby("unique_id")["y"].sum() / len(days)).to_dict(), hierarchy["unique_id"].tolist()


plain, names = sums(("A", "B-C", 1.0), ("A-B", "C", 10.0))
print("with hyphens:", plain, names)
if plain != {"A": 1, "A/B-C": 1, "A-B": 10, "A-B/C": 10}:
    raise SystemExit("Changed: series with other names are no longer kept apart.")
bottom, names = sums(("A", "B/C", 1.0), ("A/B", "C", 10.0))
print("the same with slashes:", bottom, names)
if bottom != {"A": 1, "A/B": 10, "A/B/C": 11}:
    raise SystemExit("Changed: two bottom series with one joined name are no longer summed.")
middle, names = sums(("A", "B", 1.0), ("A/B", "C", 10.0))
print("site A with line B, and site A/B:", middle, names)
if middle.get("A/B") != 11 or names.count("A/B") != 2:
    raise SystemExit("Changed: a site and a line with one joined name are no longer one series.")
EOF
