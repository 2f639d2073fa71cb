"""TeX as outlines, through latex2mathml and ziamath. Whatever they do not know for certain is refused.

Both answer what they do not understand with its source text, or with an empty box where the font lacks a character.
A picture is drawn only of what renders fully, so here each of these is a Refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Final
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert
from ziafont.glyph import SimpleGlyph
from ziamath.config import config
from ziamath.mathfont import MathFont
from ziamath.zmath import Math, loadedfonts

from bot.drawing.raster import Edge
from bot.reading.tex.letters import ALPHABETS

SIZE: Final = 40
"""Pixels to the em: twice the size of a chat's text on most screens."""
MAX_EDGES: Final = 60_000
_STEPS: Final = 6
"""Straight pieces of a curve; at this size a curve is a few pixels long."""
_PATH: Final = re.compile(r"[A-Za-z]|-?[0-9.]+(?:e-?[0-9]+)?")
_UPRIGHT: Final = frozenset("∂∇∞∅⊤⊥∀∃")
"""What the converter takes for operations, with room on both sides, though they stand for things."""
_BINARY: Final = frozenset("×÷∨∧∩∪⊕⊗⊙∘∖≜")
"""What ziamath draws without the room that TeX leaves around it."""
_KNOWN_AS: Final = (
    ("{aligned}", "{align*}"),
    ("{gathered}", "{matrix}"),
    ("{dcases}", "{cases}"),
    ("\\bmod", "\\;\\mathrm{mod}\\;"),
    ("\\not=", "\\neq "),
    ("\\not =", "\\neq "),
)
"""What the converter knows under another name, or says better so."""
_ENVIRONMENT: Final = re.compile(r"\\begin\{([^{}]*)\}")
_ENVIRONMENTS: Final = frozenset(
    ("align*", "array", "cases", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix")
)
"""The converter leaves the brackets of any other one out, and says nothing."""
_STYLES: Final = {
    "bold": "bold",
    "bold-italic": "slanted",
    "double-struck": "double",
    "fraktur": "fraktur",
    "monospace": "mono",
    "sans-serif": "sans",
    "script": "script",
}
"""MathML's names of alphabets. Their letters are put in here, since ziamath slants every letter beside another."""
_STROKE: Final = "\u29f8"
"""What it puts for ``\\not`` before a sign that it has no crossed form of."""
_LIMITS: Final = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_ROWS: Final = frozenset(("math", "mrow", "mtd", "mstyle"))
_ACCENTS: Final = {"^": "ˆ", "~": "˜"}
_WIDE_ACCENTS: Final = {"^": "\u0302", "~": "\u0303"}


class Refused(Exception):  # noqa: N818 - no error: an answer
    """The formula is not to be drawn."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula's shapes, each a closed outline, inside ``width`` × ``height`` pixels."""

    width: float
    height: float
    shapes: tuple[tuple[Edge, ...], ...]

    def at(self, x: float, y: float) -> Iterator[tuple[Edge, ...]]:
        """Give the shapes with the formula's upper left corner at a place."""
        for shape in self.shapes:
            yield tuple((x0 + x, y0 + y, x1 + x, y1 + y) for x0, y0, x1, y1 in shape)


class _Font(MathFont):
    """The font, without a box for what it lacks."""

    def glyph_fromid(self, glyphid: int) -> SimpleGlyph:
        if not glyphid:
            msg = "a character that the font lacks"
            raise Refused(msg)
        return super().glyph_fromid(glyphid)


_THEIRS: Final = loadedfonts["default"]
"""The library's own font, in whose place ours comes before a formula is laid out."""


def typeset(tex: str) -> Formula:
    """Lay a formula out. Raises Refused; what the libraries raise besides is for the caller to catch."""
    source = mathml(tex)
    if not isinstance(loadedfonts["default"], _Font):
        config.svg2 = False  # each glyph as its own outline, none by reference
        with as_file(files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf") as path:
            loadedfonts["default"] = _Font(path, SIZE)
    try:
        drawn = Math(source, size=SIZE).svgxml()
    except BaseException:
        # A font has switches, which a formula that breaks off leaves as they are: the next one gets a fresh one.
        loadedfonts["default"] = _THEIRS
        raise
    return _cropped(shape for element in drawn.iter() if (shape := _shape(element)))


# -- TeX to MathML ----------------------------------------------------------------------------------------------------


def mathml(tex: str) -> ET.Element:
    """Write TeX as MathML that ziamath draws as TeX would. Raises Refused."""
    for words, known in _KNOWN_AS:
        tex = tex.replace(words, known)
    if not _ENVIRONMENTS.issuperset(_ENVIRONMENT.findall(tex)):
        msg = "rows of another kind"
        raise Refused(msg)
    root = ET.fromstring(convert(tex, display="block"))  # noqa: S314 - what the converter wrote, never a stranger's XML
    for element in root.iter():
        _settle(element)
    for element in list(root.iter()):
        _space_out(element)
        if any(mark in (element.text or "") for mark in ("\\", "&", _STROKE)) or element.get("linebreak"):
            msg = "something that the converter did not understand"
            raise Refused(msg)
    return root


def _settle(element: ET.Element) -> None:
    """Mend what the converter says otherwise than ziamath takes it."""
    name = element.tag.rpartition("}")[2]
    element.tag = name
    if name in _LIMITS and len(element) and element[0].get("movablelimits") == "true":
        element.tag = _LIMITS[name]
    if name == "mo":
        _settle_operator(element)
    if name in {"mi", "mn"} and (style := _STYLES.get(element.get("mathvariant", ""))):
        element.text = (element.text or "").translate(ALPHABETS[style])
        element.set("mathvariant", "normal")
    if name == "mover" and len(element) > 1 and (element[1].text or "") in _ACCENTS:
        accents = _ACCENTS if element.get("accent") or element[1].get("stretchy") == "false" else _WIDE_ACCENTS
        element[1].text = accents[element[1].text or ""]
    if name == "mtable" and element.get("columnspacing") == "0em 2em":
        element.set("columnspacing", "0em 0.3em")


def _space_out(row: ET.Element) -> None:
    """Put a thin space behind operators with limits: those of two sums side by side would run into one another."""
    if row.tag not in _ROWS:
        return
    for place in range(len(row) - 1, 0, -1):
        if row[place - 1].tag in _LIMITS.values() and row[place - 1][0].tag == "mo":
            row.insert(place, ET.Element("mspace", {"width": "0.167em"}))


def _settle_operator(element: ET.Element) -> None:
    text = element.text or ""
    if len(element):
        element.tag = "mrow"  # \mathop of several things
    elif text in _UPRIGHT:
        element.tag = "mi"
        element.set("mathvariant", "normal")
    elif text == "-":
        element.text = "−"
    elif text in _BINARY:
        element.set("lspace", "0.222em")
        element.set("rspace", "0.222em")


# -- SVG to outlines --------------------------------------------------------------------------------------------------


def _shape(element: ET.Element) -> tuple[Edge, ...]:
    name = element.tag.rpartition("}")[2]
    if element.get("stroke"):
        msg = "a line that is no filled shape"
        raise Refused(msg)
    if name == "path":
        return tuple(_outline(element.get("d") or ""))
    if name == "rect":
        x, y, width, height = (float(element.get(side) or 0) for side in ("x", "y", "width", "height"))
        corners = [(x, y), (x, y + height), (x + width, y + height), (x + width, y)]
        return tuple((*one, *other) for one, other in zip(corners, [*corners[1:], corners[0]], strict=True))
    if name not in {"svg", "g"}:
        msg = f"a shape of another kind: {name}"
        raise Refused(msg)
    return ()


def _outline(path: str) -> Iterator[Edge]:
    """Read a path of straight lines and quadratic curves, which is all that a TrueType font has."""
    pieces = iter(_PATH.findall(path))
    start = here = (0.0, 0.0)
    for command in pieces:
        match command:
            case "M":
                start = here = _point(pieces)
            case "L":
                point = _point(pieces)
                yield (*here, *point)
                here = point
            case "Q":
                bend, point = _point(pieces), _point(pieces)
                yield from _curve(here, bend, point)
                here = point
            case "Z":
                yield (*here, *start)
                here = start
            case _:
                msg = f"a path with {command}"
                raise Refused(msg)


def _point(pieces: Iterator[str]) -> tuple[float, float]:
    return float(next(pieces)), float(next(pieces))


def _curve(start: tuple[float, float], bend: tuple[float, float], end: tuple[float, float]) -> Iterator[Edge]:
    here = start
    for step in range(1, _STEPS + 1):
        share = step / _STEPS
        ends, middle = (1 - share) ** 2, 2 * share * (1 - share)
        there = (
            ends * start[0] + middle * bend[0] + share * share * end[0],
            ends * start[1] + middle * bend[1] + share * share * end[1],
        )
        yield (*here, *there)
        here = there


def _cropped(shapes: Iterable[tuple[Edge, ...]]) -> Formula:
    """Cut away the empty margins: the box that ziamath gives leaves out what accents add to it."""
    found: list[tuple[Edge, ...]] = []
    count = 0
    for shape in shapes:
        count += len(shape)
        found.append(shape)
        if count > MAX_EDGES:
            msg = "too many lines"
            raise Refused(msg)
    if not found:
        msg = "nothing to see"
        raise Refused(msg)
    across = [x for shape in found for edge in shape for x in (edge[0], edge[2])]
    down = [y for shape in found for edge in shape for y in (edge[1], edge[3])]
    left, top = min(across), min(down)
    moved = Formula(max(across) - left, max(down) - top, tuple(found))
    return Formula(moved.width, moved.height, tuple(moved.at(-left, -top)))
