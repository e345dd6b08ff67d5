#!/usr/bin/env bash
# messagepack 1.1.12 (npm) writes a time half a second before 1970 as 3.8 seconds after it began.
#
# Expected: MessagePack's timestamp is whole seconds, rounded down, and nanoseconds of 0 to 999999999 on top, as
# @msgpack/msgpack 3.1.3 writes it: -1.5 s is -2 s and 500000000 ns.
# Seen: the seconds are rounded towards zero, and the rest, below zero, is written without its sign: -1.5 s is read as
# 2.794967296 s and -0.001 s as 4.293967296 s, by messagepack itself and by all who do not refuse nanoseconds beyond a
# second. Times since 1970 and whole seconds are right, so that order is lost only now and then. No error.
# Why it matters: dates of birth, of installation and of long climate series lie before 1970; with a part of a second,
# each is up to 4.3 seconds late and stands behind its successors. Differences of times, sent as dates, lose their sign.
# Source: MessagePack specification, timestamp extension type; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "messagepack@1.1.12" "@msgpack/msgpack@3.1.3" >/dev/null

cat >check.js <<'JS'
const messagepack = require("messagepack");
const peer = require("@msgpack/msgpack");

// Milliseconds since 1970 that are sent, and those that are read.
const CASES = [
  [1500, 1500], [-1000, -1000], [-1500, 2794.967296], [-500, 3794.967296], [-1, 4293.967296],
  [-86400500, -86396205.032704],
];
for (const [sent, seen] of CASES) {
  const written = Buffer.from(messagepack.encode(new Date(sent)));
  const nanoseconds = written.readUInt32BE(3);
  const read = Number(written.readBigInt64BE(7)) * 1000 + nanoseconds / 1e6;
  const own = messagepack.decode(written).valueOf();
  console.log(`${sent} ms is written as ${read} ms (${nanoseconds} ns), and read back as ${own}`);
  if (Math.abs(read - seen) > 1e-6) throw new Error(`Changed: ${sent} is no longer written as ${seen}.`);
  if (own !== Math.trunc(seen)) throw new Error(`Changed: ${sent} is no longer read back as ${Math.trunc(seen)}.`);
  if (peer.decode(peer.encode(new Date(sent))).valueOf() !== sent) throw new Error("Changed: the peer loses a time.");
}
JS
node check.js
