#!/usr/bin/env bash
# gpxparser 3.0.8 (npm) divides the climb of one stretch of a track by the length of the next one, up to Infinity.
#
# Expected: slopes holds, as documented, the slope between each two points; a height that is missing gives none; the
# lowest point of a track by the sea is 0.
# Seen: two stretches of 2 km and 20 m that climb 20 m each have slopes of 100 % and Infinity instead of 1 % and 100 %.
# A point without a height between two of 400 m makes -400 % and 400 %, as if it lay at 0 m. The lowest height of a
# track that begins at 0 m is null, and so is the climb of a flat track. No error.
# Why it matters: slopes are what consumption and range of a vehicle, effort and wear are predicted from. Recorders
# store points closer together in curves, so each curve makes a steep ramp out of the straight before it.
# Source: found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts "gpxparser@3.0.8" >/dev/null

cat >check.js <<'JS'
const Parser = require("gpxparser");
const point = ([longitude, height]) =>
  `<trkpt lat="0" lon="${longitude}">${height === undefined ? "" : `<ele>${height}</ele>`}</trkpt>`;
function track(points) {
  const parser = new Parser();
  const segment = `<trk><trkseg>${points.map(point).join("")}</trkseg></trk>`;
  parser.parse(`<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">${segment}</gpx>`);
  return parser.tracks[0];
}
const METRE = 1 / 111194.93;
const short = (values) => values.map((value) => (isFinite(value) ? Math.round(value) : value)).join(" ");

const road = track([[0, 0], [2000 * METRE, 20], [2020 * METRE, 40]]);
const hole = track([[0, 400], [100 * METRE], [200 * METRE, 400], [300 * METRE, 400]]);
const flat = track([[0, 7], [100 * METRE, 7]]);
const lengths = short(road.distance.cumul.filter(Number));
const seen = [lengths, short(road.slopes), road.elevation.min, short(hole.slopes), flat.elevation.pos];
console.log(`lengths from the start ${seen[0]} m, slopes ${seen[1]} %, lowest ${seen[2]}`);
console.log(`without one height: slopes ${seen[3]} %; climb of a flat track: ${seen[4]}`);
if (JSON.stringify(seen) !== JSON.stringify(["2000 2020 2020", "100 Infinity", null, "-400 400 NaN", null])) {
  console.log("Changed:", JSON.stringify(seen));
  process.exit(1);
}
process.exit(0);
JS
node check.js
