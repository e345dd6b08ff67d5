#!/usr/bin/env bash
# complete-teltonika-parser 0.3.4 (npm) reads -5.5 degrees as 429496724.1, teltonika-parser 0.0.15 48 V as -17.5.
#
# Expected: the values that a Teltonika tracker sends (Codec 8) have a sign or none by their number: the temperature of
# a Dallas sensor (72) has one, the external voltage (66) and the driver's key (78) have none.
# Seen: the first library reads all of them without a sign, -55 tenths of a degree as 4294967241; the second all with
# one, 48000 mV as -17536, and the eight bytes of a key or a SIM card as a fraction, 72057594037927937 as 7.3e-304.
# Each is right where the other is wrong; neither says a word.
# Why it matters: cold chains are below zero most of the time, batteries of forklifts and buses are above 32 V, and
# driver is a feature; one fleet of which half of the data came through either library has two truths.
# Source: Teltonika, Codec 8 protocol and the AVL numbers of FMB devices (72, 66, 78); found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
  "complete-teltonika-parser@0.3.4" "teltonika-parser@0.0.15" >/dev/null

cat >check.js <<'JS'
const { ProtocolParser } = require("complete-teltonika-parser");
const TeltonikaParser = require("teltonika-parser");

/** Return a packet with one record: a voltage of 48 V, -5.5 degrees, and a driver's key. */
function packet() {
  const gps = Buffer.alloc(15);
  gps.writeInt32BE(102345678, 0);
  gps.writeInt32BE(534567890, 4);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(1767225600000n);
  const temperature = Buffer.alloc(4);
  temperature.writeInt32BE(-55);
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(72057594037927937n);
  const record = [
    time, Buffer.from([0]), gps, Buffer.from([0, 3, 0, 1, 66, 48000 >> 8, 48000 & 255, 1, 72]), temperature,
    Buffer.from([1, 78]), key,
  ];
  const data = Buffer.concat([Buffer.from([8, 1]), ...record, Buffer.from([1])]);
  let sum = 0;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  }
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(sum);
  return Buffer.concat([head, data, tail]);
}

const bytes = packet();
const first = new ProtocolParser(bytes.toString("hex")).Content.AVL_Datas[0].IOelement.Elements;
const second = Object.fromEntries(
  new TeltonikaParser(bytes).getAvl().records[0].ioElements.map(({ id, value }) => [id, value]),
);
console.log("complete-teltonika-parser", JSON.stringify(first), "teltonika-parser", JSON.stringify(second));
if (first[72] !== 4294967241 || first[66] !== 48000) throw new Error("Changed: the first library reads otherwise.");
if (BigInt(first[78]) !== 72057594037927937n) throw new Error("Changed: the first library reads a key otherwise.");
if (second[72] !== -55 || second[66] !== -17536) throw new Error("Changed: the second library reads otherwise.");
if (!(second[78] > 0 && second[78] < 1e-300)) throw new Error("Changed: the second library reads a key otherwise.");
JS
node check.js
