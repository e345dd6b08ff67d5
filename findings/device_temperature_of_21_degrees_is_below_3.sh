#!/usr/bin/env bash
# lwm2m-codec 0.1.1 (npm) reads the first half of a 64 bit number: a temperature of 21.5 degrees is 2.84.
#
# Expected: LwM2M's TLV format gives floats and integers in as many bytes as the length says, floats in 4 or 8.
# Seen: floats of 8 bytes are read as such of 4, so that 21.5 is 2.84, -40 is -3.06, 1013.25 is 4.49 and a million 10.9;
# the same numbers in 4 bytes are right. Integers of 8 bytes are right above zero; below, they are 2^33 too low. No
# error.
# Why it matters: the device decides how it writes; one with a new firmware, or of another maker, reports a plausible
# temperature that moves with the true one, but 16 degrees more, 32 after 16, are a quarter of one.
# Source: OMA LwM2M 1.0.2, 6.4.3 (TLV) and annex C (data types); found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "lwm2m-codec@0.1.1" >/dev/null

cat >check.js <<'JS'
const { decode } = require("lwm2m-codec");

// A resource with an identifier of two bytes; lengths from 8 stand in a byte of their own.
const record = (id, value) => {
  const long = value.length >= 8;
  const header = [long ? 0xe8 : 0xe0 | value.length, id >> 8, id & 0xff, ...(long ? [value.length] : [])];
  return Buffer.concat([Buffer.from(header), value]);
};
const single = (number) => { const bytes = Buffer.alloc(4); bytes.writeFloatBE(number); return bytes; };
const double = (number) => { const bytes = Buffer.alloc(8); bytes.writeDoubleBE(number); return bytes; };
const whole = (number) => { const bytes = Buffer.alloc(8); bytes.writeBigInt64BE(BigInt(number)); return bytes; };

for (const [sent, seen] of [[21.5, 2.8359375], [-40, -3.0625], [1013.25, 4.489501953125], [1e6, 10.9073486328125]]) {
  const right = decode("tlv", "/3303/0", record(5700, single(sent))).sensorValue;
  const wrong = decode("tlv", "/3303/0", record(5700, double(sent))).sensorValue;
  console.log(`${sent} in 4 bytes is ${right}, in 8 bytes ${wrong}`);
  if (right !== sent) throw new Error("Changed: floats of 4 bytes are read otherwise.");
  if (wrong !== seen) throw new Error(`Changed: ${sent} in 8 bytes is no longer ${seen}.`);
}
for (const [sent, seen] of [[1700000000, 1700000000], [5000000000, 5000000000], [-1, -1 - 2 ** 33]]) {
  const read = decode("tlv", "/3/0", record(13, whole(sent))).currTime;
  console.log(`${sent} as an integer of 8 bytes is ${read}`);
  if (read !== seen) throw new Error(`Changed: ${sent} is no longer ${seen}.`);
}
JS
node check.js
