#!/usr/bin/env bash
# workalendar 17.0.0 and holidays 0.109 do not agree which days of 2025 and 2026 are national holidays.
#
# Expected: the national holidays of a country are a matter of law, so that two libraries that are asked for a past or
# present year list the same days, but for days moved because of a weekend.
# Seen: for Germany, France, Austria and Finland they do. For the United States workalendar leaves out Juneteenth (a
# federal holiday since 2021). For Brazil it has Easter Sunday in place of Good Friday, and not 20 November. Of the
# substitute days of Japan, such as 6 May 2025, it has none. For Sweden it counts Midsummer's Eve, Christmas Eve and
# New Year's Eve, which holidays leaves out. Neither says how up to date it is.
# Why it matters: "is a holiday" and "working days until" are the first features of every forecast of demand and load;
# trained with one library and served with the other, the days that behave most unlike the rest are mixed up.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "workalendar==17.0.0" "holidays==0.109"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import holidays
from workalendar.registry import registry

print("workalendar", version("workalendar"), "holidays", version("holidays"))


def listed(country, year):
    by_workalendar = {str(day) for day, _ in registry.get(country)().holidays(year)}
    by_holidays = {str(day) for day in holidays.country_holidays(country, years=year)}
    return by_workalendar, by_holidays


for country in ("DE", "FR", "AT", "FI"):
    for year in (2025, 2026):
        first, second = listed(country, year)
        print(country, year, "both list", len(first & second), "days, one only", len(first ^ second))
        if first != second:
            raise SystemExit(f"Changed: the two no longer agree on {country} in {year}.")
expected = {
    ("US", 2025): (set(), {"2025-06-19"}),
    ("US", 2026): (set(), {"2026-06-19"}),
    ("BR", 2025): ({"2025-04-20"}, {"2025-04-18", "2025-11-20"}),
    ("JP", 2025): (set(), {"2025-02-24", "2025-05-06", "2025-11-24"}),
    ("SE", 2025): ({"2025-06-20", "2025-12-24", "2025-12-31"}, set()),
}
for (country, year), wanted in expected.items():
    first, second = listed(country, year)
    print(country, year, "workalendar only:", sorted(first - second), "holidays only:", sorted(second - first))
    if (first - second, second - first) != wanted:
        raise SystemExit(f"Changed: the two differ otherwise for {country} in {year}.")
EOF
