"""The units that names of columns end with, and whether two of them are one."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_WORD_UNITS = {
    name: name
    for name in (
        "rpm", "kg", "mg", "km", "cm", "mm", "ms", "bar", "mbar", "psi", "mph", "years", "months", "weeks", "days",
        "hours", "minutes", "seconds",
    )
} | {
    "hz": "Hz", "khz": "kHz", "mhz": "MHz", "kpa": "kPa", "mpa": "MPa", "kw": "kW", "kwh": "kWh", "kmh": "km/h",
    "celsius": "°C", "fahrenheit": "°F", "kelvin": "K", "eur": "EUR", "usd": "USD", "gbp": "GBP", "chf": "CHF",
    "pct": "%", "percent": "%",
}  # fmt: skip
"""Units that end a name such as `speed_rpm`; short ones such as `m` and `min` mean too many other things there."""

_SHORT_UNITS = """
k °c °f c f % ‰ m m² m³ m2 m3 m/s m/s² km/h l ml g t s h d min n nm kn pa v mv kv a ma w mw j kj kcal cal ohm ω lux lx
db eur/h €  $ £ pcs ppm ppb ph rad deg ° in ft lb lbs oz yd mi gal s/m 1/min u/min u
"""
_BRACKET_UNITS = frozenset([*_WORD_UNITS, *_SHORT_UNITS.split()])
_IN_BRACKETS = re.compile(r"^(?P<rest>.*\S)\s*(?P<open>[\[(])\s*(?P<unit>[^\[\]()]{1,30}?)\s*[\])]$")

# A line for each quantity; what stands between = is one unit, the first of them as it is mostly written.
_QUANTITIES = """
°C=C=degC=celsius=°celsius=gradC °F=F=degF=fahrenheit=°fahrenheit K=kelvin=degK
Pa kPa MPa=N/mm2 mbar=hPa bar psi atm mmHg=Torr
µm mm cm m km in=inch ft=feet yd mi=mile=miles
mg g kg t lb=lbs oz
ms s=sec=seconds min=minutes h=hr=hours d=days weeks months years
m/s km/h=kmh=kph mph kn=knots
rpm=1/min=U/min=r/min=min-1 Hz=1/s kHz MHz
Nm mNm kNm lbft=lb-ft=ft-lb=ftlb inlb=in-lb
N kN lbf
mW W kW MW GW hp PS
J kJ MJ Wh kWh MWh GWh cal kcal
mV V kV
µA mA A kA
ml=mL l=L m3 gal
l/min l/h m3/h gpm
mg/l g/l µg/m3 mg/m3
EUR=€ USD=$=US$ GBP=£ CHF JPY=¥
%=pct=percent ‰ ppm ppb
"""


def split_unit(header: str) -> tuple[str, str]:
    """Part a header from the unit it ends with, if it does.

    >>> split_unit("Weight (kg)"), split_unit("Grade (final)"), split_unit("speed_rpm"), split_unit("Torque [Nm]")
    (('Weight', 'kg'), ('Grade (final)', ''), ('speed', 'rpm'), ('Torque', 'Nm'))
    """
    found = _IN_BRACKETS.match(header)
    if found and (found["open"] == "[" or found["unit"].lower() in _BRACKET_UNITS):
        return found["rest"], found["unit"]
    rest, separator, last = header.rpartition("_")
    if separator and rest.strip("_") and last.lower() in _WORD_UNITS:
        return rest, _WORD_UNITS[last.lower()]
    return header, ""


def other_unit(header: str, unit: str) -> str:
    """Return the unit that a header ends with, where it is another one than this; empty where it is not, or says none.

    A word behind `_`, a space or a comma counts only if both are known units of one quantity, so that `speed_f` has none.

    >>> other_unit("Order value [$]", "€"), other_unit("Order value [€]", "EUR"), other_unit("Order value (net)", "EUR")
    ('$', '', '')
    >>> other_unit("air_temperature_c", "K"), other_unit("AIR TEMPERATURE [K]", "K"), other_unit("speed_f", "rpm")
    ('c', '', '')
    >>> other_unit("Pressure in bar", "kPa"), other_unit("Speed [1/min]", "rpm"), other_unit("Power [MW]", "mW")
    ('bar', '', 'MW')
    """
    own = _known(unit)
    if not unit.strip() or not header.strip():
        return ""
    _, in_brackets = split_unit(header.strip())
    if in_brackets:
        return in_brackets if _known(in_brackets) != own else ""
    last = re.split(r"[\s_,]+", header.strip())[-1]
    said, quantities = _known(last), _units()[1]
    return last if said != own and said in quantities and quantities[said] == quantities.get(own) else ""


def _known(text: str) -> str:
    """Return a unit as it is mostly written; one that is not known without capitals.

    >>> _known("degC"), _known("KPA"), _known("N·m"), _known("µg / m³"), _known("Stück")
    ('°C', 'kPa', 'Nm', 'μg/m3', 'stück')
    """
    plain = _plain(text)
    names, _ = _units()
    return names.get(plain) or names.get(plain.casefold(), plain.casefold())


@cache
def _units() -> tuple[dict[str, str], dict[str, int]]:
    """Return what every spelling of a unit means, and the number of its quantity.

    In small letters a spelling is there only if it means one unit: `mW` and `MW` are two.
    """
    names: dict[str, str] = {}
    quantities: dict[str, int] = {}
    for number, line in enumerate(_QUANTITIES.split("\n")):
        for written in line.split():
            first, *others = map(_plain, written.split("="))
            quantities[first] = number
            names |= dict.fromkeys((first, *others), first)
    for spelt, unit in [*names.items()]:
        small = spelt.casefold()
        if len({one for text, one in names.items() if text.casefold() == small}) == 1:
            names[small] = unit
    return names, quantities


def _plain(text: str) -> str:
    return re.sub(r"[\s·⋅*^]", "", unicodedata.normalize("NFKC", text))
