#!/usr/bin/env bash
# ixbrlparse 0.12.0 reads a figure that a company states as not given (nil) as 0.
#
# Expected: a fact of inline XBRL with xsi:nil="true" has no value: None, or NaN in a table.
# Seen: its value is 0, the same as for a company that states a dash, which does mean zero (format zerodash); only the
# text of the fact, which is empty, differs. Scales, signs and decimal commas are right.
# Why it matters: annual accounts of companies are read in bulk for credit and default models; firms that do not
# disclose turnover or staff look like firms without any, and the model learns just that.
# Source: XBRL 2.1, 4.6.2, and Inline XBRL 1.1, 10.1.2, on nil facts; found by running.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "ixbrlparse==0.12.0"

venv/bin/python - <<'EOF'
import io
import warnings
from importlib.metadata import version

from ixbrlparse import IXBRL

PAGE = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
 xmlns:ixt="http://www.xbrl.org/inlineXBRL/transformation/2015-02-26" xmlns:xbrli="http://www.xbrl.org/2003/instance"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:iso4217="http://www.xbrl.org/2003/iso4217"
 xmlns:a="http://example.com/accounts" xmlns:link="http://www.xbrl.org/2003/linkbase"
 xmlns:xlink="http://www.w3.org/1999/xlink"><body><div style="display:none"><ix:header><ix:references>
 <link:schemaRef xlink:type="simple" xlink:href="accounts.xsd"/></ix:references><ix:resources>
 <xbrli:context id="c"><xbrli:entity><xbrli:identifier scheme="http://example.com">1</xbrli:identifier></xbrli:entity>
 <xbrli:period><xbrli:instant>2025-12-31</xbrli:instant></xbrli:period></xbrli:context>
 <xbrli:unit id="u"><xbrli:measure>iso4217:EUR</xbrli:measure></xbrli:unit></ix:resources></ix:header></div>
 <ix:nonFraction name="a:Turnover" contextRef="c" unitRef="u" xsi:nil="true"></ix:nonFraction>
 <ix:nonFraction name="a:Dividends" contextRef="c" unitRef="u" decimals="0" format="ixt:zerodash">-</ix:nonFraction>
 <ix:nonFraction name="a:Profit" contextRef="c" unitRef="u" decimals="0" sign="-" scale="3"
  format="ixt:numcommadecimal">1.234,5</ix:nonFraction></body></html>"""
with warnings.catch_warnings():
    warnings.simplefilter("error", UserWarning)
    facts = {fact.name: fact.value for fact in IXBRL(io.StringIO(PAGE)).numeric}
print("ixbrlparse", version("ixbrlparse"), facts)
if (facts["Profit"], facts["Dividends"]) != (-1234500.0, 0):
    raise SystemExit("Changed: scaled figures or dashes are no longer read.")
if facts["Turnover"] != 0 or facts["Turnover"] is None:
    raise SystemExit("Changed: a figure that is not given is no longer 0.")
EOF
