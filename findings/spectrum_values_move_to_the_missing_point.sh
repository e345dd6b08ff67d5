#!/usr/bin/env bash
# jcampconverter 12.5.3 (npm) leaves a missing point of a spectrum out and gives the next values to the points before.
#
# Expected: JCAMP-DX marks a missing ordinate of (X++(Y..Y)) by a question mark; the point has no value, and those after
# it stay where they are: 3 belongs to 404.
# Seen: of the five points 400 to 408 with 1, ?, 3, 4, 5 four are left: 3 stands at 402, 4 at 404 and 5 at 406, though
# the line of 4 says that it begins at 406. No error, and nothing in the log that the converter hands over.
# Why it matters: calibrations and classifiers take the intensity at fixed wave numbers; bands are shifted in those
# spectra that had a gap, and only in those.
# Source: JCAMP-DX 4.24 on missing ordinates; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "jcampconverter@12.5.3" >/dev/null

cat >check.mjs <<'EOF'
import { convert } from "jcampconverter";

const HEAD = `##TITLE=polymer
##JCAMP-DX=4.24
##DATA TYPE=INFRARED SPECTRUM
##XUNITS=1/CM
##YUNITS=ABSORBANCE
##FIRSTX=400
##LASTX=408
##NPOINTS=5
##FIRSTY=1
##XFACTOR=1
##YFACTOR=0.01
##XYDATA=(X++(Y..Y))
`;
const read = (lines) => {
  const answer = convert(`${HEAD}${lines}##END=\n`, {});
  const { x, y } = answer.flatten[0].spectra[0].data;
  return { points: x.map((place, index) => `${place}:${y[index]}`).join(" "), logs: (answer.logs || []).length };
};
const whole = read("400 100 200 300\n406 400 500\n");
const gap = read("400 100 ? 300\n406 400 500\n");
console.log("whole:", whole.points, "with a gap:", gap.points, "messages:", gap.logs);
if (whole.points !== "400:1 402:2 404:3 406:4 408:5") throw new Error("Changed: whole spectra are read otherwise.");
if (gap.points !== "400:1 402:3 404:4 406:5")
  throw new Error("Changed: values after a missing point are no longer given to the points before.");
EOF
node check.mjs
