"""Formulas that HTML carries in another form than TeX between delimiters: as MathML, or as pictures of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote, unquote_plus

from selectolax.lexbor import LexborNode

from bot.reading.patterns import rare

_DEEPEST = 40
_SPECIAL = re.compile(r"([{}%#&_$])")
_FUNCTION = re.compile(r"[A-Za-z]{2,}")
_ACCENTS = {
    "^": "hat", "ˆ": "hat", "~": "tilde", "˜": "tilde", "¯": "bar", "‾": "bar", "―": "bar", "→": "vec", "⃗": "vec",
    "˙": "dot", "¨": "ddot", "ˇ": "check", "˘": "breve", "⏞": "overbrace", "⏟": "underbrace", "_": "underline",
}  # fmt: skip
_SILENT = frozenset("\u2061\u2062\u2063\u2064")
"""Invisible operators: function application, times, separator, plus."""

Group = Callable[[list[str]], str]


def _braced(pattern: str) -> Group:
    def write(parts: list[str]) -> str:
        filled = parts + [""] * 3
        return pattern.format(*(f"{{{part}}}" for part in filled[:3]))

    return write


def _accented(parts: list[str]) -> str:
    base, mark = (*parts, "", "")[:2]
    command = _ACCENTS.get(mark.strip())
    return f"\\{command}{{{base}}}" if command else f"\\overset{{{mark}}}{{{base}}}"


def _under(parts: list[str]) -> str:
    base, mark = (*parts, "", "")[:2]
    command = {"⏟": "underbrace", "_": "underline"}.get(mark.strip())
    return f"\\{command}{{{base}}}" if command else f"{{{base}}}_{{{mark}}}"


GROUPS: Mapping[str, Group] = {
    "msub": _braced("{0}_{1}"),
    "msup": _braced("{0}^{1}"),
    "msubsup": _braced("{0}_{1}^{2}"),
    "munderover": _braced("{0}_{1}^{2}"),
    "mfrac": _braced("\\frac{0}{1}"),
    "mroot": lambda parts: f"\\sqrt[{parts[1]}]{{{parts[0]}}}" if len(parts) > 1 else "".join(parts),
    "munder": _under,
    "mover": _accented,
    "msqrt": lambda parts: f"\\sqrt{{{''.join(parts)}}}",
    "mtable": lambda parts: "\\begin{matrix}" + "\\\\".join(parts) + "\\end{matrix}",
    "mtr": " & ".join,
    "mlabeledtr": lambda parts: " & ".join(parts[1:]),
    "semantics": lambda parts: parts[0] if parts else "",
    "mfenced": lambda parts: "(" + ",".join(parts) + ")",
}
"""How the parts of each of MathML's elements are put together."""

_ENCLOSED = rare(r"(\\\{|[(\[|])(\\begin\{matrix\}(?:(?!\\begin|\\end).)*\\end\{matrix\})(\\\}|[)\]|])?", re.DOTALL)
"""A table behind a bracket is a matrix, or cases."""

_LEFT_OUT = frozenset(("annotation", "annotation-xml", "mphantom", "-comment"))


def tex_of(math: LexborNode) -> str:
    """Write a ``math`` element, or one of its descendants, as TeX; Unicode letters and signs stay what they are."""
    return _ENCLOSED.sub(_fenced, _tex(math, 0)).strip()


def _fenced(found: re.Match[str]) -> str:
    return f"\\left{found[1]}{found[2]}\\right{found[3] or '.'}"


def _tex(node: LexborNode, depth: int) -> str:
    tag = node.tag or ""
    if tag in _LEFT_OUT or depth > _DEEPEST:
        return ""
    if tag in ("mi", "mn", "mo", "mtext", "ms"):
        return leaf(tag, node.text(), node.attributes.get("mathvariant") or "")
    if tag == "mspace":
        return " "
    parts = [_tex(child, depth + 1) for child in node.iter()]
    return GROUPS.get(tag, "".join)(parts)


def leaf(tag: str, said: str, variant: str = "") -> str:
    """Write one of MathML's elements that hold text as TeX."""
    text = "".join(char for char in said if char not in _SILENT).strip()
    escaped = _SPECIAL.sub(r"\\\1", text.replace("\\", "\\backslash "))
    if tag in ("mtext", "ms"):
        return f"\\text{{{escaped}}}"
    if tag == "mi":
        return _letter(escaped, variant)
    return escaped


_VARIANTS = {
    "bold": "mathbf",
    "bold-italic": "boldsymbol",
    "double-struck": "mathbb",
    "script": "mathcal",
    "fraktur": "mathfrak",
    "sans-serif": "mathsf",
    "monospace": "mathtt",
}


def _letter(text: str, variant: str) -> str:
    if variant in _VARIANTS:
        return f"\\{_VARIANTS[variant]}{{{text}}}"
    return f"\\operatorname{{{text}}}" if _FUNCTION.fullmatch(text) else text


# -- pictures ---------------------------------------------------------------------------------------------------------

# Services that draw the TeX that stands in their address.
_DRAWN = rare(
    r"(?:zhihu\.com/equation\?(?:[^#]*&)?tex=|/latex\.php\?(?:[^#]*&)?latex=|/render/math\?(?:[^#]*&)?math=|"
    r"math\.now\.sh\?(?:[^#]*&)?from=|[?&]cht=tx&(?:[^#]*&)?chl=)(?P<one>[^&#]*)"
    r"|(?:codecogs\.com/[a-z.]+\?|mi?m[ae]tex\.cgi\?|(?:upmath\.me|tex\.s2cms\.ru)/(?:svg|png)/)(?P<all>[^#]*)",
    re.IGNORECASE,
)
_TEX_IMAGE = rare(r"(?:^|\s)(?:latex|tex|math|mwe-math-\S+|ee_img|texrender)(?:\s|$)", re.IGNORECASE)
_LOOK = rare(r"^(?:\\(?:dpi|bg|fn)[_{][^\s}]*\}?\s*|\\(?:inline|large|small|displaystyle)\s+)+")


def pictured(src: str, alt: str, classes: str) -> str | None:
    """Give the TeX of which an image is the picture, or None where it is any other image."""
    if drawn := _DRAWN.search(src):
        tex = unquote_plus(drawn["one"]) if drawn["one"] is not None else unquote(drawn["all"])
        return _LOOK.sub("", tex).strip() or None
    if alt and _TEX_IMAGE.search(classes) and ("\\" in alt or "^" in alt or "_" in alt or len(alt) == 1):
        return alt.strip().strip("$")
    return None
