r"""Quantities as siunitx takes them: ``\SI{10}{\metre\per\second}`` is 10 m/s."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.reading.tex.layout import Piece, join
from bot.reading.tex.reader import Command, Reader
from bot.reading.tex.symbols import Kind
from bot.reading.tex.tokens import tokenize


def _pairs(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_UNITS = _pairs("""
    ampere A candela cd kelvin K kilogram kg metre m meter m mole mol second s becquerel Bq degreeCelsius °C celsius °C
    coulomb C farad F gray Gy hertz Hz henry H joule J lumen lm katal kat lux lx newton N ohm Ω pascal Pa radian rad
    siemens S sievert Sv steradian sr tesla T volt V watt W weber Wb gram g litre L liter L minute min hour h day d
    year yr tonne t hectare ha electronvolt eV dalton Da astronomicalunit au parsec pc lightyear ly angstrom Å bar bar
    atmosphere atm decibel dB neper Np bel B bit bit byte B percent % degree ° arcminute ′ arcsecond ″ clight c
    m m s s kg kg g g km km cm cm mm mm um µm nm nm ms ms us µs ns ns Hz Hz kHz kHz MHz MHz GHz GHz eV eV keV keV
    MeV MeV GeV GeV TeV TeV J J kJ kJ W W kW kW MW MW V V mV mV A A mA mA K K N N kN kN Pa Pa kPa kPa mol mol L L mL mL
""")
_PREFIXES = _pairs("""
    yocto y zepto z atto a femto f pico p nano n micro µ milli m centi c deci d deca da hecto h kilo k mega M giga G
    tera T peta P exa E zetta Z yotta Y kibi Ki mebi Mi gibi Gi tebi Ti
""")
_POWERS = {"squared": "^{2}", "cubed": "^{3}"}
_NEXT_POWERS = {"square": "^{2}", "cubic": "^{3}"}
_SPECIAL = frozenset("{}&$#%")
_EXPONENT = re.compile(r"(\d)\s*[eEdD]\s*([+-]?\d+)")
_WORK = 3
"""A unit's name becomes up to so many tokens."""


def _unit(tokens: Iterable[str]) -> str:
    """Write units as TeX: a dot between two, a power behind its unit, a slash for ``per``."""
    out, power = "", ""
    divided = False
    for item in tokens:
        name = item[1:] if item[0] == "\\" else ""
        if name == "per":
            out, divided = out + "/", True
        elif name in _POWERS or name == "tothe":
            out += _POWERS.get(name, "^")
        elif name in _NEXT_POWERS:
            power = _NEXT_POWERS[name]
        elif name in _PREFIXES:
            out, divided = out + _dot(out, divided=divided) + _PREFIXES[name], True
        elif name in _UNITS:
            out, divided, power = out + _dot(out, divided=divided) + _UNITS[name] + power, False, ""
        else:
            out += "·" if item in {".", "~"} else name or item
    return out


def _dot(before: str, *, divided: bool) -> str:
    return "·" if before and not divided else ""


def _number(tokens: Iterable[str]) -> str:
    text = "".join(item for item in tokens if item[0] != "\\" and item not in _SPECIAL)
    return _EXPONENT.sub(r"\1\\times10^{\2}", text)


def _written(reader: Reader, tex: str) -> list[Piece]:
    tokens = tokenize(tex)
    reader.tokens.spend(_WORK * len(tokens))
    reader.tokens.back("\\mathrm", "{", *tokens, "}", "}")
    return [Piece(join(reader.pieces("}"), inner=True), Kind.TEXT)]


def _quantity(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.option()
    number = _number(reader.tokens.group())
    return _written(reader, f"{number}\\,{_unit(reader.tokens.group())}")


def _quantity_or_size(reader: Reader, name: str) -> list[Piece]:
    r"""Read ``\qty{5}{\metre}`` of siunitx, or ``\qty(…)`` of physics, which only sizes its brackets."""
    if not reader.tokens.braced():
        return []
    inside = reader.tokens.group()
    if reader.tokens.braced():
        reader.tokens.back("{", *inside, "}")
        return _quantity(reader, name)
    reader.tokens.back(*inside, "}")
    return [Piece("{", Kind.OPEN), *reader.pieces("}"), Piece("}", Kind.CLOSE)]


def _range(reader: Reader, name: str) -> list[Piece]:
    first, last = _number(reader.tokens.group()), _number(reader.tokens.group())
    unit = "" if name == "numrange" else f"\\,{_unit(reader.tokens.group())}"
    return _written(reader, f"{first}\\text{{–}}{last}{unit}")


def _unit_alone(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.option()
    return _written(reader, _unit(reader.tokens.group()))


def _number_alone(reader: Reader, _name: str) -> list[Piece]:
    reader.tokens.option()
    return _written(reader, _number(reader.tokens.group()))


def _angle(reader: Reader, _name: str) -> list[Piece]:
    parts = reader.tokens.text().split(";")
    return [Piece("".join(part.strip() + sign for part, sign in zip(parts, "°′″", strict=False) if part.strip()))]


UNITS: Mapping[str, Command] = {
    "SI": _quantity,
    "qty": _quantity_or_size,
    **dict.fromkeys(("si", "unit"), _unit_alone),
    "num": _number_alone,
    "ang": _angle,
    **dict.fromkeys(("SIrange", "qtyrange", "numrange"), _range),
}
"""A command's name to what writes it."""
