"""The tree that a query becomes, and what it says of a post."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.topics.keyword import Keyword

Scope: TypeAlias = Literal["text", "title", "tag", "topic"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase to be found in the text, the title, or as the name of a tag or topic."""

    source: str
    """The piece of the query."""
    scope: Scope
    word: Keyword


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern to be found; ``pattern`` is folded."""

    source: str
    scope: Scope
    pattern: str


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be."""

    source: str
    child: Expr


@dataclass(frozen=True, slots=True)
class All:
    """Everything must be."""

    source: str
    children: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of them must be."""

    source: str
    children: tuple[Expr, ...]


Leaf: TypeAlias = Term | Pattern
Expr: TypeAlias = Leaf | Not | All | AnyOf
Truth: TypeAlias = Callable[[Leaf], bool]


def holds(expr: Expr, truth: Truth) -> bool:
    """Tell whether an expression is true, given what its leaves are."""
    match expr:
        case Term() | Pattern():
            return truth(expr)
        case Not(_, child):
            return not holds(child, truth)
        case All(_, children):
            return all(holds(child, truth) for child in children)
        case AnyOf(_, children):
            return any(holds(child, truth) for child in children)


def blocker(expr: Expr, truth: Truth) -> str:
    """Give the smallest piece of the query that says no; empty where it is true."""
    if isinstance(expr, All):
        return next(filter(None, (blocker(child, truth) for child in expr.children)), "")
    return "" if holds(expr, truth) else expr.source


def reasons(expr: Expr, truth: Truth) -> Iterator[str]:
    """Give the pieces of the query that were asked for and found."""
    match expr:
        case Term() | Pattern():
            if truth(expr):
                yield expr.source
        case All(_, children) | AnyOf(_, children):
            for child in children:
                yield from reasons(child, truth)


def leaves(expr: Expr | None) -> Iterator[Leaf]:
    """Give all words, phrases and patterns of an expression."""
    match expr:
        case Term() | Pattern():
            yield expr
        case Not(_, child):
            yield from leaves(child)
        case All(_, children) | AnyOf(_, children):
            for child in children:
                yield from leaves(child)
