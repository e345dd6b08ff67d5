#!/usr/bin/env bash
# nmea-simple 3.3.0 (npm) reports 0 for all that a ship's instrument leaves empty: depth, wind, heading, position.
#
# Expected: in NMEA 0183 an empty field means that the value is not known; a parser gives null or leaves it out.
# Seen: an echo sounder that has lost the bottom sends "$..DBT,,f,,M,,F" and is read as a depth of 0 m; wind of an
# empty angle and speed is 0 at 0 degrees and "valid"; a compass without a heading points north. A depth of 12.3 m is
# read as 12.3. No error.
# Why it matters: a depth of 0 m is the worst reading there is, and calm is a common one; alarms go off at sea, and
# averages, fuel models and logs take each dropout for a measurement.
# Source: NMEA 0183, null fields; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "nmea-simple@3.3.0" >/dev/null

cat >check.js <<'EOF'
const { parseNmeaSentence } = require("nmea-simple");

/** Return what is read from this sentence, after its check sum is added. */
function read(sentence) {
  const sum = [...sentence].reduce((total, letter) => total ^ letter.charCodeAt(0), 0);
  return parseNmeaSentence(`$${sentence}*${sum.toString(16).toUpperCase().padStart(2, "0")}`);
}

const known = read("IIDBT,40.4,f,12.3,M,6.7,F").depthMeters;
const depth = read("IIDBT,,f,,M,,F").depthMeters;
const wind = read("IIMWV,,R,,N,A");
const heading = read("GPHDT,,T").heading;
const fix = read("GPGGA,120000.00,,,,,0,00,99.99,,,,,,");
console.log(`depth ${known} and ${depth}, heading ${heading}`);
console.log(`wind ${wind.speed} from ${wind.windAngle}, ${wind.status}`);
console.log(`position ${fix.latitude}, ${fix.longitude}, height ${fix.altitudeMeters}, fix ${fix.fixType}`);
if (known !== 12.3) throw new Error("Changed: a depth that is known is no longer read.");
const place = [fix.latitude, fix.longitude, fix.altitudeMeters];
const seen = [depth, wind.speed, wind.windAngle, wind.status, heading, ...place];
if (seen.join() !== "0,0,0,valid,0,0,0,0") throw new Error("Changed: empty fields are no longer 0.");
EOF
node check.js
