"""One post, every chat: what the rest of the program asks of topics."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.models import Filter, Hit, Post, Topic, Verdict
from bot.topics.expr import Truth, blocker, leaves, reasons
from bot.topics.facts import Facts, read
from bot.topics.index import Index, verdict_of
from bot.topics.lexicon import Found, Lexicon
from bot.topics.query import QueryError, parse, readable
from bot.topics.rulebook import Mention, RuleBook
from bot.topics.rules import RuleSpec, category_key, category_topic
from bot.topics.text import post_text
from bot.topics.vocabulary import Vocabulary


class Matcher:
    """Decides about posts by the operator's rules, the posts' own categories and the chats' queries.

    It is ``core.ports.Judge``. Its answers depend on what it is asked alone: what it keeps between calls (the post that
    it read last, the filters that it prepared) only saves time.
    """

    def __init__(self, rules: Sequence[RuleSpec] = ()) -> None:
        self._book = RuleBook(rules)
        self._lexicon = Lexicon(self._book.words, counted=True)
        self._index = Index()
        self._last: tuple[Post, Facts, Found] | None = None

    @property
    def rules(self) -> Sequence[Topic]:
        """The operator's topics, in the order of the configuration."""
        return self._book.topics

    def topics(self, post: Post) -> Sequence[Topic]:
        """Give the topics that a post has: rules first, then its own categories that no rule stands for."""
        facts, _ = self._read(post)
        ours = [topic for topic in self._book.topics if topic.key in facts.hits]
        own = {category_key(tag): category_topic(tag) for tag in facts.categories if not self._book.stands_for(tag)}
        return (*ours, *own.values())

    def check(self, query: str) -> str | None:
        """Tell what is wrong with a query: a catalogue key and the column (``query_unclosed:7``), or None."""
        try:
            parse(query)
        except QueryError as error:
            return str(error)
        return None

    def judge(self, post: Post, filter_: Filter) -> Verdict:
        """Decide about one post for one filter, and say why."""
        facts, _ = self._read(post)
        verdict = verdict_of(filter_.topics, facts)
        root = readable(filter_.query).root
        if root is None or not verdict.passes:
            return verdict
        blocked = blocker(root, _truth(filter_.query, facts))
        return replace(verdict, passes=not blocked, blocked_by=blocked)

    def match(self, post: Post, filters: Iterable[Filter]) -> dict[int, Verdict]:
        """Give the filters that let a post through, by their ids, as ``judge`` would, but all at once."""
        given = tuple(filters)
        if not any(filter_.topics or filter_.query for filter_ in given):
            # They want everything, whatever it says.
            return {filter_.id: Verdict(passes=True) for filter_ in given}
        self._index.hold(given)
        return self._index.match(self._read(post)[0])

    def reasons(self, post: Post, query: str) -> tuple[str, ...]:
        """Give the pieces of a query that were asked for and found in a post."""
        root = readable(query).root
        if root is None:
            return ()
        return tuple(dict.fromkeys(reasons(root, _truth(query, self._read(post)[0]))))

    def hits(self, post: Post) -> Mapping[str, Hit]:
        """Give the topics that a post has, by their keys, and why: rules, and all categories of its own."""
        return self._read(post)[0].hits

    def mentions(self, post: Post, key: str) -> tuple[Mention, ...]:
        """Give all that speaks for a rule in a post, enough or not. Raises KeyError where there is no such rule."""
        facts, found = self._read(post)
        return self._book.mentions(key, facts.text, found, facts.categories)

    def _read(self, post: Post) -> tuple[Facts, Found]:
        last = self._last  # another thread may read another post meanwhile
        if last is None or last[0] is not post:
            text, found = post_text(post), Found()
            self._lexicon.scan(text, found)
            self._last = last = (post, read(post, self._book, text, found), found)
        return last[1:]


def _truth(query: str, facts: Facts) -> Truth:
    words = _vocabulary(query)
    return words.truth(facts, words.true(facts))


@functools.lru_cache(maxsize=256)
def _vocabulary(query: str) -> Vocabulary:
    words = Vocabulary()
    for leaf in leaves(readable(query).root):
        words.atom(leaf)
    return words
