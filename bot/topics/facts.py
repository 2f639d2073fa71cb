"""What is known of one post: everything that a filter may ask about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.models import Hit, Post
from bot.topics.expr import Scope
from bot.topics.keyword import Keyword, same
from bot.topics.lexicon import Found
from bot.topics.pattern import found as pattern_found
from bot.topics.pattern import subject
from bot.topics.rulebook import RuleBook
from bot.topics.rules import category_key
from bot.topics.text import PostText

MAX_TAGS = 100
"""Categories of a post that are looked at: a feed may give any number."""


@dataclass(slots=True)
class Facts:
    """A post, read once for any number of filters."""

    text: PostText
    hits: dict[str, Hit]
    """The topics that it has, by their keys: rules first, then every category of its own."""
    categories: tuple[str, ...]
    """Its own categories, as the feed writes them; the first ``MAX_TAGS``."""
    tags: frozenset[str]
    """They, in the form of ``topics.keyword.same``."""
    names: frozenset[str]
    """Keys and names of its topics, in that form."""
    subjects: dict[Scope, bytes] = field(default_factory=dict)
    patterns: dict[tuple[Scope, str], bool] = field(default_factory=dict)

    def named(self, scope: Scope, word: Keyword) -> bool:
        """Tell whether one of its tags or topics is called so."""
        return any(map(word.names, self.tags if scope == "tag" else self.names))

    def pattern(self, scope: Scope, pattern: str) -> bool:
        """Tell whether a pattern is found; it is looked for once."""
        known = self.patterns.get((scope, pattern))
        if known is None:
            known = self.patterns[scope, pattern] = pattern_found(pattern, self._subject(scope))
        return known

    def _subject(self, scope: Scope) -> bytes:
        if scope not in self.subjects:
            self.subjects[scope] = subject(self._said(scope))
        return self.subjects[scope]

    def _said(self, scope: Scope) -> str:
        match scope:
            case "text":
                return self.text.folded
            case "title":
                return self.text.title
            case "tag":
                return "\n".join(sorted(self.tags))
            case "topic":
                return "\n".join(sorted(self.names))


def read(post: Post, book: RuleBook, text: PostText, found: Found) -> Facts:
    """Put together what is known of a post whose text was searched for the rules' words."""
    categories = post.tags[:MAX_TAGS]
    hits = book.hits(text, found, categories)
    ours = [topic for topic in book.topics if topic.key in hits]
    names = {same(name) for topic in ours for name in (topic.key, *dict(topic.names).values())}
    for tag in categories:
        key = category_key(tag)
        hits.setdefault(key, Hit(key, tag, "tag"))
        names.update((same(tag), same(key)))
    return Facts(text, hits, categories, frozenset(map(same, categories)), frozenset(names))
