"""Many keywords, found in one pass over a post."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick

from bot.topics.keyword import WORD, Keyword
from bot.topics.text import PostText


@dataclass(slots=True)
class Found:
    """Which words a post has, by their numbers."""

    anywhere: set[int] = field(default_factory=set)
    in_title: set[int] = field(default_factory=set)
    spans: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """Where every mention begins and ends in ``PostText.key``, for words that are counted."""


class Lexicon:
    """Keywords, numbered from ``first`` on; where they are ``counted``, every mention is kept."""

    def __init__(self, words: Sequence[Keyword], *, first: int = 0, counted: bool = False) -> None:
        self._words = tuple(words)
        self._first = first
        self._counted = counted
        self._left = bytes(word.left and word.key[0] in WORD for word in words)
        self._right = bytes(word.right and word.key[-1] in WORD for word in words)
        self._automaton = AhoCorasick([word.key for word in words])

    def scan(self, text: PostText, found: Found) -> None:
        """Add to ``found`` what the text has.

        Most hits are no words (``gan`` in ``organ``) or were had before, so those are told first.
        """
        key, gaps, end_of_text = text.key, text.gaps, len(text.key)
        left, right, first, counted = self._left, self._right, self._first, self._counted
        anywhere = found.anywhere
        for number, start, end in self._automaton.find_matches_as_indexes(key, overlapping=True):
            if number + first in anywhere and not counted:
                continue
            if left[number] and start and key[start - 1] in WORD and not gaps[start]:
                continue
            if right[number] and end < end_of_text and key[end] in WORD and not gaps[end]:
                continue
            if gaps.find(1, start + 1, end) >= 0 and not self._spaced(number, start, end, gaps):
                continue
            if self._words[number].exact and text.cased[start:end] != self._words[number].exact:
                continue
            anywhere.add(number + first)
            if end <= text.title_end:
                found.in_title.add(number + first)
            if counted:
                found.spans.setdefault(number + first, []).append((start, end))

    def _spaced(self, number: int, start: int, end: int, gaps: bytearray) -> bool:
        """Tell whether the text's blanks and hyphens stand only where the word has its own."""
        own = self._words[number].gaps
        return all(place in own for place in range(1, end - start) if gaps[start + place])
