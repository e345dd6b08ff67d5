#!/usr/bin/env bash
# rabbitmq-stream-js-client 1.0.0 (npm) sends the application property 0 as null, 0.87 as 0 and 2.7 as 2.
#
# Expected: properties of AMQP 1.0 are typed; 0 is sent as a number and 0.87 as a double, or a number that cannot be
# sent is refused, as 3000000000 and true are.
# Seen: every number is written as a 32-bit int, without its decimals; 0, NaN and an empty text become null. 5 and -1
# are right. No error.
# Why it matters: scores, thresholds, retry counts and partition numbers travel as properties of RabbitMQ streams, which
# brokers also filter by; a score of 0.87 arrives as 0, and partition 0 has no number at all.
# Source: OASIS AMQP 1.0, part 1, 1.6 on primitive types; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "rabbitmq-stream-js-client@1.0.0" >/dev/null

cat >check.js <<'EOF'
const folder = `${process.cwd()}/node_modules/rabbitmq-stream-js-client/dist`;
const { amqpEncode } = require(`${folder}/amqp10/encoder.js`);
const { BufferDataWriter } = require(`${folder}/requests/buffer_data_writer.js`);

/** Return what follows the property's name "n" in the bytes that are sent: a type and a value, in hexadecimal. */
function sent(value) {
  const bytes = Buffer.alloc(200);
  const writer = new BufferDataWriter(bytes, 0);
  amqpEncode(writer, { content: Buffer.from("x"), applicationProperties: { n: value } });
  const text = bytes.toString("hex", 0, writer.offset);
  const start = text.indexOf("a1016e") + 6;
  return text.slice(start, text.indexOf("005375", start));
}

const seen = Object.fromEntries([5, -1, 0, 0.87, 2.7, NaN].map((value) => [value, sent(value)]));
console.log("71: int, 40: null;", JSON.stringify(seen), "empty text:", sent(""));
for (const value of [3000000000, true]) {
  let refused = false;
  try {
    sent(value);
  } catch {
    refused = true;
  }
  if (!refused) throw new Error(`Changed: ${value} is no longer refused.`);
}
if (seen[5] !== "7100000005" || seen[-1] !== "71ffffffff") throw new Error("Changed: 5 and -1 are sent otherwise.");
if (seen[0.87] !== "7100000000" || seen[2.7] !== "7100000002") throw new Error("Changed: decimals are sent now.");
if ([seen[0], seen.NaN, sent("")].some((bytes) => bytes !== "40")) throw new Error("Changed: 0 is no longer null.");
EOF
node check.js
