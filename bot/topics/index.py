"""Many filters at once: a post wakes only those whose answer its words can change (``topics.waking``).

Equal queries are decided once, and so are equal choices of topics. So what a post costs grows with the words that it
has, and with the chats that get it, not with the chats that there are.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from bot.core.models import Filter, Verdict
from bot.topics.facts import Facts
from bot.topics.vocabulary import Atom, Vocabulary
from bot.topics.waking import Test, prepare

Choice: TypeAlias = tuple[str, ...]
"""The topics that a filter asks for; none for all posts."""
_Ids: TypeAlias = dict[int, None]
"""Filters, as a set that keeps their order."""
_Groups: TypeAlias = defaultdict[Choice, _Ids]

_SPARE = 10_000
"""Filters that may be held besides those that are asked for and as many again."""
_DEAR = 1_000_000
"""What it costs to wait for a pattern: it is run over every post."""


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking through all that is being made, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _groups() -> _Groups:
    return defaultdict(dict)


@dataclass(slots=True, eq=False)
class _Asleep:
    """A query that has to be asked when it is woken, and whose it is."""

    default: bool
    test: Test
    members: dict[int, Choice]


class _Query(NamedTuple):
    """A distinct query: its answer by default, and where its filters go."""

    default: bool
    sure: tuple[_Groups, ...] = ()
    """The groups of the words each of which settles the other answer."""
    asleep: _Asleep | None = None
    """Where the other answer takes more."""


class Index:
    """Filters, prepared."""

    def __init__(self) -> None:
        self._given: tuple[Filter, ...] = ()
        self._ids: frozenset[int] = frozenset()
        self._clear()

    def _clear(self) -> None:
        self._words = Vocabulary()
        self._filters: dict[int, Filter] = {}
        self._stale = 0
        self._queries: dict[str, _Query] = {}
        self._choices: dict[str, set[Choice]] = {}
        # The filters that pass by default, those that a word lets through or shuts, and those it only wakes.
        self._open = _groups()
        self._admitting: defaultdict[Atom, _Groups] = defaultdict(_groups)
        self._shutting: defaultdict[Atom, _Groups] = defaultdict(_groups)
        self._waiting: defaultdict[Atom, list[_Asleep]] = defaultdict(list)

    # -- which filters there are --------------------------------------------------------------------------------------

    def hold(self, filters: Iterable[Filter]) -> None:
        """Prepare for these filters; only what is new costs something.

        Filters of earlier calls are kept (several feeds take turns), until they are most of what is held.
        """
        given = tuple(filters)
        if given == self._given:
            return
        if len(self._filters) + self._stale > 2 * len(given) + _SPARE:
            self._clear()
        with _no_collection():
            for filter_ in given:
                held = self._filters.get(filter_.id)
                if held is not filter_ and held != filter_:
                    self._put(filter_, held)
            self._words.build()
        self._given = given
        self._ids = frozenset([filter_.id for filter_ in given])

    def _put(self, filter_: Filter, held: Filter | None) -> None:
        if held is not None:
            self._stale += 1
            self._take_out(held)
        number, choice = filter_.id, filter_.topics
        self._filters[number] = filter_
        query = self._prepared(filter_.query)
        for by_choice in query.sure:
            by_choice[choice][number] = None
        if query.default:
            self._open[choice][number] = None
        if query.asleep is not None:
            query.asleep.members[number] = choice
        for key in choice:
            self._choices.setdefault(key, set()).add(choice)

    def _take_out(self, filter_: Filter) -> None:
        number, choice = filter_.id, filter_.topics
        query = self._prepared(filter_.query)
        for by_choice in (*query.sure, self._open):
            by_choice[choice].pop(number, None)
        if query.asleep is not None:
            query.asleep.members.pop(number, None)

    def _prepared(self, query: str) -> _Query:
        known = self._queries.get(query)
        if known is None:
            known = self._queries[query] = self._prepare(query)
        return known

    def _prepare(self, query: str) -> _Query:
        prepared = prepare(query, self._words, self._cost)
        if prepared is None:
            return _Query(default=True)
        wakes, test = prepared
        if test is None:
            by_atom = self._shutting if wakes.default else self._admitting
            return _Query(wakes.default, tuple([by_atom[atom] for atom in wakes.wakers]))
        asleep = _Asleep(wakes.default, test, {})
        for atom in wakes.wakers:
            self._waiting[atom].append(asleep)
        return _Query(wakes.default, asleep=asleep)

    def _cost(self, atom: Atom) -> int:
        return _DEAR if self._words.is_pattern(atom) else len(self._waiting.get(atom, ()))

    # -- one post -----------------------------------------------------------------------------------------------------

    def match(self, facts: Facts) -> dict[int, Verdict]:
        """Give the filters that let a post through, of those that were given last."""
        verdicts = {choice: verdict_of(choice, facts) for choice in self._choices_of(facts)}
        true = self._words.true(facts, self._waited)
        passing: dict[int, Verdict] = {}
        _admit(passing, self._open, verdicts)
        for atom in true & self._shutting.keys():
            _shut(passing, self._shutting[atom], verdicts)
        for atom in true & self._admitting.keys():
            _admit(passing, self._admitting[atom], verdicts)
        for asleep in self._changed(facts, true):
            _turn(passing, asleep, verdicts)
        if len(self._filters) > len(self._ids):
            return {number: passing[number] for number in passing.keys() & self._ids}
        return passing

    def _choices_of(self, facts: Facts) -> set[Choice]:
        """Give the choices of topics of which a post has one."""
        return {()}.union(*(self._choices[key] for key in facts.hits.keys() & self._choices.keys()))

    def _waited(self, atom: Atom) -> bool:
        return atom in self._waiting or atom in self._admitting or atom in self._shutting

    def _changed(self, facts: Facts, true: set[Atom]) -> Iterator[_Asleep]:
        """Give the woken queries whose answer is other than their default."""
        truth = self._words.truth(facts, true)
        woken: set[_Asleep] = set().union(*(self._waiting[atom] for atom in true & self._waiting.keys()))
        return (asleep for asleep in woken if asleep.test.holds(true, truth) is not asleep.default)


def _admit(passing: dict[int, Verdict], groups: _Groups, verdicts: dict[Choice, Verdict]) -> None:
    for choice in groups.keys() & verdicts.keys():
        passing.update(dict.fromkeys(groups[choice], verdicts[choice]))


def _shut(passing: dict[int, Verdict], groups: _Groups, verdicts: dict[Choice, Verdict]) -> None:
    for choice in groups.keys() & verdicts.keys():
        for number in groups[choice]:
            passing.pop(number, None)


def _turn(passing: dict[int, Verdict], asleep: _Asleep, verdicts: dict[Choice, Verdict]) -> None:
    for number, choice in asleep.members.items():
        if asleep.default:
            passing.pop(number, None)
        elif choice in verdicts:
            passing[number] = verdicts[choice]


def verdict_of(choice: Choice, facts: Facts) -> Verdict:
    """Say whether a post has one of the topics, and by what; the query is not asked."""
    hits = tuple(facts.hits[key] for key in dict.fromkeys(choice) if key in facts.hits)
    return Verdict(not choice or bool(hits), hits)
