"""The pieces of which a query is made, and what is said where one cannot be understood."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from bot.reading.patterns import rare

Kind: TypeAlias = Literal["(", ")", "OR", "AND", "NOT", "field", "phrase", "pattern", "word", "end"]

QUERY_ERRORS: Final = (
    "query_comma",  # words parted by a comma: all of them, or one of them?
    "query_deep",  # too many groups inside one another
    "query_field",  # a field that is none
    "query_long",  # too many characters
    "query_missing",  # a sign that needs a word beside it, and has none
    "query_or",  # "or" in small letters
    "query_pattern",  # not a pattern
    "query_pattern_large",  # a pattern that would take too much memory or time
    "query_patterns",  # too many patterns
    "query_terms",  # too many words
    "query_unclosed",  # a bracket, quotation or pattern without its end
    "query_unopened",  # a closing bracket without its beginning
)
"""The catalogue keys of everything that can be wrong with a query."""


class QueryError(ValueError):
    """A query that cannot be understood.

    ``column`` counts characters from 1, ``key`` is one of ``QUERY_ERRORS``, ``suggestion`` is what was perhaps meant
    in place of the piece that begins there, empty where nobody can know.
    """

    def __init__(self, column: int, key: str, suggestion: str = "") -> None:
        super().__init__(f"{key}:{column}")
        self.column = column
        self.key = key
        self.suggestion = suggestion


class Token(NamedTuple):
    """A piece of a query: what it is, what it says without its signs, and where it stands (from 0)."""

    kind: Kind
    value: str
    start: int
    end: int


_TOKEN = rare(
    r"""
      (?P<open>[(（])
    | (?P<close>[)）])
    | (?P<bar>[|｜]+)
    | (?P<minus>(?:[-－−–—]|(?<![^\s(（|｜])[!！])(?=[^\s)）|｜]))
    | (?P<tag>(?<![^\s(（|｜!！\-－−–—])[#＃](?=[^\s)）|｜#＃]))
    | (?P<field>(?:tag|title|topic)[:：]\s*)
    | (?P<phrase>["“”„＂][^"“”„＂]*["“”„＂] | 「[^」]*」 | 『[^』]*』)
    | (?P<pattern>[/／](?=\S)(?:[^/／\\\n]|\\.)+[/／])
    | (?P<unclosed>["“”„＂「『] | [/／](?=\S))
    | (?P<word>[^\s()（）"“”„＂「『|｜]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGNS: dict[str, Kind] = {"open": "(", "close": ")", "bar": "OR", "minus": "NOT"}
_OPERATORS: dict[str, Kind] = {
    "OR": "OR",
    "ＯＲ": "OR",
    "AND": "AND",
    "ＡＮＤ": "AND",
    "&&": "AND",
    "＆＆": "AND",
    "NOT": "NOT",
    "ＮＯＴ": "NOT",
}
_LOWER_OR = frozenset({"or", "或", "或者"})
_COMMA = rare(r"(?<![0-9])[,，、;；]|[,，、;；](?![0-9])")
_FIELD = rare(r"([^\W\d_]{2,12})[:：](?=[^:：/])")
_FIELDS = {
    **{name: name for name in ("tag", "title", "topic")},
    **dict.fromkeys(("category", "label", "hashtag", "标签", "標籤", "分类", "分類"), "tag"),
    **dict.fromkeys(("headline", "intitle", "标题", "標題"), "title"),
    **dict.fromkeys(("主题", "主題", "话题", "話題"), "topic"),
}
_PLAIN = rare(r"[^\W_](?:[\w+#.-]*[\w+#])?")


def is_plain(word: str) -> bool:
    """Tell whether a piece between blanks is a word to look for without any sign; nearly all are."""
    return _PLAIN.fullmatch(word) is not None and word not in _OPERATORS and word.casefold() not in _LOWER_OR


def tokens(text: str) -> Iterator[Token]:
    """Take a query apart; the last token is ``end``. Raises QueryError at the first piece that is none."""
    for match in _TOKEN.finditer(text):
        yield _token(match)
    yield Token("end", "", len(text), len(text))


def like_fields(text: str) -> list[str]:
    """Give the words that are written like a field and are none, as ``lang:zh``: they count as they stand.

    Raises QueryError.
    """
    return [token.value for token in tokens(text) if token.kind == "word" and _FIELD.match(token.value)]


def _token(match: re.Match[str]) -> Token:
    said, start, end = match[0], match.start(), match.end()
    match match.lastgroup:
        case "phrase" | "pattern" as kind:
            return Token(kind, said[1:-1], start, end)
        case "field":
            return Token("field", said.rstrip()[:-1].casefold(), start, end)
        case "tag":
            return Token("field", "tag", start, end)
        case "unclosed":
            raise QueryError(start + 1, "query_unclosed")
        case "word":
            return Token(_word(said, start), said, start, end)
        case group:
            return Token(_SIGNS[group or ""], said, start, end)


def _word(said: str, start: int) -> Kind:
    if is_plain(said):
        return "word"
    operator = _OPERATORS.get(said)
    if operator:
        return operator
    if said.casefold() in _LOWER_OR:
        raise QueryError(start + 1, "query_or", "OR")
    if comma := _COMMA.search(said):
        raise QueryError(start + comma.start() + 1, "query_comma", " OR ".join(filter(None, _COMMA.split(said))))
    if field := _FIELD.match(said):
        meant = difflib.get_close_matches(field[1].casefold(), _FIELDS, 1, 0.8)
        if meant:
            raise QueryError(start + 1, "query_field", f"{_FIELDS[meant[0]]}:{said[field.end() :]}")
    return "word"
