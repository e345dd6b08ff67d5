#!/usr/bin/env bash
# betterproto 1.2.5 sends "half a second early" as half a second late, and times before 1970 a second late.
#
# Expected: a Duration of -0.5 s and a Timestamp of 1969-12-31T23:59:59.5Z come back as they were; to_json() writes noon
# at +02:00 as 10:00Z. protobuf 7.36.2, Google's own, does all three.
# Seen: -0.5 s comes back as 0.5 s and -1.5 s as -0.5 s; the time comes back as 00:00:00.5 of 1970; JSON says 12:00Z,
# two hours off, though the binary form of the same message says 10:00Z. Positive durations, and times since 1970, are
# right. No error.
# Why it matters: lags, offsets and forecast horizons are durations with a sign, and a sign that turns only below one
# second hides well; logs in JSON and messages in binary form disagree about the moment of a reading.
# Source: google/protobuf/duration.proto and timestamp.proto on signs and on "Z"; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "betterproto==1.2.5" "protobuf==7.36.2"

cat >check.py <<'EOF'
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

import betterproto
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp


@dataclass
class Reading(betterproto.Message):
    when: datetime = betterproto.message_field(1)
    lag: timedelta = betterproto.message_field(2)


def after_lag(seconds):
    """Return a lag in seconds after a round trip, here and in protobuf."""
    peer = Duration()
    peer.FromTimedelta(timedelta(seconds=seconds))
    message = bytes(Reading(lag=timedelta(seconds=seconds)))
    return Reading().parse(message).lag.total_seconds(), peer.ToTimedelta().total_seconds()


print("betterproto", version("betterproto"), "protobuf", version("protobuf"))
for seconds, wanted in ((-0.5, 0.5), (-1.5, -0.5), (-2.0, -2.0), (1.5, 1.5)):
    seen, peer = after_lag(seconds)
    print(f"{seconds} s comes back as {seen} s, in protobuf as {peer} s")
    if (seen, peer) != (wanted, seconds):
        raise SystemExit(f"Changed: {seconds} s no longer comes back as {wanted} s.")
before = datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=timezone.utc)
seen = Reading().parse(bytes(Reading(when=before))).when
print("half a second before 1970 comes back as", seen)
if seen - before != timedelta(seconds=1):
    raise SystemExit("Changed: a time before 1970 is no longer a second late.")
noon = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
peer = Timestamp()
peer.FromDatetime(noon)
text, binary = Reading(when=noon).to_dict()["when"], Reading().parse(bytes(Reading(when=noon))).when
print("noon at +02:00 in JSON:", text, "in binary:", binary, "in protobuf's JSON:", peer.ToJsonString())
if (text, binary.hour, peer.ToJsonString()) != ("2026-07-01T12:00:00Z", 10, "2026-07-01T10:00:00Z"):
    raise SystemExit("Changed: JSON no longer says 12:00Z, or binary and protobuf no longer 10:00Z.")
EOF
venv/bin/python check.py
