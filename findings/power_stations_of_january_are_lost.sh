#!/usr/bin/env bash
# entsoe-py 0.8.1 puts the year 2026 on 2 January, loses January of monthly values, and moves the weeks of summer.
#
# Expected: in the European grid operators' documents a period begins at local midnight, 31 December 23:00 in UTC, and
# position 2 of monthly values is the month after; in Brussels that is 1 February 00:00, in summer time as well.
# Seen: steps of months and years are added in UTC with the rule "next first of a month": the first month is 2 January
# and then overwritten by February's value, and a second year begins on 2 December of the first. Weeks and days after
# the change of clocks begin at 01:00. Hours and quarters are right. No error.
# Why it matters: installed capacity (yearly) and forecasts of the load (weekly, daily) are joined to prices by time:
# the year's capacity is missing for its first day, and half of the year's weeks join to nothing.
# Source: ENTSO-E, introduction of different time series possibilities (curve types): a position is a count of steps.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "entsoe-py==0.8.1" "pandas==3.1.1" "numpy==2.4.6"

venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from entsoe.parsers import parse_generation, parse_loads


def times_and_values(parse, start, end, step, count):
    """Return the local times, and the values 1, 2, 3 and so on, that are read from a period with equal steps."""
    points = "".join(
        f"<Point><position>{number}</position><quantity>{number}</quantity></Point>" for number in range(1, count + 1)
    )
    read = parse(
        "<GL_MarketDocument><TimeSeries><businessType>A60</businessType><curveType>A01</curveType>"
        "<MktPSRType><psrType>B16</psrType></MktPSRType><Period><timeInterval>"
        f"<start>{start}</start><end>{end}</end></timeInterval><resolution>{step}</resolution>{points}"
        "</Period></TimeSeries></GL_MarketDocument>"
    ).tz_convert("Europe/Brussels")
    values = [value for row in read.dropna(axis="columns", how="all").values.tolist() for value in row]
    return [f"{time:%Y-%m-%d %H:%M}" for time in read.index], values


def weekly(xml):
    return parse_loads(xml, process_type="A33").drop(columns="Max Forecasted Load")


print("entsoe-py", version("entsoe-py"))
CASES = {
    "years": (parse_generation, "2025-12-31T23:00Z", "2027-12-31T23:00Z", "P1Y", 2),
    "months": (parse_generation, "2025-12-31T23:00Z", "2026-03-31T22:00Z", "P1M", 3),
    "weeks": (weekly, "2026-03-22T23:00Z", "2026-04-05T22:00Z", "P7D", 2),
    "hours": (parse_generation, "2025-12-31T23:00Z", "2026-01-01T01:00Z", "PT60M", 2),
}
SEEN = {
    "years": (["2026-01-02 00:00", "2026-12-02 00:00"], [1.0, 2.0]),
    "months": (["2026-01-02 00:00", "2026-02-02 00:00"], [2.0, 3.0]),
    "weeks": (["2026-03-23 00:00", "2026-03-30 01:00"], [1.0, 2.0]),
    "hours": (["2026-01-01 00:00", "2026-01-01 01:00"], [1.0, 2.0]),
}
for name, case in CASES.items():
    read = times_and_values(*case)
    print(f"{name}: {read}")
    if read != SEEN[name]:
        raise SystemExit(f"Changed: {name} are no longer read as {SEEN[name]}.")
PYTHON
