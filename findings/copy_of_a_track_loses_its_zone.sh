#!/usr/bin/env bash
# gpxpy 1.6.2 copies a track that was recorded in New York so that its times move by five hours.
#
# Expected: clone() gives the same points at the same moments.
# Seen: the offset of a copy is made from its name, which is written -5:00 and read as two digits, so it is 0: noon in
# New York, 17:00 UTC, is noon UTC in the copy, and is written to a file like that. -03:30 is named -4:30 and becomes
# minus half an hour. Offsets east of Greenwich are kept. No error.
# Why it matters: a copy is taken before a track is smoothed or cut. Weather, prices or other sensors are then joined by
# time, with a shift for tracks of the Americas only.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "gpxpy==1.6.2"

venv/bin/python - <<'EOF'
import warnings
from datetime import UTC
from importlib.metadata import version

import gpxpy

warnings.simplefilter("error")
TRACK = """<gpx version="1.1" creator="recorder" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="40.7" lon="-74.0"><time>2026-01-15T12:00:00{}</time></trkpt></trkseg></trk></gpx>"""
SEEN = {
    "Z": ("12:00", "12:00"),
    "+05:30": ("06:30", "06:30"),
    "-10:00": ("22:00", "22:00"),
    "-05:00": ("17:00", "12:00"),
    "-03:30": ("15:30", "12:30"),
}


def time(track):
    """Return the UTC time of day of the only point."""
    return next(track.walk(only_points=True)).time.astimezone(UTC).strftime("%H:%M")


print("gpxpy", version("gpxpy"))
for offset, seen in SEEN.items():
    track = gpxpy.parse(TRACK.format(offset))
    times = time(track), time(track.clone())
    written = time(gpxpy.parse(track.clone().to_xml()))
    print(f"noon at {offset}: {times[0]} UTC, of the copy {times[1]}, written and read {written}")
    if (*times, written) != (*seen, seen[1]):
        raise SystemExit(f"Changed: expected {seen}.")
EOF
