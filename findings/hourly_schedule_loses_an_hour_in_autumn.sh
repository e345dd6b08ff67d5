#!/usr/bin/env bash
# recurring-ical-events 3.8.2 leaves out one hour of an hourly schedule in autumn, and lists one twice in spring.
#
# Expected: an event that repeats every hour in Berlin happens 25 times on 27 October 2024 and 23 times on 31 March,
# each at another moment.
# Seen: 24 times on both days. In autumn nothing happens for two hours between 02:00+02:00 and 03:00+01:00; in spring
# 02:00, an hour that does not exist, and 03:00 are the same moment.
# Why it matters: readings, prices or inspections joined to the schedule lose an hour's rows once a year and count one
# hour's rows double; a unique key of use and time is violated in March.
# Source: RFC 5545, section 3.3.10: invalid local times of a recurrence are ignored.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  "icalendar==7.3.0" "recurring-ical-events==3.8.2" "tzdata==2026.6"

venv/bin/python - <<'EOF'
import datetime
from importlib.metadata import version

import icalendar
import recurring_ical_events


def starts(day):
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20240101T000000Z\r\n"
        f"DTSTART;TZID=Europe/Berlin:{day:%Y%m%d}T000000\r\nDURATION:PT10M\r\nRRULE:FREQ=HOURLY;COUNT=60\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    query = recurring_ical_events.of(icalendar.Calendar.from_ical(text))
    return sorted(
        (event["DTSTART"].dt for event in query.between(day, day + datetime.timedelta(days=1))),
        key=lambda start: (start.timestamp(), start.isoformat()),
    )


print("recurring-ical-events", version("recurring-ical-events"), "icalendar", version("icalendar"))
seen = {}
for day in (datetime.date(2024, 10, 27), datetime.date(2024, 6, 30), datetime.date(2024, 3, 31)):
    moments = [start.timestamp() for start in starts(day)]
    gap = max(after - before for before, after in zip(moments, moments[1:])) / 3600
    seen[str(day)] = (len(moments), len(set(moments)), gap)
    print(f"{day}: {len(moments)} events at {len(set(moments))} moments, longest pause {gap} hours")
if seen["2024-06-30"] != (24, 24, 1.0):
    raise SystemExit("Changed: an ordinary day no longer has 24 events.")
if seen["2024-10-27"] != (24, 24, 2.0):
    raise SystemExit("Changed: the hour that comes twice is no longer left out.")
if seen["2024-03-31"] != (24, 23, 1.0):
    raise SystemExit("Changed: two events no longer share a moment in spring.")
EOF
