"""What the elements inside a line mean: links, code, emphasis, footnote numbers, and formulas in many forms."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.reading.doc import CodeSpan, Link, Styled
from bot.reading.html.around import Attributes
from bot.reading.html.drawn import tex_of_katex, tex_of_mathjax
from bot.reading.html.links import clean_link
from bot.reading.html.mask import MARK, Formula
from bot.reading.html.mathml import tex_of
from bot.reading.html.walk import Handler, Walk
from bot.reading.patterns import rare

_MATH_OUTPUT = re.compile(r"(?:^|\s)(?:MathJax(?:_\w+)?|mjx-\S+|MJXc-\S+)(?:\s|$)")
_KATEX = re.compile(r"(?:^|\s)katex(?:\s|$)")
_SOURCES = ("data-tex", "data-latex", "data-katex", "data-formula", "data-math", "data-equation")
_EXPRESSION = re.compile(r'"persistentExpression":"((?:[^"\\]|\\.){1,5000})"')
"""A newsletter's formula, in JSON in an attribute."""

_FLAGS = frozenset(("true", "false", "1", "0", "inline", "block", "display"))
_DISPLAYED = re.compile(r"(?:^|\s)(?:katex-display|MathJax\w*_Display|MJXc-display|math-display|display)(?:\s|$)")
_SPOILER = re.compile(r"(?:^|\s)(?:spoiler|heimu|hidden-text)(?:\s|$)", re.IGNORECASE)
_NOTE = re.compile(r"(?:user-content-)?(?:fn|footnote|cite_note|easy-footnote|note)(?:\b|_|\d)", re.IGNORECASE)
_NUMBER = rare(r"\[?\s*\^?(\d{1,3}|[a-z]|[ivx]{2,5}|[*†‡¹²³⁴-⁹]+)\s*\]?", re.IGNORECASE)
_SIGN_ONLY = rare(r"[\s#¶§🔗⚓↩↑^⤴⏎\ufe0e\ufe0f]*")


def is_displayed(attributes: Attributes) -> bool:
    """Tell whether the formulas in an element stand on lines of their own."""
    return _DISPLAYED.search(attributes.get("class") or "") is not None


def _styled(name: str) -> Handler:
    def handle(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
        del attributes
        with walk.builder.wrapped(lambda children: Styled(name, children)):
            walk.children(node)

    return handle


def _span(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    classes = attributes.get("class") or ""
    if tex := kept_tex(attributes) or ("ql-formula" in classes and attributes.get("data-value")):
        walk.formula(Formula(tex, is_displayed(attributes)))
    elif classes and _MATH_OUTPUT.search(classes):
        _math_output(walk, node, attributes)
    elif classes and _KATEX.search(classes):
        _katex(walk, node, attributes)
    elif classes == "katex-error":
        walk.formula(Formula(walk.unmasked(node.text()), display=False))
    elif classes and _DISPLAYED.search(classes):
        with walk.displayed():
            walk.children(node)
    elif classes and _SPOILER.search(classes):
        _styled("spoiler")(walk, node, attributes)
    else:
        walk.children(node)


def _link(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Read a link; one to a footnote becomes its number, one to a place in the page its text, an anchor nothing."""
    href = attributes.get("href") or ""
    fragment = href.partition("#")[2]
    text = node.text() if fragment else ""
    if href.startswith("#") and _SIGN_ONLY.fullmatch(text) and node.css_first("img") is None:
        return
    target = clean_link(href, walk.base)
    if (
        fragment
        and (_NOTE.match(fragment) or text.strip().startswith("^"))
        and (number := _NUMBER.fullmatch(text.strip()))
    ):
        walk.builder.text(number[1] if number[1] in "¹²³⁴⁵⁶⁷⁸⁹" else f"[{number[1]}]")
    elif target is None or href.startswith("#"):
        walk.children(node)
    else:
        with walk.builder.wrapped(lambda children: Link(target, children)):
            walk.children(node)


def _code(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del attributes
    text = walk.unmasked(node.text())
    words = " ".join(text.split())
    if not words:
        return
    if text[:1].isspace():
        walk.builder.text(" ")
    walk.builder.inline(CodeSpan(words))
    if text[-1:].isspace():
        walk.builder.text(" ")


def _quoted(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del attributes
    walk.builder.text("“")
    walk.children(node)
    walk.builder.text("”")


def _reading(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del attributes
    if node.text().strip():
        walk.builder.text("(")
        walk.children(node)
        walk.builder.text(")")


def _input(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    del node
    if attributes.get("type") == "checkbox":
        walk.builder.text("☑ " if "checked" in attributes else "☐ ")


# -- formulas ---------------------------------------------------------------------------------------------------------


def _math(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    tex = attributes.get("alttext") or tex_of(node)
    walk.formula(Formula(tex, attributes.get("display") == "block"))


def _raw_math(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    walk.formula(Formula(walk.unmasked(node.text()).strip(), "block" in attributes))


def _math_output(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Read what MathJax made: the script beside it has the TeX; else its MathML, a label, or the glyphs themselves."""
    if _is_said_next(node):
        return
    math = node.css_first("math")
    if math is None:
        holder = node if "data-mathml" in attributes else node.css_first("[data-mathml]")
        source = holder.attributes.get("data-mathml") if holder is not None else None
        math = LexborHTMLParser(source).css_first("math") if source else None
    block = attributes.get("display") == "true" or is_displayed(attributes)
    if math is not None:
        walk.formula(Formula(tex_of(math), block or math.attributes.get("display") == "block"))
    elif tex := _labelled(node) or tex_of_mathjax(node):
        walk.formula(Formula(tex, block))
    elif "MathJax" in (attributes.get("class") or ""):
        walk.children(node)


def _labelled(node: LexborNode) -> str:
    """Find the TeX in a label: MathJax 2 gives it to those who cannot see, version 3 gives words."""
    labelled = node.css_first(".mjx-math[aria-label]")
    return (labelled.attributes.get("aria-label") or "") if labelled is not None else ""


def _katex(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Read what KaTeX made: its MathML with the source; else what somebody's editor left of it."""
    said = node.css_first(".katex-mathml")
    if node.css_first("math") is not None:
        walk.children(node)
    elif said is not None and (text := walk.unmasked(said.text()).strip()):
        walk.formula(Formula(text.split("\n")[-1].strip(), is_displayed(attributes)))
    else:
        walk.formula(Formula(tex_of_katex(node), is_displayed(attributes)))


def kept_tex(attributes: Attributes) -> str:
    """Find the TeX that an editor keeps in an attribute of what it shows; empty where it keeps none."""
    values = (attributes.get(name) or "" for name in _SOURCES)
    kept = next((value for value in values if value and value not in _FLAGS), "")
    if not kept and (expression := _EXPRESSION.search(attributes.get("data-attrs") or "")):
        kept = expression[1].replace("\\n", " ").replace("\\\\", "\\")
    return kept


def _is_said_next(node: LexborNode) -> bool:
    """Tell whether the formula's own source comes right behind what was drawn from it."""
    following = node.next
    while following is not None and following.tag == "-text":
        text = (following.text_content or "").lstrip()
        if text:
            return MARK.match(text) is not None
        following = following.next
    return False


INLINES: dict[str, Handler] = {
    "a": _link,
    "b": _styled("bold"),
    "strong": _styled("bold"),
    "i": _styled("italic"),
    "em": _styled("italic"),
    "cite": _styled("italic"),
    "dfn": _styled("italic"),
    "var": _styled("italic"),
    "u": _styled("underline"),
    "ins": _styled("underline"),
    "s": _styled("strike"),
    "del": _styled("strike"),
    "strike": _styled("strike"),
    "mark": _styled("mark"),
    "sub": _styled("sub"),
    "sup": _styled("sup"),
    "span": _span,
    "samp": _code,
    "kbd": _code,
    "tt": _code,
    "q": _quoted,
    "rt": _reading,
    "input": _input,
    "math": _math,
    "mjx-container": _math_output,
    "d-math": _raw_math,
    "tex-math": _raw_math,
}
