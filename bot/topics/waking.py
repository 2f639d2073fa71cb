"""What has to be in a post for a query's answer to change.

Every query has an answer for a post that has none of its words (``-python``: yes, ``python``: no). It is woken by words
of which at least one must be there for the other answer: for ``flow matching -python`` either of the first two will do,
and the one that wakes fewer queries is taken. Where any of these words alone settles it (``GAN OR VAE``, ``-python``),
nothing is left to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from bot.topics.expr import All, AnyOf, Expr, Not, Term, Truth, holds
from bot.topics.query import MAX_QUERY, MAX_TERMS, readable
from bot.topics.vocabulary import Atom, Vocabulary

Cost: TypeAlias = Callable[[Atom], int]


class Waking(NamedTuple):
    """What wakes an expression; a tuple, because 100,000 are made at the start."""

    default: bool
    """The answer while no leaf is true."""
    wakers: tuple[Atom, ...]
    """Leaves of which one must be true for the other answer."""
    sure: bool
    """Whether one of them is also enough for it."""


def waking(expr: Expr, words: Vocabulary, cost: Cost) -> Waking:
    """Find what wakes an expression; ``cost`` tells how dear it is to wait for a leaf."""
    if isinstance(expr, (All, AnyOf)):
        return _together([waking(child, words, cost) for child in expr.children], cost, usual=isinstance(expr, All))
    if isinstance(expr, Not):
        inner = waking(expr.child, words, cost)
        return Waking(not inner.default, inner.wakers, inner.sure)
    return Waking(default=False, wakers=(words.atom(expr),), sure=True)


def _together(parts: Sequence[Waking], cost: Cost, *, usual: bool) -> Waking:
    """Find what wakes several: a part that is not as ``usual`` settles the answer, and has to change first."""
    settling = [part.wakers for part in parts if part.default is not usual]
    if len(settling) == 1:
        return Waking(not usual, settling[0], sure=False)
    if settling:
        return Waking(not usual, min(settling, key=lambda wakers: sum(map(cost, wakers))), sure=False)
    wakers = tuple({atom: None for part in parts for atom in part.wakers})
    return Waking(usual, wakers, all(part.sure for part in parts))


class Test(NamedTuple):
    """A query in the form in which it is decided fastest: words that must and words that must not be there."""

    need: tuple[Atom, ...]
    ban: tuple[Atom, ...]
    rest: tuple[Expr, ...] = ()

    def holds(self, true: set[Atom], truth: Truth) -> bool:
        """Decide about a post, given the leaves that are true of it."""
        if not (true.issuperset(self.need) and true.isdisjoint(self.ban)):
            return False
        return not self.rest or all(holds(expr, truth) for expr in self.rest)


Prepared: TypeAlias = tuple[Waking, Test | None]
"""What wakes a query, and how it is decided then; None where nothing is left to ask."""


def prepare(query: str, words: Vocabulary, cost: Cost) -> Prepared | None:
    """Prepare a query; None for one that lets everything through."""
    return _plainly(query, words, cost) or _wholly(readable(query).root, words, cost)


def _plainly(query: str, words: Vocabulary, cost: Cost) -> Prepared | None:
    """Prepare a query of words that must and must not be there, or of alternative words, without making a tree.

    Nearly all queries are such, and 100,000 are prepared at the start. None for any other.
    """
    said = query.split()
    if not said or len(said) > MAX_TERMS or len(query) > MAX_QUERY:
        return None
    if len(said) > 1 and said[1] == "OR":
        return _alternatives(said, words)
    need, ban = [], []
    for word in said:
        literal = words.literal(word)
        if literal is None:
            return None
        if literal >= 0:
            need.append(literal)
        else:
            ban.append(~literal)
    if not need:
        return Waking(default=True, wakers=tuple(dict.fromkeys(ban)), sure=True), None
    if len(said) == 1:
        return Waking(default=False, wakers=(need[0],), sure=True), None
    return Waking(default=False, wakers=(min(need, key=cost),), sure=False), Test(tuple(need), tuple(ban))


def _alternatives(said: Sequence[str], words: Vocabulary) -> Prepared | None:
    literals = [words.literal(word) for word in said[::2]]
    atoms = [literal for literal in literals if literal is not None and literal >= 0]
    if len(said) % 2 == 0 or len(atoms) < len(literals) or said[1::2].count("OR") < len(said) // 2:
        return None
    return Waking(default=False, wakers=tuple(dict.fromkeys(atoms)), sure=True), None


def _wholly(root: Expr | None, words: Vocabulary, cost: Cost) -> Prepared | None:
    if root is None:
        return None
    wakes = waking(root, words, cost)
    return wakes, None if wakes.sure else _test(root, words)


def _test(expr: Expr, words: Vocabulary) -> Test:
    need, ban, rest = [], [], []
    for part in expr.children if isinstance(expr, All) else (expr,):
        match part:
            case Term():
                need.append(words.atom(part))
            case Not(_, Term() as term):
                ban.append(words.atom(term))
            case _:
                rest.append(part)
    return Test(tuple(need), tuple(ban), tuple(rest))
