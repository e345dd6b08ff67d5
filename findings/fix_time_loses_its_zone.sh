#!/usr/bin/env bash
# simplefix 1.0.17 writes noon in New York as noon in UTC, or as eleven or twelve at the machine's offset.
#
# Expected: append_utc_timestamp of an aware datetime converts it to UTC, append_tz_timestamp keeps its offset, or
# both refuse it, as append_tz_time_only does with an error.
# Seen: 2026-07-01 12:00 at -04:00 becomes 20260701-12:00:00.000 as UTC time stamp (16:00 is right). As zoned one it
# is 20260701-12:00:00.000+02 on a machine in Berlin, and 11:00 at +09 or Z in Tokyo or UTC, where no summer time is
# known. The same moment handed over as seconds since 1970 is right in both, also beside it in the same message.
# Why it matters: FIX messages are the trades and prices that models learn from; a shift of four hours turns a feature
# of the past into one of the future, and the same code gives other data on a server and on a laptop.
# Source: found by running; the documentation asks for naive values (utcnow, now) and does not tell what else happens.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "simplefix==1.0.17" "tzdata==2026.6"

for zone in UTC Europe/Berlin Asia/Tokyo; do
    TZ=$zone venv/bin/python - <<'EOF'
import datetime
import os
import warnings
from importlib.metadata import version
from zoneinfo import ZoneInfo

warnings.simplefilter("ignore", DeprecationWarning)
import simplefix

noon = datetime.datetime(2026, 7, 1, 12, 0, tzinfo=ZoneInfo("America/New_York"))
message = simplefix.FixMessage()
message.append_utc_timestamp(60, noon)
message.append_tz_timestamp(1132, noon)
message.append_utc_timestamp(60, noon.timestamp())
message.append_tz_timestamp(1132, noon.timestamp())
utc, zoned, right_utc, right_zoned = (value.decode() for _, value in message.pairs)
try:
    message.append_tz_time_only(1079, noon)
    refused = False
except TypeError:
    refused = True
print("simplefix", version("simplefix"), "on a machine in", os.environ["TZ"], "for", noon.isoformat())
print(f"  UTC time stamp {utc}, zoned {zoned}; from seconds {right_utc} and {right_zoned}")
local = {
    "UTC": ("20260701-11:00:00.000Z", "20260701-16:00:00.000Z"),
    "Europe/Berlin": ("20260701-12:00:00.000+02", "20260701-18:00:00.000+02"),
    "Asia/Tokyo": ("20260701-11:00:00.000+09", "20260702-01:00:00.000+09"),
}
wrong, expected = local[os.environ["TZ"]]
if (right_utc, right_zoned) != ("20260701-16:00:00.000", expected):
    raise SystemExit("Changed: seconds since 1970, which used to be right, are written otherwise.")
if utc != "20260701-12:00:00.000":
    raise SystemExit("Changed: the UTC time stamp of an aware time no longer loses its zone.")
if zoned != wrong:
    raise SystemExit("Changed: the zoned time stamp of an aware time no longer gets the machine's offset.")
if not refused:
    raise SystemExit("Changed: append_tz_time_only no longer refuses an aware time.")
EOF
done
