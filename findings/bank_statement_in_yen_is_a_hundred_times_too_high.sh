#!/usr/bin/env bash
# iso20022.js 0.0.15 (npm) reads 1500 yen as 150000, 1.234 dinars as 123.4, and 64.10 euros as 6409.999999999999 cents.
#
# Expected: amounts of a bank statement (camt.053) come in the smallest unit of their currency, as the library says:
# 1500 for yen, which have none smaller, 1234 for Kuwaiti dinars, which have three decimals, 6410 for 64.10 euros.
# Seen: every currency has two decimals, and the text is multiplied as a binary float, so that some amounts in euros
# are a fraction below their cents. No error.
# Why it matters: a cash forecast over accounts in several currencies sees a hundredfold account in Tokyo; where cents
# are stored as whole numbers, 6409.999999999999 is cut to 6409, and the booking finds no invoice of that amount.
# Source: ISO 4217, minor units of currencies; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" "iso20022.js@0.0.15" >/dev/null

cat >check.mjs <<'JS'
import { CashManagementEndOfDayReport } from "iso20022.js";

/** Return a statement with one closing balance. */
function statement(currency, amount) {
  const type = "<Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>";
  const money = `<Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>`;
  const balance = `<Bal>${type}${money}<Dt><Dt>2026-02-01</Dt></Dt></Bal>`;
  const bank = "<Svcr><FinInstnId><BIC>BANKDEFFXXX</BIC></FinInstnId></Svcr>";
  const account = `<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>${currency}</Ccy>${bank}</Acct>`;
  const head = "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-02-02T06:00:00</CreDtTm></GrpHdr>";
  return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>${head}<Stmt><Id>S1</Id>
    <ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-02-02T06:00:00</CreDtTm>${account}${balance}</Stmt>
    </BkToCstmrStmt></Document>`;
}

const CASES = [
  ["EUR", "100.00", 10000, 10000],
  ["EUR", "64.10", 6410, 6409.999999999999],
  ["EUR", "1.15", 115, 114.99999999999999],
  ["JPY", "1500", 1500, 150000],
  ["KWD", "1.234", 1234, 123.4],
];
for (const [currency, amount, right, seen] of CASES) {
  const [balance] = CashManagementEndOfDayReport.fromXML(statement(currency, amount)).statements[0].balances;
  console.log(`iso20022.js: ${amount} ${balance.currency} is ${balance.amount}, in smallest units ${right}`);
  if (balance.amount !== seen) throw new Error(`Changed: ${amount} ${currency} is no longer read as ${seen}.`);
}
JS
node check.mjs
