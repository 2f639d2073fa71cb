"""HTML as characters, before any parser sees it: what is a tag, what only looks like one, and what is too deep."""

from __future__ import annotations

import re

from bot.reading.patterns import rare

# Elements of HTML. What looks like a tag with another name (``vector<int>``, ``<stdio.h>``, ``a<b且c>d``) is text that
# somebody forgot to escape; names with a hyphen are custom elements, and those of SVG and MathML stand inside theirs.
_NAMES = (
    "a|abbr|acronym|address|applet|area|article|aside|audio|b|base|bdi|bdo|big|blink|blockquote|body|br|button|canvas|"
    "caption|center|cite|code|col|colgroup|data|datalist|dd|del|details|dfn|dialog|dir|div|dl|dt|em|embed|fieldset|"
    "figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr|html|i|iframe|img|image|input|ins|"
    "kbd|label|legend|li|link|main|map|mark|marquee|math|menu|meta|meter|nav|nobr|noscript|object|ol|optgroup|option|"
    "output|p|param|picture|pre|progress|q|rb|rp|rt|rtc|ruby|s|samp|script|search|section|select|slot|small|source|"
    "span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|"
    "tt|u|ul|var|video|wbr|xmp|[a-z][a-z0-9]*-[a-z0-9-]+|[a-z]+:[a-z][a-z0-9]*"
)
_VERBATIM = "pre|code|kbd|samp|tt|xmp|textarea|script|style|svg|math|template|select|iframe"
_END = r"(?=[\s/>])(?:(?:[^<>\"']++|\"[^\"]{0,2000}+\"|'[^']{0,2000}+')*+>|[^<>]*+>)"

PLAIN_TAG = rf"</?+(?=[a-z])(?!(?:{_VERBATIM})[\s/>])(?:{_NAMES}){_END}"
"""A tag whose content is ordinary text."""

ANY_TAG = rare(rf"</?+(?=[a-z])(?:{_NAMES}){_END}", re.IGNORECASE)
UNFINISHED_TAG = rare(rf"</?(?:{_NAMES})(?:\s[^<>]*)?$", re.IGNORECASE)
"""A tag that a cut left without its end."""

VERBATIM = rare(rf"<({_VERBATIM}){_END}", re.IGNORECASE)
"""The opening tag of an element in whose content a dollar sign is a dollar sign."""

MARKUP = re.compile(rf"</?+(?=[a-z])(?:{_NAMES}){_END}|<!--", re.IGNORECASE)

# A misnested formatting element is opened again in every following paragraph; three of the same are kept, but any
# number of different ones: n of them and n paragraphs make n² elements. Without their attributes all are the same.
_FORMATTING = re.compile(r"<(b|big|em|font|i|nobr|s|small|strike|strong|tt|u)\s[^<>]*+>", re.IGNORECASE)
_CODE = re.compile(r"<(/?)code(?=[\s/>])", re.IGNORECASE)

# A parser looks at all open elements whenever a block begins: 100,000 nested ones cost it 20 s.
_MANY = 3000
_DEEPEST = 120
_NESTING = rare(r"<(/?+)([a-z][a-z0-9-]*+)[^<>]*+(?:>|$)", re.IGNORECASE)
_CLOSED_BY_OTHERS = rare(
    "area|base|br|col|dd|dt|embed|hr|img|input|li|link|meta|option|p|param|rp|rt|source|tbody|td|tfoot|th|thead|tr|"
    "track|wbr",
    re.IGNORECASE,
)


class Finder:
    """Finds the next place of fixed strings in a text, in linear time over a whole forward scan."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, int] = {}

    def find(self, needle: str, start: int) -> int:
        """Give the first place at or after ``start``, or -1; ``start`` never goes back for the same needle."""
        found = self._found.get(needle)
        if found is None or -1 < found < start:
            self._found[needle] = found = self._text.find(needle, start)
        return found


def defused(html: str) -> str:
    """Take from HTML what makes a parser take quadratic time or memory; no text is lost."""
    html = _CODE.sub(r"<\1samp", _FORMATTING.sub(r"<\1>", html))
    return _flattened(html) if html.count("<") > _MANY else html


def _flattened(html: str) -> str:
    depth = 0

    def keep(tag: re.Match[str]) -> str:
        nonlocal depth
        if _CLOSED_BY_OTHERS.fullmatch(tag[2]):
            return tag[0]
        if tag[1]:
            depth = max(depth - 1, 0)
            return tag[0] if depth < _DEEPEST else ""
        depth += 1
        return tag[0] if depth <= _DEEPEST else ""

    return _NESTING.sub(keep, html)
