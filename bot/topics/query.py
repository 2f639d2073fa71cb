"""A chat's query: its language, and the tree that it becomes.

    words      all of them must be found          flow matching
    -word      must not be found                  -python
    "a phrase" taken literally                    "flow matching"
    OR, |      one of two                         GAN OR VAE
    ( )        groups                             (GAN OR VAE) -python
    tag: title: topic:                            title:diffusion tag:"deep learning"
    #tag                                          the same as tag:, as messages show it
    /re2/      a pattern                          /GPT-[45]/

Words are keywords (``topics.keyword``): ``python*``, ``*GAN``, ``=ViT``. Full-width signs are taken for their ASCII
ones; ``AND``, ``&&``, ``NOT`` and ``!`` are understood. ``OR`` binds looser than words that stand side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.topics.expr import All, AnyOf, Expr, Not, Pattern, Scope, Term
from bot.topics.keyword import Keyword, keyword, phrase
from bot.topics.pattern import folded_pattern, trouble
from bot.topics.syntax import QueryError, Token, is_plain, tokens

__all__ = [
    "MAX_DEPTH",
    "MAX_PATTERNS",
    "MAX_QUERY",
    "MAX_TERMS",
    "Query",
    "QueryError",
    "parse",
    "plain_word",
    "readable",
]

MAX_QUERY = 500
"""Characters of a query."""
MAX_TERMS = 30
"""Words, phrases and patterns in a query."""
MAX_PATTERNS = 2
"""Patterns in a query: each is run over every post."""
MAX_DEPTH = 10
"""Groups and negations inside one another."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was understood. Without a ``root`` it is empty and lets everything through."""

    text: str
    root: Expr | None = None


def parse(text: str) -> Query:
    """Read a query.

    Raises QueryError, with the column, a catalogue key and sometimes a suggestion; nothing else.
    """
    if len(text) > MAX_QUERY:
        raise QueryError(MAX_QUERY + 1, "query_long")
    return Query(text, _Parser(text).root())


def readable(text: str) -> Query:
    """Read a stored query. One that can no longer be read lets all through: rather a post more than one less."""
    try:
        return parse(text)
    except QueryError:
        return Query(text)


def plain_word(said: str) -> Keyword | None:
    """Read a word that has no sign in it, as the parser would; None for anything else."""
    return keyword(said) if is_plain(said) else None


def _one(kind: type[All | AnyOf], nodes: Sequence[Expr]) -> Expr:
    if len(nodes) == 1:
        return nodes[0]
    between = " " if kind is All else " OR "
    return kind(between.join([node.source for node in nodes]), tuple(nodes))


class _Parser:
    """Reads tokens by recursive descent, a method per rule of the grammar; at most MAX_DEPTH deep."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokens(text))
        self._at = 0
        self._terms = 0
        self._patterns = 0
        self._depth = 0

    def root(self) -> Expr | None:
        """Grammar: `query = [either]`."""
        if self._next.kind == "end":
            return None
        found = self._either("text")
        if self._next.kind == ")":
            raise QueryError(self._next.start + 1, "query_unopened")
        return found

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _source(self, start: int) -> str:
        return self._text[start : self._tokens[self._at - 1].end]

    def _either(self, scope: Scope) -> Expr:
        """Grammar: `either = every {OR every}`."""
        nodes = [self._every(scope)]
        while self._next.kind == "OR":
            self._take()
            nodes.append(self._every(scope))
        return _one(AnyOf, nodes)

    def _every(self, scope: Scope) -> Expr:
        """Grammar: `every = single {[AND] single}`."""
        nodes = [self._single(scope)]
        while self._next.kind not in {"OR", ")", "end"}:
            if self._next.kind == "AND":
                self._take()
            nodes.append(self._single(scope))
        return _one(All, nodes)

    def _single(self, scope: Scope) -> Expr:
        """Grammar: `single = NOT single | field single | ( either ) | phrase | pattern | word`."""
        token = self._take()
        match token.kind:
            case "NOT" | "field" | "(":
                return self._inside(token, scope)
            case "word" | "phrase":
                return self._term(token, scope)
            case "pattern":
                return self._pattern(token, scope)
            case _:
                raise QueryError(self._beside(token) + 1, "query_missing")

    def _beside(self, token: Token) -> int:
        """Give the place of the sign that misses its word: the one before, unless there is none."""
        return self._tokens[self._at - 2].start if self._at > 1 else token.start

    def _inside(self, token: Token, scope: Scope) -> Expr:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError(token.start + 1, "query_deep")
        match token.kind:
            case "NOT":
                child = self._single(scope)
                found: Expr = Not(self._source(token.start), child)
            case "field":
                found = self._scoped(token)
            case _:
                found = self._group(token, scope)
        self._depth -= 1
        return found

    def _scoped(self, token: Token) -> Expr:
        scopes: dict[str, Scope] = {"tag": "tag", "title": "title", "topic": "topic"}
        found = self._single(scopes[token.value])
        return replace(found, source=self._source(token.start))

    def _group(self, token: Token, scope: Scope) -> Expr:
        found = self._either(scope)
        if self._next.kind != ")":
            raise QueryError(token.start + 1, "query_unclosed")
        self._take()
        return replace(found, source=self._source(token.start)) if isinstance(found, (All, AnyOf)) else found

    def _term(self, token: Token, scope: Scope) -> Term:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise QueryError(token.start + 1, "query_terms")
        word = phrase(token.value) if token.kind == "phrase" else keyword(token.value)
        if word is None:
            raise QueryError(token.start + 1, "query_missing")
        return Term(self._source(token.start), scope, word)

    def _pattern(self, token: Token, scope: Scope) -> Pattern:
        self._patterns += 1
        if self._patterns > MAX_PATTERNS:
            raise QueryError(token.start + 1, "query_patterns")
        folded = folded_pattern(token.value)
        wrong = trouble(folded)
        if wrong:
            raise QueryError(token.start + 1, wrong)
        return Pattern(self._source(token.start), scope, folded)
