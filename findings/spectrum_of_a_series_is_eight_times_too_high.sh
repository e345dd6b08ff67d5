#!/usr/bin/env bash
# spc-parser 1.0.0 (npm) reads an absorbance of 0.25 as 2 when another spectrum of the same file reaches up to 4.
#
# Expected: an SPC file of several spectra has a power of two for each of them: 3 where the values reach up to 4, 0
# where they stay below 0.5. The second spectrum here is 0.1, 0.2, 0.3, 0.25.
# Seen: a power of 0 is taken for "not given" and replaced by the one of the file, 3: 0.8, 1.6, 2.4, 2. Powers other
# than 0 are right, and so is the first spectrum. No error.
# Why it matters: weak spectra, the blank and the first minutes of a reaction, have just this power; they become as
# high as the strong ones, and a calibration or a model of concentration learns that.
# Source: Galactic SPC file format, sub header, "subexp"; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "spc-parser@1.0.0" >/dev/null

cat >check.mjs <<'JS'
import { parse } from "spc-parser";

/** Return an SPC file of spectra at 400, 402, 404 and 406, each with its power of two. */
function write(filePower, spectra) {
  const header = Buffer.alloc(512);
  header[0] = 0x04; // several spectra with one x axis
  header[1] = 0x4b;
  header.writeInt8(filePower, 3);
  header.writeUInt32LE(4, 4);
  header.writeDoubleLE(400, 8);
  header.writeDoubleLE(406, 16);
  header.writeUInt32LE(spectra.length, 24);
  const parts = spectra.map(([power, values], index) => {
    const part = Buffer.alloc(32 + 16);
    part.writeInt8(power, 1);
    part.writeUInt16LE(index, 2);
    values.forEach((value, point) => part.writeInt32LE(Math.round((value / 2 ** power) * 2 ** 32), 32 + 4 * point));
    return part;
  });
  return new Uint8Array(Buffer.concat([header, ...parts]));
}

const weak = [0.1, 0.2, 0.3, 0.25];
const file = write(3, [[3, [1, 2, 3, 3.5]], [0, weak], [1, weak]]);
const read = parse(file).spectra.map(({ variables }) => [...variables.y.data].map((value) => Number(value.toFixed(4))));
console.log("spc-parser", JSON.stringify(read));
const SEEN = [[1, 2, 3, 3.5], [0.8, 1.6, 2.4, 2], weak];
if (JSON.stringify(read) !== JSON.stringify(SEEN)) throw new Error(`Changed: not ${JSON.stringify(SEEN)} any more.`);
JS
node check.mjs
