#!/usr/bin/env bash
# ofxparse 0.21 ignores the zone of a bank transaction when it has no name, and so books it on another day.
#
# Expected: OFX times end in an offset with a name that may be left out: 20240131233000[-5:EST] and 20240131233000[-5]
# are the same moment, 04:30 of 1 February in UTC.
# Seen: with the name it is converted, without it the offset is dropped: 23:30 of 31 January. ofxtools 1.1.1 reads both
# alike.
# Why it matters: at the end of a month the transaction falls into the other month's sum; which banks leave the
# name out decides which customers' rows are shifted.
# Source: OFX specification, dates, times and time zones.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ofxparse==0.21" "ofxtools==1.1.1"

venv/bin/python - <<'EOF'
import io
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
from ofxparse import OfxParser
from ofxtools.Parser import OFXTree

STATEMENT = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20240201120000<LANGUAGE>ENG</SONRS>
</SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>1<ACCTID>2<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20240101<DTEND>20240131
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240131233000[-5:EST]<TRNAMT>-1.00<FITID>named<NAME>a</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20240131233000[-5]<TRNAMT>-1.00<FITID>bare<NAME>b</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>1.00<DTASOF>20240131</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
""".encode()

account = OfxParser.parse(io.BytesIO(STATEMENT)).account
by_ofxparse = {line.id: str(line.date) for line in account.statement.transactions}
tree = OFXTree()
tree.parse(io.BytesIO(STATEMENT))
by_ofxtools = {line.fitid: str(line.dtposted) for line in tree.convert().statements[0].transactions}
print("ofxparse", version("ofxparse"), by_ofxparse)
print("ofxtools", version("ofxtools"), by_ofxtools)
if set(by_ofxtools.values()) != {"2024-02-01 04:30:00+00:00"}:
    raise SystemExit("Changed: ofxtools no longer reads both offsets alike.")
if by_ofxparse != {"named": "2024-02-01 04:30:00", "bare": "2024-01-31 23:30:00"}:
    raise SystemExit("Changed: ofxparse no longer drops an offset without a name.")
EOF
