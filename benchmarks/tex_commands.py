"""Which TeX commands a corpus of posts uses most, and what becomes of each: writes docs/formulas.md.

    python benchmarks/tex_commands.py FOLDER… [--out docs/formulas.md]

A folder may hold feeds (RSS, Atom, JSON), HTML pages and text, in any depth.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.reading.tex import to_unicode

SUFFIXES = frozenset((".xml", ".rss", ".atom", ".json", ".html", ".htm", ".txt", ".md"))
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_MARKED = re.compile(
    r"<script[^>]*math/tex[^>]*>(.*?)</script>|<annotation[^>]*application/x-tex[^>]*>(.*?)</annotation>"
    r"|<math[^>]*\balttext=\"([^\"]*)\"",
    re.DOTALL | re.IGNORECASE,
)
_NOT_TEXT = re.compile(
    r"<(script|style|pre|code|math|svg)\b.*?</\1>|<span class=\"katex-html\".*?</span></span></span>", re.DOTALL | re.I
)
_INLINE = re.compile(r"</?(?:a|b|br|em|font|i|span|strong|sub|sup|u|wbr)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")
# Within a block; a formula that its excerpt cut off ends with the block.
_DELIMITED = re.compile(
    r"\$\$(?P<display>[^\f]+?)\$\$"
    r"|\\\[(?P<bracket>(?:(?!\\[(\[])[^\f])+?)(?:\\\]|(?=\f|\Z))"
    r"|\\\((?P<paren>(?:(?!\\[(\[])[^\f])+?)(?:\\\)|(?=\f|\Z))"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}[^\f]+?\\end\{(?P=name)\})"
    r"|(?<![\\$\w])\$(?![\s$])(?P<inline>[^$\f]{1,600}?)(?<![\s\\])\$(?![\d$])"
)
_COMMAND = re.compile(r"\\(begin\{[A-Za-z]+\*?\}|[A-Za-z]+|[^A-Za-z\s])")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _documents(path: Path) -> Iterator[str]:
    """Give the pieces of HTML in a file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".json":
        try:
            yield from _strings(json.loads(text))
        except ValueError:
            return
    elif path.suffix in {".xml", ".rss", ".atom"}:
        yield from _CDATA.findall(text)
        yield html.unescape(_CDATA.sub(" ", text))
    else:
        yield text.replace("\n", "\f") if path.suffix == ".txt" else text


def formulas_in(document: str) -> Iterator[str]:
    """Give the formulas of a piece of HTML, as TeX without delimiters."""
    for found in _MARKED.finditer(document):
        yield html.unescape(next(filter(None, found.groups()), "")).strip()
    plain = html.unescape(_TAG.sub("\f", _INLINE.sub("", _NOT_TEXT.sub(" ", document))))
    for found in _DELIMITED.finditer(plain):
        tex = next(text for name, text in found.groupdict().items() if text and name != "name")
        if not found["inline"] or _is_formula(tex):
            yield tex.strip()


def _is_formula(tex: str) -> bool:
    """Tell prices, shell variables and code between two dollar signs from formulas."""
    if re.search(r"\\[A-Za-z]|[_^]", tex):
        return not re.search(r"[\"`;]|=>", tex)
    return bool(re.fullmatch(r"[-+=<>*/\w\s(),.|'!\[\]]{1,30}", tex)) and len(re.findall(r"[A-Za-z]{4,}", tex)) == 0


def formulas(folders: Iterable[Path]) -> list[str]:
    """Give the different formulas of all files in the folders."""
    found: dict[str, None] = {}
    for folder in folders:
        for path in sorted(item for item in folder.rglob("*") if item.suffix in SUFFIXES and item.is_file()):
            for document in _documents(path):
                found |= dict.fromkeys(formulas_in(document))
    return [tex for tex in found if tex]
