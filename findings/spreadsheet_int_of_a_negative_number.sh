#!/usr/bin/env bash
# hyperformula 3.5.0 (npm) takes INT(-2.5) for -2, Excel and its other copies for -3.
#
# Expected: INT rounds down: INT(-2.5) is -3 and INT(-0.1) is -1, as formulajs 4.6.1 (npm) says; hyperformula describes
# INT as rounding down as well.
# Seen: -2 and 0, like TRUNC. FLOOR(-2.5, 1) and MOD(-2.5, 1) are right, so that INT(x) + MOD(x, 1) is no longer x: -2 +
# 0.5 is -1.5. No error.
# Why it matters: INT puts values into bins and days into weeks; around zero two bins become one of double width, and
# everything before the first day lands a bin late. Temperatures and balances below zero are such values.
# Source: Microsoft's documentation of INT.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" \
    "hyperformula@3.5.0" "@formulajs/formulajs@4.6.1" >/dev/null

cat >check.js <<'EOF'
const formulajs = require("@formulajs/formulajs");
const { HyperFormula } = require("hyperformula");
const expected = {
  "INT(-2.5)": -2, "INT(-0.1)": 0, "INT(2.5)": 2,
  "FLOOR(-2.5,1)": -3, "MOD(-2.5,1)": 0.5, "INT(-2.5)+MOD(-2.5,1)": -1.5,
};
const texts = Object.keys(expected);
const sheet = HyperFormula.buildFromArray(texts.map((text) => [`=${text}`]), { licenseKey: "gpl-v3" });
const peer = [formulajs.INT(-2.5), formulajs.INT(-0.1), formulajs.INT(2.5)];
console.log("hyperformula", HyperFormula.version, "formulajs: INT(-2.5), INT(-0.1), INT(2.5) are", peer.join(", "));
if (String(peer) !== "-3,-1,2") throw new Error("Changed: formulajs no longer rounds down.");
texts.forEach((text, row) => {
  const value = sheet.getCellValue({ sheet: 0, row, col: 0 });
  console.log(`${text} is ${value}`);
  if (value + 0 !== expected[text] + 0) throw new Error(`Changed: ${text} is no longer ${expected[text]}.`);
});
EOF
node check.js
