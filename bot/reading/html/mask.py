"""Formulas taken out of HTML before a parser sees it: in ``$x<y$`` every parser takes ``<y$`` for a tag.

Each formula leaves a mark behind, which the parser passes on as text.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.reading.html.delimited import (
    divided,
    ends_inside,
    escaped_brackets,
    finished,
    looks_cut,
    mistaken,
    plausible,
    repaired,
)
from bot.reading.html.scan import ANY_TAG, PLAIN_TAG, UNFINISHED_TAG, VERBATIM, Finder
from bot.reading.patterns import rare
from bot.reading.tex.tokens import definitions

OPEN, CLOSE = "\ue000", "\ue001"
"""Private characters around a formula's number; they are taken out of the input first."""

MARK = re.compile(f"{OPEN}(\\d+){CLOSE}")

_TAG_BEGINS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/!?")
_FORMULAS = 2000
_LONGEST_INLINE = 800
_LONGEST_DISPLAY = 10_000
_LONGEST_TAIL = 1500
_SHORT = 60
"""The longest formula in double dollars that can be part of a sentence."""
_MACROS = 50

_ENVIRONMENTS = (
    "equation|align|gather|multline|flalign|alignat|eqnarray|displaymath|math|aligned|gathered|split|array|cases|"
    "dcases|rcases|subequations|[pbBvV]?matrix|smallmatrix|CD|tikzcd"
)
_BRACKETS = {"(": ")", "[": "]"}
# The commonest tags by themselves: of all names of tags, most come before theirs.
_CALM = re.compile(rf"(?:[^<$\\]++|</?(?:p|br|li|em|strong)>|{PLAIN_TAG})++", re.IGNORECASE)
_BEGIN = rare(rf"\\begin\s*\{{((?:{_ENVIRONMENTS})\*?)\}}")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_REFERENCE = re.compile(r"\\eqref\s*\{[^{}<>\\$]{1,80}\}")
"""MathJax numbers equations, and reads references to them in the text, too."""

# Nearly all formulas between such brackets: closed, of one line, with a command, without what has to be mended. They
# take a third of the time.
_ORDINARY = re.compile(r"\\\(([^\\$<&\n]*+(?:\\[^\\()\[\]$<&\n][^\\$<&\n]*+)++)\\\)")

_CITATION = rare(r"[\d\s,，;–-]*")
_ANNOTATION = re.compile(r"<annotation[^<>]*x-tex[^<>]*>(.*?)</annotation>", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"^\s*%?\s*<!\[CDATA\[(.*?)(?:%\s*)?\]\]>\s*$", re.DOTALL)
_ELLIPSIS = re.compile(r"(?:\s|\.{3}|…|&hellip;|&#8230;|\[(?:\.{3}|…|&hellip;|&#8230;)\])+$")


class Formula(NamedTuple):
    """A formula: TeX without its delimiters, whether it stands on a line of its own."""

    tex: str
    display: bool


@dataclass(slots=True)
class _Masker:
    source: str
    out: list[str] = field(default_factory=list)
    formulas: list[Formula] = field(default_factory=list)
    finder: Finder = field(init=False)

    def __post_init__(self) -> None:
        self.finder = Finder(self.source)

    def run(self) -> None:
        at, source = 0, self.source
        while at < len(source):
            if calm := _CALM.match(source, at):
                self.out.append(calm[0])
                at = calm.end()
            if at < len(source):
                at = self._special(at)

    def _special(self, at: int) -> int:
        """Deal with a dollar sign, a backslash or an opening bracket, and give the place behind it."""
        char = self.source[at]
        if char == "<":
            return self._bracket(at)
        if len(self.formulas) >= _FORMULAS:
            return self._copy(at, at + 1)
        return self._dollar(at) if char == "$" else self._backslash(at)

    def _copy(self, start: int, end: int) -> int:
        self.out.append(self.source[start:end])
        return end

    def _put(self, tex: str, *, display: bool) -> None:
        self.out.append(f"{OPEN}{len(self.formulas)}{CLOSE}")
        self.formulas.append(Formula(tex, display))

    # -- tags ---------------------------------------------------------------------------------------------------------

    def _bracket(self, at: int) -> int:
        source = self.source
        if source.startswith("<!--", at):
            end = self.finder.find("-->", at)
            return self._copy(at, end + 3) if end >= 0 else len(source)
        if source[at + 1 : at + 2] not in _TAG_BEGINS:
            self.out.append("&lt;")
            return at + 1
        if tag := VERBATIM.match(source, at):
            return self._verbatim(tag)
        if source.startswith(("<!", "<?", "</"), at) or ANY_TAG.match(source, at):
            end = self.finder.find(">", at)
            return self._copy(at, end + 1) if end >= 0 else len(source)
        if UNFINISHED_TAG.match(source, at):
            return len(source)
        self.out.append("&lt;")
        return at + 1

    def _verbatim(self, tag: re.Match[str]) -> int:
        name = tag[1].lower()
        ends = (self.finder.find(f"</{each}", tag.end()) for each in (name, name.upper()))
        end = min((end for end in ends if end >= 0), default=-1)
        if end < 0:
            return self._copy(tag.start(), tag.end())
        inner = self.source[tag.end() : end]
        if name == "script" and "math/tex" in tag[0]:
            self._script(tag[0], inner)
            return self.source.find(">", end) + 1 or len(self.source)
        if name == "math" and (annotation := _ANNOTATION.search(inner)):
            self._put(repaired(annotation[1]), display='display="block"' in tag[0])
            return self.source.find(">", end) + 1 or len(self.source)
        return self._copy(tag.start(), end)

    def _script(self, tag: str, inner: str) -> None:
        wrapped = _CDATA.match(inner)
        self._put((wrapped[1] if wrapped else inner).strip(), display="mode=display" in tag.replace(" ", ""))

    # -- delimiters ---------------------------------------------------------------------------------------------------

    def _dollar(self, at: int) -> int:
        if self.source.startswith("$$", at):
            return self._double(at)
        end = self.finder.find("$", at + 1)
        while end > 0 and self.source[end - 1] == "\\":
            end = self.finder.find("$", end + 1)
        content = self.source[at + 1 : end] if 0 <= end - at <= _LONGEST_INLINE else ""
        before, after = self.source[max(at - 2, 0) : at], self.source[end + 1 : end + 2]
        if content and not divided(content) and plausible(before, content, after):
            self._put(repaired(content), display=False)
            return end + 1
        return self._copy(at, at + 1) if end >= 0 else self._unclosed(at, at + 1, "$")

    def _double(self, at: int) -> int:
        end = self.finder.find("$$", at + 2)
        content = self.source[at + 2 : end] if end >= 0 else ""
        if end >= 0 and content and not ANY_TAG.sub("", content).strip():
            return self._copy(at + 2, end) + 2  # a formula that somebody lost
        if not content.strip() or len(content) > _LONGEST_DISPLAY or divided(content):
            return self._copy(at, at + 2) if end >= 0 else self._unclosed(at, at + 2, "$$")
        if "$" in content and (pieces := mistaken(content)):
            self._put_apart(pieces)
        else:
            self._put(repaired(content), display=not self._in_sentence(at, content, end + 2))
        return end + 2

    def _put_apart(self, pieces: list[str]) -> None:
        for place, piece in enumerate(pieces):
            if place % 2:
                self.out.append(piece)
            elif piece.strip():
                self._put(repaired(piece), display=False)

    def _in_sentence(self, start: int, content: str, end: int) -> bool:
        """Tell whether a short formula in double dollars has text on both sides: kramdown writes inline ones so."""
        if len(content) > _SHORT or "\n" in content or "\\\\" in content or "\\begin" in content or "\\tag" in content:
            return False
        before = self.source[max(start - 3, 0) : start].rstrip(" ")
        after = self.source[end : end + 3].lstrip(" ")
        return bool(before and after) and before[-1] not in "\n>" and after[0] not in "\n<"

    def _backslash(self, at: int) -> int:
        if (ordinary := _ORDINARY.match(self.source, at)) and ordinary.end() - at <= _LONGEST_INLINE:
            self._put(ordinary[1].strip(), display=False)
            return ordinary.end()
        start = at + (2 if self.source.startswith("\\\\", at) else 1)
        slashes, sign = self.source[at:start], self.source[start : start + 1]
        if sign in _BRACKETS:
            return self._bracketed(at, slashes + sign, slashes + _BRACKETS[sign], display=sign == "[")
        if begin := _BEGIN.match(self.source, at):
            return self._environment(begin)
        if reference := _REFERENCE.match(self.source, at):
            self._put(reference[0], display=False)
            return reference.end()
        escaped = self.source.startswith("\\$", at)
        return self._copy(at + escaped, at + escaped + 1)

    def _bracketed(self, at: int, opening: str, closing: str, *, display: bool) -> int:
        start = at + len(opening)
        end, again = self.finder.find(closing, start), self.finder.find(opening, start)
        if end < 0:
            return self._unclosed(at, start, opening)
        content = self.source[start:end]
        limit = _LONGEST_DISPLAY if display else _LONGEST_INLINE * 2
        if 0 <= again < end or end - start > limit or not content.strip() or divided(content):
            return self._copy(at, start)
        cited = display and (_CITATION.fullmatch(content) or self.source.startswith("(", end + len(closing)))
        if "$" in content and (pieces := mistaken(content)):
            self._put_apart(pieces)
        elif cited or escaped_brackets(content):
            self.out.append(f"{opening[-1]}{content}{closing[-1]}")  # brackets that Markdown escaped, not a formula
        else:
            self._put(repaired(content), display=display)
        return end + len(closing)

    def _environment(self, begin: re.Match[str]) -> int:
        closing = f"\\end{{{begin[1]}}}"
        end = self.finder.find(closing, begin.end())
        if end < 0:
            return self._unclosed(begin.start(), begin.start(), begin[0])
        end += len(closing)
        content = self.source[begin.start() : end]
        if len(content) > _LONGEST_DISPLAY or divided(content):
            return self._copy(begin.start(), begin.end())
        self._put(repaired(content), display=True)
        return end

    def _unclosed(self, at: int, start: int, opening: str) -> int:
        """Take the rest of a text that was cut inside a formula for one, as far as it goes."""
        rest = self.source[start:] if len(self.source) - start <= _LONGEST_TAIL else ""
        text = ANY_TAG.sub("", rest).rstrip()
        cut = _ELLIPSIS.sub("", text)
        if not text or ends_inside(rest) or not looks_cut(cut, opening):
            return self._copy(at, max(start, at + 1))
        tex = finished(entities.unescape(cut))
        if tex:
            self._put(tex, display=False)
        self.out.append("…" + "".join(tag[0] for tag in ANY_TAG.finditer(rest) if tag[0].startswith("</")))
        return len(self.source)


def _with_macros(formulas: list[Formula]) -> list[Formula]:
    """Put the definitions that a post makes in one formula before every other formula that uses them."""
    macros = {name: macro for each in formulas for name, macro in definitions(each.tex).items()}
    if not macros:
        return formulas
    return [Formula(_defining(each.tex, macros), each.display) for each in formulas]


def _defining(tex: str, macros: dict[str, tuple[int, str]]) -> str:
    own = definitions(tex)
    used: dict[str, str] = {}
    waiting = [tex]
    while waiting and len(used) < _MACROS:
        for name in _COMMAND.findall(waiting.pop()):
            if name in macros and name not in own and name not in used:
                arity, body = macros[name]
                used[name] = f"\\newcommand{{\\{name}}}{f'[{arity}]' if arity else ''}{{{body}}}"
                waiting.append(body)
    return "".join(reversed(used.values())) + tex


def mask(source: str) -> tuple[str, list[Formula]]:
    r"""Replace every formula in HTML by a mark, ``OPEN number CLOSE``; give the formulas by number.

    Handles ``\(…\)``, ``\[…\]``, ``$…$``, ``$$…$$``, ``\begin…\end``, MathJax 2's scripts and MathML that carries
    its TeX. Code, scripts and attributes are left alone; ``$5 and $10`` is money. What only looks like a tag is
    escaped. Macros that the post defines are put before the formulas that use them.
    """
    masker = _Masker(source.replace(OPEN, "").replace(CLOSE, ""))
    masker.run()
    return "".join(masker.out), _with_macros(masker.formulas)
