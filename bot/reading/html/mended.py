"""What a source lost or doubled on its way, put right before it is read."""

from __future__ import annotations

import html as entities
import re

from bot.reading.html.scan import ANY_TAG
from bot.reading.patterns import rare
from bot.reading.said import clean

_ESCAPED = rare(
    r"(?:\s|<p>|<br>)*&lt;(?:p|div|ul|ol|h[1-6]|table|figure|blockquote|section|article|pre|img|strong|span|a)(?:\s|/?&gt;)"
)
_ESCAPED_END = re.compile(r"(?:&lt;/[a-z0-9]+&gt;|/?&gt;)(?:\s|<p>|</p>|<br>)*$")
_ENTITY = re.compile(r"&(?:shy|ZeroWidthSpace|NoBreak|#0*\d{1,7}|#[xX]0*[0-9a-fA-F]{1,6});")
_PREFIXED = re.compile(r"<(/?)(?:m|mml|math):(?=m[a-z]|semantics|annotation)")
"""MathML in the manner of XML, which HTML does not know."""

_OTHER_TAG = re.compile(r"<(?!/?(?:p|br)[\s/>])[a-zA-Z/!]")

_PLACEHOLDER = re.compile(r"\[(?:公式|Math|Formula|formula|math|数学公式)\]")
_GROUP = r"\{[^{}]{0,80}\}"
_INDEX = rf"(?:{_GROUP}|[A-Za-z0-9*])"
_SCRIPT = rf"[_^]{_INDEX}"
# A set in braces, a command with its arguments, or a single letter, each with indices.
_BARE_TEX = rare(
    rf"(?<![\w\\$({{/.@])(?:\\\{{[^\n\\]{{1,60}}\\\}}(?:{_SCRIPT})*|\\([A-Za-z]+)(?:{_GROUP})*(?:{_SCRIPT})*|"
    rf"[A-Za-z](?:_{_INDEX}(?:\^{_INDEX})?|\^{_INDEX}(?:_{_INDEX})?))(?![\w\\{{@/^])",
    re.ASCII,
)


def mended(source: str) -> str:
    r"""Put right what is plain from the text itself.

    HTML that was escaped as a whole is HTML, and so is a section of CDATA. What cannot be seen is not wanted as an
    entity either. Where a placeholder (``[公式]``, ``[Math]``) says that formulas lost their
    delimiters, TeX that stands bare in the text, ``\{x_i\}_{i=1}^n``, is a formula.
    """
    if source.lstrip().startswith("<![CDATA["):
        source = source.strip().removeprefix("<![CDATA[").removesuffix("]]>")
    if "&lt;" in source and _is_escaped(source):
        source = entities.unescape(source)
    if ":math" in source:
        source = _PREFIXED.sub(r"<\1", source)
    if "&" in source:
        source = _ENTITY.sub(_seen, source)
    if "[" in source and "$" not in source and "\\(" not in source and _PLACEHOLDER.search(source):
        source = _with_delimiters(source)
    return source


def _seen(entity: re.Match[str]) -> str:
    char = entities.unescape(entity[0])
    return entity[0] if char.isspace() or clean(char) else ""


def _is_escaped(source: str) -> bool:
    return bool(_ESCAPED.match(source) and not _OTHER_TAG.search(source) and _ESCAPED_END.search(source[-200:]))


def _with_delimiters(source: str) -> str:
    at, out = 0, list[str]()
    for tag in ANY_TAG.finditer(source):
        out += [_BARE_TEX.sub(_delimited, source[at : tag.start()]), tag[0]]
        at = tag.end()
    out.append(_BARE_TEX.sub(_delimited, source[at:]))
    return "".join(out)


def _delimited(found: re.Match[str]) -> str:
    from bot.reading.tex.written import known  # noqa: PLC0415 -- 5 ms that hardly any post is worth

    return found[0] if found[1] and not known(found[1]) else f"\\({found[0]}\\)"
