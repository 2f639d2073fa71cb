"""Words in the reader's language: the catalogues. How times are said stands in ``times``.

The catalogues ``locale/zh.po`` and ``locale/en.po`` have symbolic msgids and are read as they are, without a step that
compiles them. ``locale/zh_TW.po`` is made of ``zh.po`` by ``make docs`` with OpenCC, and not here: the dictionaries for
that take 40 MB.
"""

from __future__ import annotations

import functools
import gettext
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from bot.core.models import Phrase
from bot.core.ports import Words
from bot.reading.doc import Inline, Link, Styled, Text

LANGUAGES: Final = ("zh", "zh-TW", "en")
"""What ``/language`` offers."""

_Value: TypeAlias = str | int | Inline
_TYPED = frozenset(("command", "query", "sign", "term", "verb"))
"""Values that stand for what is typed: the blanks around them stay."""
_TRADITIONAL = {"hant", "tw", "hk", "mo"}
_FIELD = re.compile(r"\{([a-z_]+)\}")
_STATEMENT = re.compile(r'^(msg[a-z]+)(?:\[\d\])? "(.*)"$', re.MULTILINE)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
_PLURAL = re.compile(r"plural=([^;]+);")


def nearest(tag: str) -> str:
    """Give the language of ours that is nearest to a tag such as ``zh-Hant-HK``, ``en_US`` or ``fr``; else English."""
    base, *rest = re.split(r"[-_]", tag.strip().casefold())
    if base != "zh":
        return "en"
    return "zh-TW" if "hans" not in rest and _TRADITIONAL.intersection(rest) else "zh"


class Catalogue:
    """The words in one language (``core.ports.Words``)."""

    def __init__(self, language: str, texts: Mapping[str, tuple[str, ...]]) -> None:
        self.language = language
        self._texts = {key: forms for key, forms in texts.items() if key and any(forms)}
        (plural,) = _PLURAL.findall(texts[""][0])
        self._form = gettext.c2py(plural)

    def __call__(self, key: str, /, **values: str | int) -> str:
        """Say it as a plain string. A key that no catalogue has is said as it is, since an answer must not fail."""
        return "".join(map(str, _filled(self._text(key, values.get("n")), values)))

    def phrase(self, key: str, /, **values: str | int | Inline) -> Phrase:
        """Say it as inlines, where a value may be a link, code or a formula."""
        pieces = _filled(self._text(key, values.get("n")), values)
        return tuple(Text(str(each)) if isinstance(each, str | int) else each for each in pieces if each != "")

    def _text(self, key: str, n: object) -> str:
        forms = self._texts.get(key, (key,))
        return forms[self._form(n if isinstance(n, int) else 1)] if forms[1:] else forms[0]


def _filled(text: str, values: Mapping[str, _Value]) -> list[_Value]:
    """Put values into a text. Blanks that part them from Chinese are for Latin: beside a Chinese name they go."""
    pieces: list[_Value] = []
    pieces += _FIELD.split(text)
    for at in range(1, len(pieces), 2):
        name, before, after = str(pieces[at]), str(pieces[at - 1]), str(pieces[at + 1])
        pieces[at] = value = values.get(name, f"{{{name}}}")
        said = "" if name in _TYPED else _said(value)
        if before.endswith(" ") and _wide(before[-2:-1]) and _wide(said[:1]):
            pieces[at - 1] = before[:-1]
        if after.startswith(" ") and _wide(after[1:2]) and _wide(said[-1:]):
            pieces[at + 1] = after[1:]
    return pieces


def _said(value: _Value) -> str:
    """Give the text of a value; empty where it is set apart by its looks, as code is."""
    match value:
        case str() | int():
            return str(value)
        case Text(text):
            return text
        case Link() | Styled():
            return "".join(map(_said, value.children))
        case _:
            return ""


def _wide(char: str) -> bool:
    """Tell whether a character is as wide as a Chinese one; none is not."""
    return bool(char) and unicodedata.east_asian_width(char) in "WF"


def read_catalogue(name: str) -> dict[str, tuple[str, ...]]:
    """Read ``locale/NAME.po``: of each key the text, or the texts by number; of the empty key what heads the file.

    Babel reads any such file, and takes 8 ms for each of ours. They have no contexts, flags or obsolete entries.
    """
    text = (Path(__file__).parent / "locale" / f"{name}.po").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    key = ""
    for keyword, value in _STATEMENT.findall(text.replace('"\n"', "")):  # strings that go on are one
        said = _ESCAPE.sub(lambda escape: _ESCAPES[escape[1]], value) if "\\" in value else value
        if keyword == "msgid":
            key = said
        elif keyword.startswith("msgstr"):
            found[key] = (*found.get(key, ()), said)
    return found


def load(language: str) -> Words:
    """Give the words in a language, or in the nearest one; read once."""
    return _load(nearest(language))


@functools.cache
def _load(language: str) -> Catalogue:
    return Catalogue(language, read_catalogue(language.replace("-", "_")))


def remedy(words: Words, trouble: str) -> str:
    """Say what mends a feed's trouble, by its name; of one that no catalogue knows, where to look."""
    text = words(f"remedy_{trouble}")
    return text if text != f"remedy_{trouble}" else words("remedy_other")
