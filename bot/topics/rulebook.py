"""The operator's rules, built for deciding which of them a post has, and by which words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.core.models import Hit, Topic
from bot.topics.keyword import Keyword, keyword, same
from bot.topics.lexicon import Found
from bot.topics.rules import RuleSpec, category_key, rule_topic
from bot.topics.text import PostText

ENOUGH = 2
"""The score at which a rule's words decide: a strong word brings it alone, weak ones one for each mention."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A rule's word in a post, and how often it stands there."""

    word: str
    """As the operator wrote it; for a tag, as the feed writes it."""
    weight: str
    """``tag``, ``strong`` or ``weak``."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class _Rule:
    topic: Topic
    strong: tuple[tuple[int, str], ...]
    weak: tuple[tuple[int, str], ...]
    tags: frozenset[str]


class RuleBook:
    """All rules, their words numbered together."""

    def __init__(self, specs: Sequence[RuleSpec]) -> None:
        numbers: dict[Keyword, int] = {}
        self._rules = {spec.id: _rule(spec, numbers) for spec in specs}
        self.words: tuple[Keyword, ...] = tuple(numbers)
        self.topics: tuple[Topic, ...] = tuple(rule.topic for rule in self._rules.values())
        self._tags = frozenset(tag for rule in self._rules.values() for tag in rule.tags)

    def stands_for(self, tag: str) -> bool:
        """Tell whether a rule has a feed's category among its tags."""
        return same(tag) in self._tags or category_key(tag) in self._rules

    def hits(self, text: PostText, found: Found, tags: Iterable[str]) -> dict[str, Hit]:
        """Give the rules that a post has, by their ids: by a tag, else a strong word, else the weak ones together."""
        named = {same(tag): tag for tag in tags}
        hits: dict[str, Hit] = {}
        for key, rule in self._rules.items():
            mentions = list(_mentions(rule, text, found, named))
            if _decides(rule, mentions, text, found):
                hits[key] = _hit(key, mentions)
        return hits

    def mentions(self, key: str, text: PostText, found: Found, tags: Iterable[str]) -> tuple[Mention, ...]:
        """Give everything that speaks for a rule in a post, whether it decides or not."""
        named = {same(tag): tag for tag in tags}
        return tuple(_mentions(self._rules[key], text, found, named))


def _rule(spec: RuleSpec, numbers: dict[Keyword, int]) -> _Rule:
    names = (spec.id, *(name for _, name in spec.names), *spec.tags)
    return _Rule(
        topic=rule_topic(spec),
        strong=tuple(_numbered(spec.strong, numbers)),
        weak=tuple(_numbered(spec.weak, numbers)),
        tags=frozenset(filter(None, map(same, names))),
    )


def _numbered(sources: Iterable[str], numbers: dict[Keyword, int]) -> Iterator[tuple[int, str]]:
    for source in sources:
        word = keyword(source)
        if word is not None:
            yield numbers.setdefault(word, len(numbers)), source


def _mentions(rule: _Rule, text: PostText, found: Found, named: Mapping[str, str]) -> Iterator[Mention]:
    yield from (Mention(named[tag], "tag") for tag in named if tag in rule.tags)
    for number, source in rule.strong:
        if number in found.anywhere:
            yield Mention(source, "strong", len(found.spans[number]))
    for number, source in rule.weak:
        if number in found.anywhere and (count := _count(_counted([number], text, found))):
            yield Mention(source, "weak", count)


def _decides(rule: _Rule, mentions: Sequence[Mention], text: PostText, found: Found) -> bool:
    if any(mention.weight != "weak" for mention in mentions):
        return True
    if not mentions:
        return False
    return _count(_counted([number for number, _ in rule.weak], text, found)) >= ENOUGH


def _counted(numbers: Iterable[int], text: PostText, found: Found) -> list[tuple[int, int]]:
    """Give the places of some words. A title that the text repeats is no second mention."""
    spans = [span for number in numbers for span in found.spans.get(number, ())]
    return [span for span in spans if span[0] > text.title_end] if text.repeated else spans


def _count(spans: Iterable[tuple[int, int]]) -> int:
    """Count mentions; words that lie over one another (``flow`` in ``flow model``) are one."""
    count = reach = 0
    for start, end in sorted(spans):
        count += start >= reach
        reach = max(reach, end)
    return count


def _hit(key: str, mentions: Sequence[Mention]) -> Hit:
    best = mentions[0]
    if best.weight == "weak":
        return Hit(key, " + ".join(mention.word for mention in mentions), "text")
    return Hit(key, best.word, "tag" if best.weight == "tag" else "text")
