#!/usr/bin/env bash
# jcampconverter 12.5.3 (npm) reads 5.0E-04 of a spectrum as two points, 5 and -4, and moves the others behind them.
#
# Expected: a number of JCAMP-DX (AFFN) may end in E, a sign and two or three digits, the power of ten: 0.0005.
# Seen: E is taken for the digit 5 of the packed form (SQZ): "0.5 5.0E-04 0.25" are the five points 0.5, 5, 5, -4, 0.25
# instead of three, "1.5E-03" is 1.5, 5, -3. That NPOINTS says three is not noted. The same numbers without a power of
# ten are right. No error.
# Why it matters: programs change to powers of ten on their own where a value is small; the weakest places of a spectrum
# become its highest peaks, and the bands behind them stand at other wave numbers.
# Source: JCAMP-DX 4.24 on the numbers of AFFN; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" "jcampconverter@12.5.3" >/dev/null

cat >check.js <<'JS'
const { convert } = require("jcampconverter");

const spectrum = (values) => [
  "##TITLE=three points", "##JCAMP-DX=4.24", "##DATA TYPE=INFRARED SPECTRUM", "##XUNITS=1/CM", "##YUNITS=ABSORBANCE",
  "##XFACTOR=1", "##YFACTOR=1", "##FIRSTX=400", "##LASTX=404", "##NPOINTS=3", "##DELTAX=2", "##XYDATA=(X++(Y..Y))",
  `400 ${values}`, "##END=",
].join("\n");
const CASES = [
  ["0.5 0.0005 0.25", [0.5, 0.0005, 0.25]],
  ["0.5 5.0E-04 0.25", [0.5, 5, 5, -4, 0.25]],
  ["1.5E-03 2.5E+02 3", [1.5, 5, -3, 2.5, 5, 2, 3]],
];
for (const [values, seen] of CASES) {
  const { x, y } = convert(spectrum(values)).flatten[0].spectra[0].data;
  console.log(`${values}: ${y} at ${x}`);
  if (JSON.stringify([...y]) !== JSON.stringify(seen)) throw new Error(`Changed: ${values} is no longer ${seen}.`);
  if (x.length !== seen.length || x[x.length - 1] !== 398 + 2 * seen.length) throw new Error("Changed: other places.");
}
JS
node check.js
