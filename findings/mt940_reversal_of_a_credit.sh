#!/usr/bin/env bash
# mt-940 5.1.1 gives the reversal of a credit a positive amount, though the money leaves the account.
#
# Expected: field 61 of a bank statement marks a line D (debit), C (credit), RD (reversal of a debit)
# or RC (reversal of a credit). A reversal of a credit takes the money back, so its sign is that of a debit.
# Seen: only D is negative; RC 10.00 comes out as +10.00, so the lines no longer add up from the
# opening balance to the closing balance of the very same statement.
# Why it matters: whoever turns statements into rows (cash flow forecasts, credit scoring) sums
# wrong amounts, and just for the bounced payments, which tell the most.
# Source: SWIFT's description of field 61, subfield 3 (debit/credit mark); mt940js 1.3.5 for Node.js reads -300 and 50.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mt-940==5.1.1"

venv/bin/python - <<'EOF'
from importlib.metadata import version

import mt940

STATEMENT = """:20:STATEMENT
:25:10010010/1234567890
:28C:1/1
:60F:C251201EUR1000,00
:61:2512021202C300,00NMSCFIRST
:86:credit
:61:2512031203D50,00NMSCSECOND
:86:debit
:61:2512041204RC300,00NMSCTHIRD
:86:credit taken back
:61:2512051205RD50,00NMSCFOURTH
:86:debit given back
:62F:C251205EUR1000,00
"""

statement = mt940.parse(STATEMENT)
amounts = {line.data["status"]: float(line.data["amount"].amount) for line in statement}
opening = float(statement.data["final_opening_balance"].amount.amount)
closing = float(statement.data["final_closing_balance"].amount.amount)
print("mt-940", version("mt-940"))
print("amounts by mark:", amounts)
print(f"opening {opening} + lines {sum(amounts.values())} = {opening + sum(amounts.values())}, closing {closing}")

if amounts != {"C": 300.0, "D": -50.0, "RC": 300.0, "RD": 50.0}:
    raise SystemExit("Changed: mt-940 no longer gives the reversal of a credit a positive amount.")
if opening + sum(amounts.values()) == closing:
    raise SystemExit("Changed: the lines now add up to the closing balance.")
EOF
