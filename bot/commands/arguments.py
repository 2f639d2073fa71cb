"""What stands after a command, taken apart: quotes, full-width characters, signs, ``feed:`` and pages.

Nothing here fails: what cannot be understood is a word like any other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.core.models import Feed, Topic
from bot.reading.text import fold

MAX_ARGUMENTS = 1000
"""Characters; a longer line is refused as a whole."""
MAX_SHOWN = 60
"""Characters of a name or of something unknown that an answer repeats."""
_MAX_WORDS = 24
_LONGEST_NAME = 6
"""Words of a name that is written without quotes."""

_ALL = frozenset(("all", "全部", "所有"))

_TOKEN = re.compile(
    r"""(?P<sign>[+=\-＋＝－]?)
        (?P<feed>(?:[fF][eE][eE][dD]|[ｆＦ][ｅＥ][ｅＥ][ｄＤ])[:：])?
        (?: "(?P<q1>[^"]*)"? | “(?P<q2>[^”]*)”? | 「(?P<q3>[^」]*)」? | 『(?P<q4>[^』]*)』?
          | (?P<bare>[^\s,，、;；]+) )""",
    re.VERBOSE,
)
_LOOSE = re.compile(r"[\s\-_·・]+")
_PAGE = re.compile(r"p([0-9]{1,4})")
_TYPED_PAGE = re.compile(r"page:([0-9]{1,4})", re.IGNORECASE)
_NUMBER = re.compile(r"#[0-9]{1,9}")
_QUOTES = re.compile(r'["“”「」『』]')
_PLAIN = re.compile(r"[^\s,，、;；]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One argument. ``sign`` is ``+``, ``-``, ``=`` or empty; quoted ones are never joined with their neighbours."""

    text: str
    sign: str = ""
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Arguments:
    """A line of arguments. ``feed`` is what ``feed:`` named, None without it; ``rest`` is the line without that.

    ``page`` is the page, from 0, of the grid whose button was pressed, or that was typed; None without one.
    """

    tokens: tuple[Token, ...] = ()
    feed: str | None = None
    rest: str = ""
    page: int | None = None


def parse(line: str, *, pressed: bool = False) -> Arguments:
    """Take a line apart.

    Buttons alone name their feed by a first word ``#3`` and their page by a last word ``p1``: typed, both may be names,
    and that page is ``page:2``.
    """
    tokens: list[Token] = []
    feed: str | None = None
    rest = line
    for match in _TOKEN.finditer(line):
        token = _token(match)
        if feed is None and (
            match["feed"] or (pressed and not (tokens or token.sign or token.quoted) and _NUMBER.fullmatch(token.text))
        ):
            feed = token.text
            rest = f"{line[: match.start()]} {line[match.end() :]}"
        elif token.text and len(tokens) < _MAX_WORDS:
            tokens.append(token)
    page = _page(tokens[-1], pressed=pressed) if tokens else None
    return Arguments(tuple(tokens if page is None else tokens[:-1]), feed, rest.strip(), page)


def _page(last: Token, *, pressed: bool) -> int | None:
    found = None if last.quoted else (_PAGE if pressed else _TYPED_PAGE).fullmatch(last.text)
    return found and max(0, int(found[1]) - (not pressed))


def _token(match: re.Match[str]) -> Token:
    quoted = next((match[name] for name in ("q1", "q2", "q3", "q4") if match[name] is not None), None)
    text = quoted if quoted is not None else match["bare"]
    sign = unicodedata.normalize("NFKC", match["sign"])
    return Token(unicodedata.normalize("NFKC", text).strip(), sign, quoted is not None)


def write(token: Token) -> str:
    """Write an argument for a button so that it is read as the same one, and neither as a feed nor as several."""
    plain = _PLAIN.fullmatch(token.text) and not _NUMBER.fullmatch(token.text) and not token.quoted
    return token.sign + (token.text if plain else f'"{token.text}"')


def number(text: str) -> int | None:
    """Read a count; None if it is none. What no list is long enough for is 999."""
    if not re.fullmatch(r"[0-9]+", text):
        return None
    return int(text) if len(text) <= 3 else 999  # noqa: PLR2004 -- the digits of 999


def unquoted(text: str) -> str:
    """Take quotation marks out of words that are looked for, or that an answer puts in quotes of its own."""
    return " ".join(_QUOTES.sub(" ", text).split()) or text


def means_all(text: str) -> bool:
    """Tell whether a word stands for everything there is."""
    return fold(text) in _ALL


def shown(text: str, most: int = MAX_SHOWN) -> str:
    """Cut what an answer repeats of an argument, or of what a feed calls itself."""
    return text if len(text) <= most else text[: most - 1] + "…"


def find_number(text: str) -> int | None:
    """Read a post's or a feed's number as buttons name it (``#12``); None where it is none."""
    return int(text[1:]) if _NUMBER.fullmatch(text) else None


# -- feeds ------------------------------------------------------------------------------------------------------------


def feed_name(feed: Feed) -> str:
    """Say what a feed is called, cut to what an answer has room for."""
    return shown(feed.called)


def find_feed(feeds: Sequence[Feed], text: str) -> Feed | None:
    """Find a feed by ``#id`` (as buttons name it), name, title or address."""
    if _NUMBER.fullmatch(text):
        return next((feed for feed in feeds if feed.id == int(text[1:])), None)
    wanted = _key(text)
    # Where a feed was asked for comes last: since it moved, another one may be there.
    named = [*((feed, _names(feed)) for feed in feeds), *((feed, (feed.asked,)) for feed in feeds)]
    return next((feed for feed, names in named if wanted and wanted in map(_key, names)), None)


def _names(feed: Feed) -> tuple[str, ...]:
    return (feed.name, feed.title, feed.url, feed.home)


def _key(text: str) -> str:
    return re.sub(r"^https?://", "", fold(text).strip()).rstrip("/")


# -- topics -----------------------------------------------------------------------------------------------------------


def squeeze(text: str) -> str:
    """Fold a name as readers type it: case, width, script, blanks, hyphens and a leading ``#`` do not matter."""
    return _LOOSE.sub("", fold(text)).lstrip("#")


@dataclass(frozen=True, slots=True)
class Names:
    """Topics by everything that they may be called; ``by_key`` alone is exact, for buttons."""

    by_key: dict[str, Topic]
    by_name: dict[str, Topic]

    @classmethod
    def of(cls, topics: Sequence[Topic]) -> Names:
        """Index topics; where two share a name, the first one has it."""
        by_name: dict[str, Topic] = {}
        for topic in topics:
            for name in (topic.key, *(name for _, name in topic.names), topic.category or ""):
                by_name.setdefault(squeeze(name), topic)
        by_name.pop("", None)
        return cls({topic.key: topic for topic in topics}, by_name)

    def find(self, text: str) -> Topic | None:
        """Give the topic that is called this."""
        return self.by_key.get(text) or self.by_name.get(squeeze(text))

    def nearest(self, text: str, least: float = 0.5) -> Topic | None:
        """Give the topic whose name looks most like this, None if none does by ``least``; 1 is the same name."""
        close = get_close_matches(squeeze(shown(text)), self.by_name, n=1, cutoff=least)
        return self.by_name[close[0]] if close else None

    def read(self, tokens: Sequence[Token]) -> tuple[list[tuple[str, Topic]], str]:
        """Find the topics that words name, each with its sign; the first word that names none is the second value.

        Names may have blanks, so the longest run of words that is a name counts.
        """
        found: list[tuple[str, Topic]] = []
        at = 0
        while at < len(tokens):
            topic, used = self._longest(tokens[at:])
            if topic is None:
                return found, tokens[at].text
            found.append((tokens[at].sign, topic))
            at += used
        return found, ""

    def _longest(self, tokens: Sequence[Token]) -> tuple[Topic | None, int]:
        run = 1
        while run < min(len(tokens), _LONGEST_NAME) and not (tokens[run].sign or tokens[run].quoted):
            run += 1
        for count in range(1 if tokens[0].quoted else run, 0, -1):
            topic = self.find(" ".join(token.text for token in tokens[:count]))
            if topic:
                return topic, count
        return None, 0
