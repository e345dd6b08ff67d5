#!/usr/bin/env bash
# lifelines 0.30.3 counts from 1 January to 1 June as four months, and a year that is not a leap year as no year.
#
# Expected: datetimes_to_durations(..., freq="M") and freq="Y" count calendar months and years, so that five whole
# months are 5 and a whole year is 1.
# Seen: the difference is divided by a mean month of 30.44 and a mean year of 365.24 days and cut: 1 January to 1 June
# is 4, a February alone is 0, and 2023 is 11 months and 0 years, while 2024 is 1 year. Nothing is said.
# Why it matters: times to churn or to failure in months are the target of a survival model; contracts that end after
# exactly one year fall into month 11 and year 0, depending on the leap year.
# Source: found by running; NumPy has such mean months and years for timedelta64.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "lifelines==0.30.3" "pandas==2.3.3"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore", category=DeprecationWarning)

from lifelines.utils import datetimes_to_durations

expected = {
    ("2024-01-01", "2024-06-01", "M"): 4.0,
    ("2024-02-01", "2024-03-01", "M"): 0.0,
    ("2024-01-01", "2024-02-01", "M"): 1.0,
    ("2023-01-01", "2024-01-01", "M"): 11.0,
    ("2023-01-01", "2024-01-01", "Y"): 0.0,
    ("2024-01-01", "2025-01-01", "Y"): 1.0,
}
print("lifelines", version("lifelines"))
for (start, end, unit), wanted in expected.items():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        durations, events = datetimes_to_durations([start], [end], freq=unit)
    print(f"{start} to {end} in {unit}: {durations[0]:g}, event {events[0]}")
    if durations[0] != wanted or not events[0]:
        raise SystemExit(f"Changed: {start} to {end} is no longer {wanted:g} {unit} with an event.")
    if any(issubclass(warning.category, UserWarning) for warning in said):
        raise SystemExit("Changed: such durations are warned of now.")
EOF
