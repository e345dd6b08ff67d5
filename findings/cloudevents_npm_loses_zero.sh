#!/usr/bin/env bash
# cloudevents 10.0.0 (npm) reads events of cloudevents 2.2.0 (Python): data that is 0, false or "" is gone, time is cut to
# milliseconds and its offset lost.
#
# Expected: a structured JSON event carries any JSON value as data, so a prediction of 0 or false arrives as 0 or false, and
# "time" is an RFC 3339 text that is handed on as it came.
# Seen: HTTP.toEvent() gives an event whose data is undefined for 0, false and the empty text (1, true and [] arrive), and an event sent
# on has no data member at all. 10:00:00.123456+01:00 becomes 09:00:00.123Z.
# Why it matters: the negative class of a binary model, a count of zero or "no alarm" vanishes between two official SDKs of
# one standard; joining events by their time fails, and events within a millisecond become equal.
# Source: CloudEvents specification 1.0, JSON event format, section 3.1 (data may be any JSON value).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "cloudevents==2.2.0"
npm install --silent --no-audit --no-fund "cloudevents@10.0.0" >/dev/null

venv/bin/python - >events.json <<'PY'
import json
from datetime import datetime

from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent

TIME = datetime.fromisoformat("2026-03-01T10:00:00.123456+01:00")
messages = []
for number, data in enumerate((0, False, 1, True, "", [])):
    attributes = {"id": str(number), "source": "/plant/7", "type": "prediction", "specversion": "1.0", "time": TIME}
    message = http.to_structured_event(CloudEvent({**attributes, "datacontenttype": "application/json"}, data))
    messages.append({"headers": message.headers, "body": message.body.decode()})
print(json.dumps(messages))
PY

cat >read.cjs <<'JS'
const { HTTP } = require("cloudevents");
const messages = JSON.parse(require("fs").readFileSync("events.json", "utf8"));
console.log("cloudevents (npm) 10.0.0 reads cloudevents (Python) 2.2.0");
const arrived = messages.map((message) => {
  const sent = JSON.parse(message.body);
  const event = HTTP.toEvent(message);
  const again = JSON.parse(HTTP.structured(event).body);
  console.log("sent", JSON.stringify(sent.data), sent.time, "- read", event.data, event.time, "- sent on", again.data);
  return { data: event.data, kept: "data" in again, time: event.time };
});
const data = JSON.stringify(arrived.map((event) => (event.data === undefined ? "nothing" : event.data)));
if (data !== '["nothing","nothing",1,true,"nothing",[]]') {
  console.error(`The behaviour changed: the data arrives as ${data}.`);
  process.exit(1);
}
if (arrived[0].kept || arrived[1].kept || !arrived[2].kept) {
  console.error("The behaviour changed: the data of 0 or false is sent on.");
  process.exit(1);
}
if (!arrived.every((event) => event.time === "2026-03-01T09:00:00.123Z")) {
  console.error(`The behaviour changed: the time is ${arrived[0].time}.`);
  process.exit(1);
}
JS
node read.cjs
echo "Seen: 0, false and the empty text arrive as no data, and times lose their microseconds and offset."
