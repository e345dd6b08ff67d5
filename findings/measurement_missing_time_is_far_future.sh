#!/usr/bin/env bash
# nptdms 1.13.0 writes a missing time into a TDMS file as the year 294181.
#
# Expected: NaT in a channel of times is refused, since TDMS knows no missing time, or comes back as NaT, as NaN does
# in a channel of numbers.
# Seen: in a channel it is written without a word and read back as 294181-01-08 04:00:54.775808, while the times
# beside it are right. As a property of the channel it is refused with an error, so the library knows the case.
# Why it matters: an event that did not happen (no restart, no end) gets a date after all others: durations until then
# are 290,000 years, the newest event is always this one, and "older than" filters drop the row.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "nptdms==1.13.0" "numpy==2.4.6"

venv/bin/python - <<'EOF'
import warnings
from importlib.metadata import version

import numpy
from nptdms import ChannelObject, TdmsFile, TdmsWriter

far = numpy.datetime64("294181-01-08T04:00:54.775808")
print("nptdms", version("nptdms"), "numpy", numpy.__version__)
given = numpy.array(["2024-01-01T00:00:00.123456", "NaT"], dtype="datetime64[us]")
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    with TdmsWriter("events.tdms") as writer:
        writer.write_segment(
            [
                ChannelObject("plant", "restart", given),
                ChannelObject("plant", "heat", numpy.array([1.5, numpy.nan])),
            ]
        )
    times = TdmsFile.read("events.tdms")["plant"]["restart"][:]
    heat = TdmsFile.read("events.tdms")["plant"]["heat"][:]
print("written:", given, "read:", times, "numbers:", heat, "warnings:", len(said))
if times[0] != given[0] or not numpy.isnan(heat[1]):
    raise SystemExit("Changed: the time that is there, or a NaN, no longer survives.")
if times[1] != far:
    raise SystemExit("Changed: a missing time is no longer the year 294181.")
if said:
    raise SystemExit("Changed: a missing time is warned of now.")
try:
    with TdmsWriter("property.tdms") as writer:
        writer.write_segment([ChannelObject("plant", "heat", numpy.array([1.5]), properties={"end": given[1]})])
except ValueError as error:
    print("as a property:", error)
else:
    raise SystemExit("Changed: a missing time is no longer refused as a property.")
EOF
