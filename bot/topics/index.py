"""Many filters at once: a post wakes only those whose answer its words can change.

Every query has an answer for a post that has none of its words (``-python``: yes, ``python``: no). A query is woken by
words of which at least one must be there for the other answer: for ``flow matching -python`` either of the first two
will do, and the one that wakes fewer queries is taken. Equal queries are decided once, and so are equal choices of
topics. So what a post costs grows with the words that it has, and with the chats that get it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.core.models import Filter, Verdict
from bot.topics.expr import All, AnyOf, Expr, Not, holds
from bot.topics.facts import Facts
from bot.topics.query import readable
from bot.topics.vocabulary import Atom, Vocabulary

Choice: TypeAlias = tuple[str, ...]
"""The topics that a filter asks for; none for all posts."""


@dataclass(slots=True, eq=False)
class _Entry:
    """A distinct query, its answer while none of its words is found, what may change it, and who asks."""

    root: Expr
    default: bool
    wakers: tuple[Atom, ...]
    members: dict[Choice, dict[int, None]] = field(default_factory=dict)


_SPARE = 10_000
_DEAR = 1_000_000


class Index:
    """Filters, prepared."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.vocabulary = Vocabulary()
        self._given: tuple[Filter, ...] = ()
        self._ids: frozenset[int] = frozenset()
        self._filters: dict[int, Filter] = {}
        self._entries: dict[str, _Entry] = {}
        self._waiting: dict[Atom, set[_Entry]] = {}
        self._open: dict[Choice, dict[int, None]] = {}
        self._choices: dict[str, set[Choice]] = {}

    # -- which filters there are --------------------------------------------------------------------------------------

    def hold(self, filters: Iterable[Filter]) -> None:
        """Prepare for these filters. Only what is new costs something.

        Filters of earlier calls are kept (several feeds take turns), until they are most of what is held.
        """
        given = tuple(filters)
        if given == self._given:
            return
        if len(self._filters) > 2 * len(given) + _SPARE:
            self._clear()
        for filter_ in given:
            held = self._filters.get(filter_.id)
            if held != filter_:
                self._replace(held, filter_)
        self._given = given
        self._ids = frozenset(filter_.id for filter_ in given)
        self.vocabulary.build()

    def _replace(self, held: Filter | None, filter_: Filter) -> None:
        if held is not None:
            self._remove(held)
        self._filters[filter_.id] = filter_
        choice = tuple(filter_.topics)
        entry = self._entry(filter_.query)
        if entry is not None:
            entry.members.setdefault(choice, {})[filter_.id] = None
        if entry is None or entry.default:
            self._open.setdefault(choice, {})[filter_.id] = None
        for key in choice:
            self._choices.setdefault(key, set()).add(choice)

    def _remove(self, filter_: Filter) -> None:
        choice = tuple(filter_.topics)
        self._open.get(choice, {}).pop(filter_.id, None)
        entry = self._entries.get(filter_.query)
        if entry is None:
            return
        entry.members[choice].pop(filter_.id)
        if not entry.members[choice]:
            del entry.members[choice]
        if not entry.members:
            del self._entries[filter_.query]
            for atom in entry.wakers:
                self._waiting[atom].discard(entry)

    def _entry(self, query: str) -> _Entry | None:
        known = self._entries.get(query)
        if known is not None:
            return known
        root = readable(query).root
        if root is None:
            return None
        entry = self._entries[query] = _Entry(root, *self._wakers(root))
        for atom in entry.wakers:
            self._waiting.setdefault(atom, set()).add(entry)
        return entry

    def _wakers(self, expr: Expr) -> tuple[bool, tuple[Atom, ...]]:
        """Give the answer while no leaf is true, and leaves of which one must be true for the other answer."""
        match expr:
            case Not(_, child):
                default, wakers = self._wakers(child)
                return not default, wakers
            case All(_, children):
                return self._together(children, usual=True)
            case AnyOf(_, children):
                return self._together(children, usual=False)
            case _:
                return False, (self.vocabulary.atom(expr),)

    def _together(self, children: Iterable[Expr], *, usual: bool) -> tuple[bool, tuple[Atom, ...]]:
        """Do so for several: one child that is not as ``usual`` settles the answer, and has to change first."""
        answers = [self._wakers(child) for child in children]
        settling = [wakers for default, wakers in answers if default is not usual]
        if settling:
            return not usual, min(settling, key=self._cost)
        return usual, tuple({atom: None for _, wakers in answers for atom in wakers})

    def _cost(self, wakers: Iterable[Atom]) -> int:
        """Tell how busy words are. A pattern costs most: one that is waited for is run over every post."""
        return sum(_DEAR if self.vocabulary.is_pattern(atom) else len(self._waiting.get(atom, ())) for atom in wakers)

    # -- one post -----------------------------------------------------------------------------------------------------

    def match(self, facts: Facts) -> dict[int, Verdict]:
        """Give the filters that let a post through, of those that were given last."""
        verdicts = {choice: verdict_of(choice, facts) for choice in self._choices_of(facts)}
        passing: dict[int, Verdict] = {}
        for choice in verdicts.keys() & self._open.keys():
            passing.update(dict.fromkeys(self._open[choice], verdicts[choice]))
        for entry in self._changed(facts):
            for choice in entry.members.keys() & verdicts.keys():
                if entry.default:
                    _drop(passing, entry.members[choice])
                else:
                    passing.update(dict.fromkeys(entry.members[choice], verdicts[choice]))
        if len(self._filters) > len(self._ids):
            return {number: passing[number] for number in passing.keys() & self._ids}
        return passing

    def _choices_of(self, facts: Facts) -> set[Choice]:
        """Give the choices of topics that a post has one of."""
        return {()}.union(*(self._choices[key] for key in facts.hits.keys() & self._choices.keys()))

    def _changed(self, facts: Facts) -> Iterator[_Entry]:
        """Give the queries whose answer is other than their default."""
        true = self.vocabulary.true(facts, self._waiting.keys())
        truth = self.vocabulary.truth(facts, true)
        woken = set().union(*(self._waiting[atom] for atom in true & self._waiting.keys()))
        return (entry for entry in woken if holds(entry.root, truth) is not entry.default)


def _drop(passing: dict[int, Verdict], numbers: Iterable[int]) -> None:
    for number in numbers:
        del passing[number]


def verdict_of(choice: Choice, facts: Facts) -> Verdict:
    """Say that a post has one of the topics, and which; the query is not asked."""
    hits = tuple(facts.hits[key] for key in dict.fromkeys(choice) if key in facts.hits)
    return Verdict(not choice or bool(hits), hits)
