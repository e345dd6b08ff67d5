#!/usr/bin/env bash
# mzdata 3.0.0 (npm) gives the spectrum of 90 seconds the times 90, 1.5 and 1, by the format and the writer of its file.
#
# Expected: the retention time of a spectrum has one unit. mzML names its unit beside each value (second or minute),
# mzXML writes a duration of ISO 8601, of which PT1M30S and PT90S are the same.
# Seen: the unit of mzML is left out of sight, so that 1.5 minutes are 1.5 and 90 seconds 90; of PT1M30S what stands
# before the first letter is taken, 1, and so of PT1M59S. No error.
# Why it matters: writers of instruments differ, by minutes here and seconds there; peaks are matched by their time, and
# a model of a substance's time learns from two units, or finds a minute of spectra at one instant.
# Source: mzML 1.1, term MS:1000016 with its unit; mzXML 3.2, retentionTime of the type xs:duration; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "mzdata@3.0.0" >/dev/null

cat >check.mjs <<'JS'
import { parseMZ } from "mzdata";

const mass = Buffer.from(new Float64Array([100, 200]).buffer).toString("base64");
const count = Buffer.from(new Float64Array([7, 8]).buffer).toString("base64");
const pairs = Buffer.from(new Float64Array([100, 7, 200, 8]).buffer).swap64().toString("base64");

/** Return an mzML file of two spectra at the same time, which is told in a unit. */
function mzml(time, accession, unit) {
  const term = (code, name, more = "") => `<cvParam cvRef="MS" accession="MS:${code}" name="${name}" ${more}/>`;
  const array = (data, code, name) =>
    `<binaryDataArray encodedLength="${data.length}">${term(1000523, "64-bit float")}${term(1000576, "no compression")}
     ${term(code, name)}<binary>${data}</binary></binaryDataArray>`;
  const start = term(1000016, "scan start time", `value="${time}" unitAccession="${accession}" unitName="${unit}"`);
  const spectrum = `<spectrum><scanList count="1"><scan>${start}</scan></scanList><binaryDataArrayList count="2">
    ${array(mass, 1000514, "m/z array")}${array(count, 1000515, "intensity array")}</binaryDataArrayList></spectrum>`;
  return `<?xml version="1.0"?><mzML><run><spectrumList count="2">${spectrum}${spectrum}</spectrumList></run></mzML>`;
}

/** Return an mzXML file of one spectrum. */
function mzxml(time) {
  const peaks = `<peaks precision="64" byteOrder="network" contentType="m/z-int">${pairs}</peaks>`;
  const scan = `<scan num="1" msLevel="1" peaksCount="2" retentionTime="${time}">${peaks}</scan>`;
  return `<?xml version="1.0"?><mzXML><msRun scanCount="1">${scan}</msRun></mzXML>`;
}

const CASES = [
  ["mzML, 90 seconds", mzml("90", "UO:0000010", "second"), 90],
  ["mzML, 1.5 minutes", mzml("1.5", "UO:0000031", "minute"), 1.5],
  ["mzXML, PT90S", mzxml("PT90S"), 90],
  ["mzXML, PT1M30S", mzxml("PT1M30S"), 1],
  ["mzXML, PT1M59S", mzxml("PT1M59S"), 1],
];
for (const [name, file, wanted] of CASES) {
  const { times, series } = await parseMZ(file);
  const values = JSON.stringify(series.ms.data[0].map((array) => [...array]));
  console.log(`${name}: ${times[0]}`);
  if (values !== "[[100,200],[7,8]]") throw new Error(`Changed: the spectrum of ${name} is read as ${values}.`);
  if (Number(times[0]) !== wanted) throw new Error(`Changed: ${name} is no longer at ${wanted}.`);
}
JS
node check.mjs
