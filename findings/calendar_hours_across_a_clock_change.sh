#!/usr/bin/env bash
# icalendar 7.3.0 lets an event of exact hours last one hour longer or shorter when the clocks change.
#
# Expected: RFC 5545 (3.3.6) says that a duration in hours is exact: a shift that starts at 01:00 in Berlin
# on 27 October 2024 and lasts PT4H ends at 04:00, for the hour from 02:00 to 03:00 comes twice.
# Seen: .end says 05:00, five hours later; in March the same four hours are three. recurring-ical-events
# 3.8.2, which expands calendars into rows, gives the same ends.
# Why it matters: calendars of shifts, maintenance and prices become features and labels; twice a
# year durations are wrong by an hour, and a join by time takes the rows of the next shift.
# Source: RFC 5545, section 3.3.6, "Duration".
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  "icalendar==7.3.0" "recurring-ical-events==3.8.2" "tzdata==2026.6"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import icalendar
import recurring_ical_events

EVENT = """BEGIN:VEVENT
UID:{day}
DTSTAMP:20240101T000000Z
DTSTART;TZID=Europe/Berlin:{day}T010000
DURATION:PT4H
SUMMARY:night shift
END:VEVENT
"""
DAYS = ("20240331", "20240630", "20241027")
events = "".join(EVENT.format(day=day) for day in DAYS)
text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{events}END:VCALENDAR\n"
calendar = icalendar.Calendar.from_ical(text.replace("\n", "\r\n"))


def hours(start, end):
    return (end.timestamp() - start.timestamp()) / 3600


direct = [hours(event.start, event.end) for event in calendar.events]
expanded = [
    hours(event["DTSTART"].dt, event["DTEND"].dt)
    for event in recurring_ical_events.of(calendar).between((2024, 1, 1), (2024, 12, 31))
]
print("icalendar", version("icalendar"), "recurring-ical-events", version("recurring-ical-events"))
print("PT4H on", DAYS, "lasts", direct, "hours; expanded:", sorted(expanded))
if direct != [3.0, 4.0, 5.0] or sorted(expanded) != [3.0, 4.0, 5.0]:
    raise SystemExit("Changed: four exact hours are no longer three or five on the days of the clock change.")
EOF
