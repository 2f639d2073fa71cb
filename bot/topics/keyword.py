"""One word to look for, and the form in which words and texts are compared.

Texts and keywords are folded (``reading.text.fold``) and squeezed: blanks and hyphens are taken out, and where they
stood is remembered. A keyword's own blanks and hyphens may then be missing or different in the text (``flow-based``,
``flow based``, ``Flowbased``), while those that only the text has still part its words: ``flow模型`` is not found in
``tensorflow模型``, and ``today`` not in ``to day``. Blanks beside Chinese characters mean nothing, in either.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from itertools import chain

from bot.reading.patterns import rare
from bot.reading.text import clean, fold

_NO_GAPS: frozenset[int] = frozenset()

MAX_WORD = 100
"""Characters of a keyword that count; nobody writes longer ones, and hostile ones would only fill memory."""

# Latin, Greek, Cyrillic and Armenian part their words by blanks and glue nothing to them, so a keyword must not end
# inside one. (`\b` would not do: Chinese characters are word characters to it, and it misses `VAE` in `VAE和GAN`.
# Scripts that write words together, or glue articles and particles to them, are searched as substrings.)
WORD = frozenset(
    character
    for character in map(chr, chain(range(0x0590), range(0x1E00, 0x2000)))
    if character.isalnum() or character == "_"
)
"""The characters that make up words whose edges can be seen."""

_SEPARATORS = rare(r"(?:[^\S\n]|[-\u2010-\u2013\u2212])+")
_HAN = rare(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def squeeze(folded: str) -> tuple[str, bytearray]:
    """Take blanks and hyphens out of a text; line ends stay.

    The second value has one byte for every place before a character, and one for the end: 1 where some stood that
    part two words.
    """
    parts = _SEPARATORS.split(folded)
    if len(parts) == 1:
        return folded, bytearray(len(folded) + 1)
    squeezed = "".join(parts)
    gaps = bytearray(len(squeezed) + 1)
    place = 0
    for part in parts[:-1]:
        place += len(part)
        gaps[place] = not _HAN.match(squeezed, place) and not _HAN.match(squeezed, max(place - 1, 0))
    return squeezed, gaps


@functools.lru_cache(maxsize=32_768)
def same(name: str) -> str:
    """Give the form in which names of tags and topics are compared: folded, without blanks and hyphens."""
    return squeeze(fold(clean(name)))[0].replace("\n", "")


def cased(text: str) -> str:
    """Give the form in which exact keywords are compared: NFKC, the case kept."""
    return unicodedata.normalize("NFKC", clean(text))


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase to look for."""

    key: str
    """Folded and squeezed."""
    gaps: frozenset[int]
    """Where in ``key`` the text may have blanks or hyphens."""
    left: bool = True
    """Whether a word must begin there, where it begins with a word's character."""
    right: bool = True
    """Whether a word must end there, likewise."""
    exact: str = ""
    """``key`` in the case in which it must stand in the text; empty where the case does not matter."""

    def names(self, name: str) -> bool:
        """Tell whether a whole name (in the form of ``same``) is this; ``*`` stands for any beginning or end."""
        if self.left and self.right:
            return name == self.key
        if self.left:
            return name.startswith(self.key)
        return name.endswith(self.key) if self.right else self.key in name


def phrase(text: str) -> Keyword | None:
    """Make a keyword of a text taken literally; None where nothing is left to look for."""
    return _made(cased(text[:MAX_WORD]))


@functools.lru_cache(maxsize=1 << 16)
def keyword(source: str) -> Keyword | None:
    """Read a keyword as operators and readers write it; None where nothing is left to look for.

    ``python*`` also begins longer words, ``*GAN`` also ends them, ``=ViT`` must stand in this case.
    """
    if source.isalnum() and source.isascii() and len(source) <= MAX_WORD:
        return Keyword(source.lower(), _NO_GAPS)
    text = cased(source[:MAX_WORD]).strip()
    exact = text.startswith("=")
    text = text[exact:]
    return _made(text.strip("*"), left=not text.startswith("*"), right=not text.endswith("*"), exact=exact)


def _made(written: str, *, left: bool = True, right: bool = True, exact: bool = False) -> Keyword | None:
    written = " ".join(written.split())
    key, gaps = squeeze(fold(written))
    if not key:
        return None
    shape = squeeze(written)[0] if exact else ""
    return Keyword(
        key=key,
        gaps=frozenset([place for place in range(1, len(key)) if gaps[place]]) if any(gaps) else _NO_GAPS,
        left=left,
        right=right,
        exact=shape if len(shape) == len(key) else "",
    )
