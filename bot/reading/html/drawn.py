"""Formulas of which a page kept only the drawing: what MathJax 3 and KaTeX lay out, turned back into TeX.

MathJax names every glyph by its code point, in a class (CHTML: ``mjx-c1D465``) or an attribute (SVG: ``data-c``), and
every group by its MathML element. KaTeX tells an upper index from a lower one by its height alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborNode

from bot.reading.html.mathml import GROUPS, leaf

_DEEPEST = 60
_GLYPH = re.compile(r"(?:^|\s)mjx-c([0-9A-F]{2,6})(?:\s|$)")
_LEAVES = frozenset(("mi", "mn", "mo", "mtext", "ms"))
_SCRIPTED = frozenset(("msub", "msup", "msubsup"))
_STACKED = {
    "mfrac": ("num", "den"),
    "munder": ("base", "under"),
    "mover": ("base", "over"),
    "munderover": ("base", "under", "over"),
}
_LEFT_OUT = frozenset(("nstrut", "dstrut", "surd", "line", "spacer", "mark", "assistive-mml", "mphantom", "strut"))
_ITALIC = ((0x1D434, 0x1D467), (0x1D6E2, 0x1D71B), (0x210E, 0x210E))
"""Slanted letters, which are the ordinary ones of a formula."""


def tex_of_mathjax(node: LexborNode) -> str:
    """Write what MathJax drew, CHTML or SVG, as TeX; empty where nothing is known of the glyphs."""
    return _tex(node, 0).strip()


def _name(node: LexborNode) -> str:
    tag = node.tag or ""
    return node.attributes.get("data-mml-node") or (tag[4:] if tag.startswith("mjx-") else "")


def _tex(node: LexborNode, depth: int) -> str:
    name = _name(node)
    if depth > _DEEPEST or name in _LEFT_OUT:
        return ""
    if name in _LEAVES:
        return leaf(name, _glyphs(node), node.attributes.get("mathvariant") or "")
    if (node.tag or "").startswith("mjx-") and (parts := _parts_of_chtml(node, name, depth)) is not None:
        return GROUPS[name](parts)
    parts = [_tex(child, depth + 1) for child in node.iter()]
    if name in {"msqrt", "mroot"}:
        parts = [part for part in parts if part not in {"√", ""}]
    return GROUPS.get(name, "".join)(parts)


def _parts_of_chtml(node: LexborNode, name: str, depth: int) -> list[str] | None:
    """Give a group's parts in MathML's order; None where their order in the page is that."""
    if name in _SCRIPTED:
        base, script = _split([child for child in node.iter() if _name(child) not in _LEFT_OUT])
        raised = [_tex(child, depth + 2) for child in script if _name(child) not in _LEFT_OUT]
        return [_tex(base, depth + 1) if base is not None else "", *(raised[::-1] if name == "msubsup" else raised)]
    if name in _STACKED:
        found = {_name(part): part for part in _stacked(node, depth)}
        return [_tex(found[each], depth + 2) if each in found else "" for each in _STACKED[name]]
    if name == "mroot":
        inside = [child for child in node.iter() if _name(child) != "root"]
        index = [child for child in node.iter() if _name(child) == "root"]
        return ["".join(_tex(child, depth + 1) for child in group) for group in (inside, index)]
    return None


def _split(children: Sequence[LexborNode]) -> tuple[LexborNode | None, list[LexborNode]]:
    base = children[0] if children else None
    return base, [inner for child in children[1:] if _name(child) == "script" for inner in child.iter()]


def _stacked(node: LexborNode, depth: int) -> Iterator[LexborNode]:
    """Find the parts of a fraction or of limits below the boxes that only place them."""
    for child in node.iter():
        name = _name(child)
        if name in {"num", "den", "base", "under", "over"}:
            yield child
        elif depth < _DEEPEST and name in {"frac", "dbox", "dtable", "row", "box", "munder", "mover"}:
            yield from _stacked(child, depth + 1)


def _glyphs(node: LexborNode) -> str:
    found = (_code(each) for each in node.css("mjx-c, use, text") if each != node)
    return "".join(found) or node.text()


def _code(glyph: LexborNode) -> str:
    if glyph.tag == "text":
        return glyph.text()
    attributes = glyph.attributes
    named = _GLYPH.search(attributes.get("class") or "")
    digits = attributes.get("data-c") or (named[1] if named else "")
    try:
        char = chr(int(digits, 16))
    except (ValueError, OverflowError):
        return ""
    if any(first <= ord(char) <= last for first, last in _ITALIC):
        return unicodedata.normalize("NFKC", char)
    return "" if "\ud800" <= char <= "\udfff" else char


# -- KaTeX ------------------------------------------------------------------------------------------------------------

_TOP = re.compile(r"top:\s*(-?\d{1,3}(?:\.\d{1,6})?)em")
_BASELINE = -2.8
"""Where KaTeX parts upper indices from lower ones, in its own em."""


def tex_of_katex(node: LexborNode) -> str:
    """Write what KaTeX drew, where neither its MathML nor its source is there, as TeX."""
    return _katex(node, 0).replace("\u200b", "").strip()


def _katex(node: LexborNode, depth: int) -> str:
    if node.tag == "-text":
        return (node.text_content or "").replace("\u200b", "")
    classes = frozenset((node.attributes.get("class") or "").split())
    if depth > _DEEPEST or classes & {"strut", "pstrut", "vlist-s", "frac-line", "svg-align", "nulldelimiter"}:
        return ""
    if "msupsub" in classes:
        return "".join(("^" if top < _BASELINE else "_") + f"{{{text}}}" for top, text in _levels(node, depth))
    if "mfrac" in classes:
        parts = [text for _, text in sorted(_levels(node, depth))]
        return f"\\frac{{{parts[0]}}}{{{parts[-1]}}}" if parts else ""
    text = "".join(_katex(child, depth + 1) for child in node.iter(include_text=True))
    return f"\\sqrt{{{text}}}" if "sqrt" in classes else text


def _levels(node: LexborNode, depth: int) -> list[tuple[float, str]]:
    """Give what a stack holds, each with its height."""
    found = []
    for child in node.css(".vlist > span"):
        top = _TOP.search(child.attributes.get("style") or "")
        inside = "".join(_katex(inner, depth + 2) for inner in child.iter(include_text=True))
        if top and inside.strip():
            found.append((float(top[1]), inside))
    return found
