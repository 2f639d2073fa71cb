"""Letters in Unicode's mathematical alphabets, raised and lowered characters, and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
# The order in which Unicode lists each mathematical Greek alphabet, from U+1D6A8 on.
_GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ"


def _alphabet(letters: int, *, digits: int = 0, greek: int = 0, holes: str = "", filled: str = "") -> dict[int, str]:
    """Make one alphabet from its first code points; ``holes`` are the letters that Unicode keeps elsewhere."""
    table = {ord(char): chr(letters + place) for place, char in enumerate(_UPPER + _LOWER)}
    if digits:
        table |= {ord(char): chr(digits + place) for place, char in enumerate(_DIGITS)}
    if greek:
        table |= {ord(char): chr(greek + place) for place, char in enumerate(_GREEK)}
    return table | {ord(char): other for char, other in zip(holes, filled, strict=True)}


_BOLD = _alphabet(0x1D400, digits=0x1D7CE, greek=0x1D6A8)
_SLANTED = _alphabet(0x1D468, digits=0x1D7CE, greek=0x1D71C)
# Capital Greek is upright in TeX, so \boldsymbol{\Sigma} is upright bold.
_SLANTED |= {ord(char): _BOLD[ord(char)] for char in _GREEK[:26]}

ALPHABETS: Mapping[str, Mapping[int, str]] = {
    "plain": {},
    "bold": _BOLD,
    "slanted": _SLANTED,
    "script": _alphabet(0x1D49C, holes="BEFHILMRego", filled="ℬℰℱℋℐℒℳℛℯℊℴ"),
    "bold script": _alphabet(0x1D4D0),
    "double": _alphabet(0x1D538, digits=0x1D7D8, holes="CHNPQRZ", filled="ℂℍℕℙℚℝℤ"),
    "fraktur": _alphabet(0x1D504, holes="CHIRZ", filled="ℭℌℑℜℨ"),
    "bold fraktur": _alphabet(0x1D56C),
    "sans": _alphabet(0x1D5A0, digits=0x1D7E2),
    "bold sans": _alphabet(0x1D5D4, digits=0x1D7EC),
    "mono": _alphabet(0x1D670, digits=0x1D7F6),
}

STYLES: Mapping[str, str] = {
    **dict.fromkeys(("mathbf", "textbf", "bold", "mathbold", "vb", "va", "vu", "symbf", "mathbfup"), "bold"),
    **dict.fromkeys(("boldsymbol", "bm", "bs", "pmb", "mathbfit", "bold-italic", "symbfit"), "slanted"),
    **dict.fromkeys(("mathcal", "mathscr", "mathpzc", "euscript", "symcal", "symscr"), "script"),
    **dict.fromkeys(("mathbfcal", "mathbfscr"), "bold script"),
    **dict.fromkeys(("mathbb", "Bbb", "mathbbm", "mathds", "mathbbb", "symbb"), "double"),
    **dict.fromkeys(("mathfrak", "frak", "symfrak"), "fraktur"),
    **dict.fromkeys(("mathsf", "textsf"), "sans"),
    **dict.fromkeys(("mathtt", "texttt"), "mono"),
    **dict.fromkeys(("mathrm", "mathup", "rm", "mathit", "mathnormal", "symrm", "symup", "symit"), "plain"),
}
"""Commands with an argument to the alphabet in which it is written."""

SWITCHES: Mapping[str, str] = {
    "bf": "bold",
    "bfseries": "bold",
    "cal": "script",
    "scr": "script",
    "sf": "sans",
    "tt": "mono",
    "ttfamily": "mono",
    "rm": "plain",
    "it": "plain",
    "em": "plain",
    "itshape": "plain",
    "mit": "plain",
    "sl": "plain",
}
"""Commands that hold for the rest of their group."""

_BOTH = {
    frozenset({"bold", "script"}): "bold script",
    frozenset({"slanted", "script"}): "bold script",
    frozenset({"bold", "fraktur"}): "bold fraktur",
    frozenset({"slanted", "fraktur"}): "bold fraktur",
    frozenset({"bold", "sans"}): "bold sans",
    frozenset({"slanted", "sans"}): "bold sans",
    frozenset({"bold", "slanted"}): "slanted",
}


def blend(outer: str, inner: str) -> str:
    """Name the alphabet of letters in ``inner`` inside ``outer``: bold and script make bold script."""
    if inner in {"plain", outer}:
        return inner
    return _BOTH.get(frozenset((outer, inner)), inner)


def styled(text: str, style: str) -> str:
    """Write a text in one of the alphabets; what an alphabet lacks stays as it is."""
    return text.translate(ALPHABETS[style])


_LOWERED = dict(
    zip(
        "0123456789+−-=()aehijklmnoprstuvxβγρφϕχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵩᵪ",
        strict=True,
    )
)
# The signs at the end are raised in every font already.
_RAISED = dict(
    zip(
        "0123456789+−-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφϕχ∘°′″‴*†‡",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵠᵡ°°′″‴*†‡",
        strict=True,
    )
)
RAISED_SIGNS = frozenset(_RAISED.values())


def _formed(text: str, forms: Mapping[str, str]) -> str | None:
    found = [forms.get(char) for char in text]
    return None if None in found else "".join(filter(None, found))


def _bare(mark: str, text: str) -> str:
    """Write a script that has no form of its own: one character keeps no braces."""
    single = sum(not unicodedata.combining(char) for char in text) == 1
    return mark + (text if single else "{" + text + "}")


def scripts(low: str, high: str) -> str:
    """Write a subscript and a superscript, raised and lowered only where every character has such a form.

    A formed one stands first, so that ``x²_θ`` is not read as x with the index θ².
    """
    down, up = _formed(low, _LOWERED), _formed(high, _RAISED)
    if down is None and up is not None:
        return up + _bare("_", low)
    return (_bare("_", low) if down is None else down) + (_bare("^", high) if up is None else up)


ACCENTS: Mapping[str, str] = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "overline": "\u0305",
    "overbar": "\u0305",
    "vec": "\u20d7",
    "overrightarrow": "\u20d7",
    "overleftarrow": "\u20d6",
    "overleftrightarrow": "\u20e1",
    "dot": "\u0307",
    "ddot": "\u0308",
    "dddot": "\u20db",
    "ddddot": "\u20dc",
    "check": "\u030c",
    "widecheck": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
    "underline": "\u0332",
    "underbar": "\u0331",
    "cancel": "\u0336",
    "bcancel": "\u0336",
    "xcancel": "\u0336",
    "sout": "\u0336",
    "st": "\u0336",
    "utilde": "\u0330",
    **dict.fromkeys(("overparen", "wideparen", "overarc", "overgroup"), "\u0311"),
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "=": "\u0304",
    ".": "\u0307",
}
"""Commands that set a mark on their argument, to the combining character."""


def accented(text: str, mark: str) -> str:
    """Set a combining mark on a text: on its only letter, or on every letter and digit of several."""
    return "".join(
        unicodedata.normalize("NFC", char + mark) if char.isalnum() or len(text) == 1 else char for char in text
    )


def negated(sign: str) -> str:
    """Strike a relation through: ``=`` becomes ``≠``, one without such a form gets a combining stroke."""
    return unicodedata.normalize("NFC", sign[:1] + "\u0338") + sign[1:]
