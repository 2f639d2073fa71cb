"""What stands between a formula's delimiters: whether it is a formula at all, and the TeX that it was meant to be."""

from __future__ import annotations

import html as entities
import re

from bot.reading.html.scan import ANY_TAG, MARKUP
from bot.reading.text import formula

_BLOCK_EDGE = re.compile(
    r"</?(?:p|div|li|ul|ol|h[1-6]|table|tr|td|th|blockquote|pre|section|article|figure|hr|dd|dt)[\s/>]|\n[ \t]*\n",
    re.IGNORECASE,
)
_EVIDENCE = re.compile(r"\\[A-Za-z]|[_^=<>≤≥≈∈∝→×·±√∑∫]|&[lg]t;")
_BARE = re.compile(r"[\w\s,.;:()\[\]|!'+\-*/~…′−]{1,60}", re.ASCII)
_WORDS = re.compile(r"[A-Za-z]{4,}")
_CJK = re.compile(r"[\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]")
_TEXT_COMMAND = re.compile(r"\\(?:text|mbox|mathrm|tag|operatorname)[a-z]*\s*\{[^{}]*\}")
_INLINE_TAG = re.compile(r"</?(?:em|i|strong|b|sub|sup|br|span|wbr|a)[\s/>]", re.IGNORECASE)
_LINE_END = re.compile(r"<br\s*/?>\s*", re.IGNORECASE)
_EMPHASIS = {"em": "_", "i": "_", "strong": "**", "b": "**"}
_EMPHASIS_TAG = re.compile(r"</?(em|i|strong|b)(?:\s[^<>]*)?>", re.IGNORECASE)
_LONGEST_CUT = 800
_LAST_COMMAND = re.compile(r"(?:\\([A-Za-z]*)|[_^])\s*$")


def divided(content: str) -> bool:
    """Tell whether a paragraph ends inside, which no formula goes across."""
    return _BLOCK_EDGE.search(content) is not None


def ends_inside(rest: str) -> bool:
    """Tell whether a paragraph ends inside the rest of a text, before the very end."""
    edge = _BLOCK_EDGE.search(rest)
    return edge is not None and bool(ANY_TAG.sub("", rest[edge.start() :]).strip())


def plausible(before: str, content: str, after: str) -> bool:
    """Tell a formula between single dollar signs from money, shell variables and the rest.

    ``before`` and ``after`` are the characters outside of the dollar signs, empty at the text's ends.
    """
    return not _is_money(before, content, after) and _is_formula(content, after)


def _is_money(before: str, content: str, after: str) -> bool:
    if after.isdigit() or after == "_" or content[0].isspace() != content[-1].isspace():
        return True  # as in "$5 and $10"
    return before.isascii() and before.isalnum() and content[0].isdigit()  # as in "US$5"


def _is_formula(content: str, after: str) -> bool:
    core = content.strip()
    if content.count("{") != content.count("}") or _has_foreign_tag(content):
        return False
    if _CJK.search(_TEXT_COMMAND.sub("", core)):
        return "\\" in core
    if after.isascii() and after.isalpha():
        return len(core) == 1 or any(sign in core for sign in "\\^{")  # "the $n$th", but not "$HOME:$PATH"
    if _EVIDENCE.search(core):
        return True
    return len(core) == 1 if content != core else _is_bare(core)


def _has_foreign_tag(content: str) -> bool:
    return any(not _INLINE_TAG.match(tag[0]) for tag in MARKUP.finditer(content))


def _is_bare(core: str) -> bool:
    """Tell whether letters, digits and simple signs are more likely a formula than words."""
    return bool(_BARE.fullmatch(core)) and (core.isalnum() or not _WORDS.search(core))


def looks_cut(text: str, opening: str) -> bool:
    """Tell whether what follows an opening delimiter that is never closed is the beginning of a formula."""
    if opening != "$":
        return True
    return len(text) <= _LONGEST_CUT and "\\" in text and not _CJK.search(_TEXT_COMMAND.sub("", text))


def finished(tex: str) -> str:
    r"""Take off what a cut left of the last command: ``\ti`` may have been a ``\times``."""
    tex = tex.strip()
    last = _LAST_COMMAND.search(tex)
    if last and (not last[1] or formula("\\" + last[1]) in ("", last[1])):
        return tex[: last.start()].rstrip()
    return tex


def repaired(content: str) -> str:
    r"""Give the TeX of what stood between delimiters, and mend what Markdown made of it before.

    Markdown takes ``_`` for emphasis, ``**`` for a strong one, and leaves one of the two backslashes that end a row.
    """
    if "<" in content:
        content = _LINE_END.sub("\n", content)
        content = _EMPHASIS_TAG.sub(lambda tag: _EMPHASIS[tag[1].lower()], content)
        content = ANY_TAG.sub("", content)
    content = entities.unescape(content)
    content = content.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"(?<!\\)\\\n", r"\\\\\n", content).strip()
