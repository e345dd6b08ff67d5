#!/usr/bin/env bash
# isoxml 1.11.2 (npm) leaves out those parts of a field where nothing shall be spread: a mean rate of 50 becomes 100.
#
# Expected: an application map for a tractor (ISOBUS, ISO 11783-10) is a grid with a rate in each cell, and a rate of 0
# is one of them; a map that was read back covers the whole field.
# Seen: getGridAsGeoJSON() gives no cell for a rate of 0, as it gives none outside of the field. With two rates to a
# cell, a 0 of the first is kept where the second is not 0. No warning.
# Why it matters: zero rates are how protected strips and rich soils are mapped. A model of yields from what was applied
# never sees an unfertilised cell, and the use per hectare is that of the treated part.
# Source: ISO 11783-10, grid type 2; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "isoxml@1.11.2" >/dev/null

cat >check.js <<'JS'
const { ISOXMLManager, TAGS, TaskTaskStatusEnum } = require("isoxml");

/** Return a strip of a field, as degrees, with the rates of two products. */
function strip(west, seed, lime) {
  const [east, south, north] = [west + 0.001, 50.0, 50.001];
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  return { type: "Feature", properties: { seed, lime }, geometry: { type: "Polygon", coordinates: [ring] } };
}

/** Return the count of cells and the mean of a rate in the map that a tractor's task gives back. */
function read(names, features) {
  const manager = new ISOXMLManager();
  const task = manager.createEntityFromAttributes(TAGS.Task, { TaskStatus: TaskTaskStatusEnum.Planned });
  const rate = () => manager.createEntityFromAttributes(TAGS.ProcessDataVariable, { ProcessDataDDI: "0001" });
  task.addGridFromGeoJSON({ type: "FeatureCollection", features }, names.map(rate), names);
  const cells = task.getGridAsGeoJSON(names).features.map((cell) => cell.properties[names[0]]);
  return { cells: cells.length, mean: Math.round(cells.reduce((sum, rate) => sum + rate, 0) / cells.length) };
}

const field = [strip(10, 0, 5), strip(10.001, 100, 5)];
const treated = read(["seed"], field.slice(1));
const one = read(["seed"], field);
const two = read(["seed", "lime"], field);
console.log("treated half alone:", treated, "whole field:", one, "with a second rate:", two);
if (one.mean !== 100 || one.cells > treated.cells * 1.1) throw new Error("Changed: cells of a rate of 0 are kept.");
if (two.mean !== 50 || two.cells < one.cells * 1.9) throw new Error("Changed: two rates are read otherwise.");
JS
node check.js
