"""All words that any query has, each of them once, and which of them a post has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, get_args

from bot.topics.expr import Leaf, Scope, Term, Truth
from bot.topics.facts import Facts
from bot.topics.keyword import Keyword
from bot.topics.lexicon import Found, Lexicon
from bot.topics.query import plain_word
from bot.topics.text import PostText

Atom: TypeAlias = int
"""The number of a leaf: equal ones have one, however they are written."""

_FEW = 256
"""New words that are searched in a pass of their own before all are built anew."""


class Vocabulary:
    """The words, patterns and names in queries."""

    def __init__(self) -> None:
        self._words: dict[Keyword, int] = {}
        self._lexicons: list[Lexicon] = []
        self._built = (0, 0)
        self._atoms: dict[tuple[Scope, Keyword | str], Atom] = {}
        self._written: dict[Scope, dict[str, Atom]] = {scope: {} for scope in get_args(Scope)}
        self._literals: dict[str, int] = {}
        self._text: dict[int, Atom] = {}
        self._title: dict[int, Atom] = {}
        self._named: list[tuple[Atom, Scope, Keyword]] = []
        self._patterns: dict[Atom, tuple[Scope, str]] = {}

    def atom(self, leaf: Leaf) -> Atom:
        """Give a leaf's number, a new one where it is new."""
        written = self._written[leaf.scope]
        known = written.get(leaf.source)
        if known is None:
            known = written[leaf.source] = self._learn(
                leaf.scope, leaf.word if isinstance(leaf, Term) else leaf.pattern
            )
        return known

    def literal(self, said: str) -> int | None:
        """Give the number of a word without signs; for one with a minus its complement (``~``, below 0).

        None for everything else.
        """
        known = self._literals.get(said)
        return self._read(said) if known is None else known

    def _read(self, said: str) -> int | None:
        if said.startswith("-"):
            wanted = None if said.startswith("--") else self.literal(said[1:])
            found = None if wanted is None else ~wanted
        else:
            word = plain_word(said)
            found = None if word is None else self._learn("text", word)
        if found is not None:
            self._literals[said] = found
        return found

    def _learn(self, scope: Scope, what: Keyword | str) -> Atom:
        """Give the number of a word, or of a pattern (a string)."""
        known = self._atoms.get((scope, what))
        if known is not None:
            return known
        atom = self._atoms[scope, what] = len(self._atoms)
        if isinstance(what, str):
            self._patterns[atom] = (scope, what)
        elif scope in {"tag", "topic"}:
            self._named.append((atom, scope, what))
        else:
            number = self._words.setdefault(what, len(self._words))
            (self._text if scope == "text" else self._title)[number] = atom
        return atom

    def is_pattern(self, atom: Atom) -> bool:
        """Tell whether a leaf is a pattern."""
        return atom in self._patterns

    def scan(self, text: PostText) -> Found:
        """Find all words in a post: one pass, and another over the few words that are new since the last build."""
        self.build()
        found = Found()
        for lexicon in self._lexicons:
            lexicon.scan(text, found)
        return found

    def build(self) -> None:
        """Prepare the search for the words as they are now; cheap where nothing is new."""
        base, total = self._built
        if total == len(self._words):
            return
        words = tuple(self._words)
        if len(words) - base > max(_FEW, base // 8):
            base = len(words)
            self._lexicons = [Lexicon(words)]
        else:
            self._lexicons[1:] = [Lexicon(words[base:], first=base)]
        self._built = (base, len(words))

    def true(self, facts: Facts, waited: Callable[[Atom], bool] = lambda _: False) -> set[Atom]:
        """Give the leaves that are true of a post; patterns only where they are ``waited`` for."""
        found = self.scan(facts.text)
        true = {self._text[number] for number in found.anywhere & self._text.keys()}
        true.update(self._title[number] for number in found.in_title & self._title.keys())
        true.update(atom for atom, scope, word in self._named if facts.named(scope, word))
        true.update(atom for atom, what in self._patterns.items() if waited(atom) and facts.pattern(*what))
        return true

    def truth(self, facts: Facts, true: set[Atom]) -> Truth:
        """Give what decides about leaves of this vocabulary, for a post."""
        written = self._written
        return lambda leaf: (
            written[leaf.scope][leaf.source] in true
            if isinstance(leaf, Term)
            else facts.pattern(leaf.scope, leaf.pattern)
        )
