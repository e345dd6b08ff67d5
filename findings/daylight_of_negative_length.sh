#!/usr/bin/env bash
# astral 3.2 says that the sun sets nine to fourteen hours before it rises, far from Greenwich.
#
# Expected: sun(observer, date) gives sunrise, noon and sunset of one day in this order, in any place without polar
# night, as suntime 1.4.0 does.
# Seen: with the default time zone, UTC, each event is moved into the UTC date by itself. In London the order is
# right. In Los Angeles, Honolulu, Tokyo and Auckland the sunset is the one before the sunrise, and sunset minus
# sunrise is -9 to -14 hours. With the zone of the place (tzinfo=) all is right. No warning.
# Why it matters: the length of day and "is the sun up" are features of load, solar yield and traffic; computed in
# UTC, as pipelines do, night and day are swapped in half of the world, and all works in a European test.
# Source: found by running; astral documents UTC as the default zone.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "astral==3.2" "suntime==1.4.0" "tzdata==2026.6"

venv/bin/python - <<'EOF'
import datetime
import warnings
from importlib.metadata import version
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import sun
from suntime import Sun

day = datetime.date(2024, 1, 10)
places = {
    "London": (51.5, -0.1, "Europe/London"),
    "Los Angeles": (34.05, -118.24, "America/Los_Angeles"),
    "Honolulu": (21.3, -157.86, "Pacific/Honolulu"),
    "Tokyo": (35.68, 139.69, "Asia/Tokyo"),
    "Auckland": (-36.85, 174.76, "Pacific/Auckland"),
}
print("astral", version("astral"), "suntime", version("suntime"))


def hours(first, last):
    return round((last - first).total_seconds() / 3600, 1)


for name, (latitude, longitude, zone) in places.items():
    observer = Observer(latitude, longitude)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        in_utc = sun(observer, date=day)
        in_place = sun(observer, date=day, tzinfo=ZoneInfo(zone))
    peer = Sun(latitude, longitude)
    moment = datetime.datetime(2024, 1, 10)
    by_suntime = hours(peer.get_sunrise_time(moment), peer.get_sunset_time(moment))
    length, local = hours(in_utc["sunrise"], in_utc["sunset"]), hours(in_place["sunrise"], in_place["sunset"])
    print(f"{name}: sunrise {in_utc['sunrise']:%d %H:%M}, sunset {in_utc['sunset']:%d %H:%M} UTC,", end=" ")
    print(f"day of {length} h, in its own zone {local} h, suntime {by_suntime} h")
    if said:
        raise SystemExit("Changed: astral warns now.")
    if not 7 < local < 16 or abs(local - by_suntime) > 0.2:
        raise SystemExit("Changed: the day in the zone of the place, or suntime's, has another length.")
    if name == "London" and length != local:
        raise SystemExit("Changed: the day of London is no longer right in UTC.")
    if name != "London" and not -15 < length < -8:
        raise SystemExit(f"Changed: the day of {name} is no longer of negative length.")
EOF
