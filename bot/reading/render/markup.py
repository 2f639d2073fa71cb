"""A platform's way of writing styled text, as a value, and the writer that follows it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.reading.patterns import rare
from bot.reading.render.flat import Flat, Span, Style
from bot.reading.text import Unit

_URL = rare(r"(?<![A-Za-z0-9_])https?://[^\s<>]+")
"""An address that links itself: no client reads one that begins within a word."""
_ANY_URL = rare(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s<>\u2e80-\uffef]+")
_RAW: frozenset[Style] = frozenset({"code", "pre"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a platform writes: the differences between platforms are the values of these fields.

    A platform that takes text with ranges beside it (Telegram) needs the first block only; the second one is for
    those that mark up the text itself (Discord's Markdown, a terminal).
    """

    name: str
    unit: Unit = "utf16"
    limit: int = 4096
    """The longest text of one message, in ``unit``."""
    styles: frozenset[Style] = frozenset(("bold", "italic", "underline", "strike", "spoiler", "code", "pre", "link"))
    """What the platform can show; other styles leave plain text behind."""
    table: int = 36
    """The widest table that is drawn with aligned columns, in columns of monospace; wider ones become rows."""

    wrappers: Mapping[Style, tuple[str, str]] = field(default_factory=dict)
    """What stands before and after a styled range; ``{value}`` is the span's value."""
    quote: str = ""
    """What stands before each line of a quotation."""
    escapes: str = ""
    """Characters that need a backslash in front."""
    starts: str = ""
    """A pattern that is tried at the beginning of each line; where it matches, a backslash follows its match."""
    fence: str = ""
    """The character that ends code, and so must not stand in it bare."""


@dataclass(frozen=True, slots=True)
class _Markup:
    """One writing of a Flat in a dialect."""

    flat: Flat
    dialect: Dialect

    def write(self) -> str:
        """Open and close ranges from border to border, so that even ranges that overlap come out nested."""
        out: list[str] = []
        active: list[Span] = []
        waiting = sorted(self.flat.spans, key=lambda span: (-span.start, span.end))
        for start, end in itertools.pairwise(self._borders()):
            wanted = [span for span in active if span.end > start]
            while waiting and waiting[-1].start <= start:
                wanted.append(waiting.pop())
            keep = _common(active, wanted)
            out += self._tags(active, keep, 1)
            out += self._tags(wanted, keep, 0)
            out.append(self._stretch(start, end, wanted))
            active = wanted
        out += self._tags(active, 0, 1)
        return "".join(out)

    def _borders(self) -> list[int]:
        borders = {0, len(self.flat.text)}
        for span in self.flat.spans:
            borders |= {span.start, span.end}
        return sorted(borders)

    def _tags(self, spans: list[Span], keep: int, side: int) -> Iterator[str]:
        """Open (side 0) or close (side 1) all but the outermost ``keep`` ranges."""
        quote = self.dialect.quote if any(span.style == "quote" for span in spans) else ""
        for span in reversed(spans[keep:]) if side else spans[keep:]:
            yield self._tag(span, side).replace("\n", "\n" + quote)

    def _tag(self, span: Span, side: int) -> str:
        if span.style == "quote":
            return "" if side else self.dialect.quote
        if span.style == "link" and self._bare(span):
            return self._behind(span) if side else ""
        tag = self.dialect.wrappers.get(span.style, ("", ""))[side].replace("{value}", span.value)
        return tag * 2 if span.style == "code" and self._fenced(span) else tag

    def _bare(self, span: Span) -> bool:
        """Tell whether there is an address in a link's text, which Markdown refuses to mask."""
        return "://" in self.flat.text[span.start : span.end]

    def _worded(self, span: Span) -> bool:
        """Tell whether there are words beside it: they are kept, and the link's own address follows them."""
        rest = _ANY_URL.sub("", self.flat.text[span.start : span.end])
        return any(map(str.isalnum, rest))

    def _behind(self, span: Span) -> str:
        text = self.flat.text[span.start : span.end]
        return f" <{span.value}>" if self._worded(span) and span.value not in text else ""

    def _fenced(self, span: Span) -> bool:
        return bool(self.dialect.fence) and self.dialect.fence in self.flat.text[span.start : span.end]

    def _stretch(self, start: int, end: int, spans: list[Span]) -> str:
        text = self.flat.text[start:end]
        raw = next((span for span in spans if span.style in _RAW), None)
        bare = next((span for span in spans if span.style == "link" and self._bare(span)), None)
        bare = None if bare and self._worded(bare) else bare
        if raw:
            text = self._code(text, raw)
        elif bare:
            text = bare.value if start == bare.start else ""
        else:
            text = self._escaped(text, at_line_start=start == 0 or self.flat.text[start - 1] == "\n")
        if self.dialect.quote and any(span.style == "quote" for span in spans):
            text = text.replace("\n", "\n" + self.dialect.quote)
        return text

    def _code(self, text: str, span: Span) -> str:
        fence = self.dialect.fence
        if not fence or fence not in text:
            return text
        # A whole run is broken up: of five, three would be left behind the first three.
        run = rare(f"{re.escape(fence)}{{{3 if span.style == 'pre' else 2},}}")
        text = run.sub(lambda found: "\u200b".join(found[0]), text)
        return text if span.style == "pre" else f" {text} "

    def _escaped(self, text: str, *, at_line_start: bool) -> str:
        if not self.dialect.escapes:
            return text
        special = rare(f"([{re.escape(self.dialect.escapes)}])")
        out, at = [], 0
        for url in _URL.finditer(text):  # an address in the text links itself; a backslash would break it
            out += [special.sub(r"\\\1", text[at : url.start()]), url[0]]
            at = url.end()
        out.append(special.sub(r"\\\1", text[at:]))
        return self._line_starts("".join(out), at_line_start=at_line_start)

    def _line_starts(self, text: str, *, at_line_start: bool) -> str:
        if not self.dialect.starts:
            return text
        head = r"(^|\n)" if at_line_start else r"(\n)"
        return re.sub(rf"{head}([ \t]*(?:{self.dialect.starts}))", r"\1\2\\", text)


def _common(old: list[Span], new: list[Span]) -> int:
    """Count the ranges at the front that stay open."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    return sum(1 for _ in same)


def markup(flat: Flat, dialect: Dialect) -> str:
    """Write a Flat in a dialect that marks up the text itself; characters that would mean something are escaped."""
    return _Markup(flat, dialect).write()
