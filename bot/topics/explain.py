"""Trying topics out: which posts they match, by which words, and how well that agrees with a careful reader."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.core.models import Hit, Post, Topic
from bot.topics.match import Matcher
from bot.topics.rulebook import Mention


@dataclass(frozen=True, slots=True)
class Explained:
    """A topic and a post: whether it has it, by what, and everything that speaks for it."""

    topic: Topic
    hit: Hit | None
    """Why it has it; None where what speaks for it is not enough."""
    mentions: tuple[Mention, ...] = ()
    """A rule's words and tags in the post; a category has none."""


@dataclass(frozen=True, slots=True)
class Score:
    """How topics that were found agree with labels; counted over pairs of a post and a topic."""

    right: int = 0
    wrong: int = 0
    """Found, but not in the labels."""
    missed: int = 0
    """In the labels, but not found."""

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 1 where nothing was."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of the labels that was found; 1 where there are none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)


def explain(matcher: Matcher, post: Post) -> tuple[Explained, ...]:
    """Tell which topics a post has and by which words, and which rules come near; rules first, then categories."""
    hits = matcher.hits(post)
    rules = {topic.key: topic for topic in matcher.rules}
    explained = [Explained(topic, hits.get(key), matcher.mentions(post, key)) for key, topic in rules.items()]
    own = [Explained(topic, hits.get(topic.key)) for topic in matcher.topics(post) if topic.key not in rules]
    return tuple(found for found in (*explained, *own) if found.hit or found.mentions)


def label_of(post: Post, labels: Collection[str]) -> str | None:
    """Find the label that means a post: its link, or the last part of it with or without an ending."""
    link = post.link or ""
    last = urlsplit(link).path.rstrip("/").rpartition("/")[2]
    return next((name for name in (link, last, last.partition(".")[0]) if name in labels), None)


def score(
    matcher: Matcher, posts: Iterable[Post], labels: Mapping[str, Collection[str]], topics: Sequence[str] = ()
) -> dict[str, Score]:
    """Compare the topics of labelled posts with their labels, per topic.

    ``labels`` are topic keys by what ``label_of`` finds; ``topics`` are the keys that are compared, by default those of
    the rules. Posts without a label are left out.
    """
    scores = {key: Score() for key in topics or [topic.key for topic in matcher.rules]}
    for post in posts:
        label = label_of(post, labels)
        if label is not None:
            found, right = matcher.hits(post).keys(), set(labels[label])
            for key in scores:
                scores[key] += _compared(found=key in found, right=key in right)
    return scores


def _compared(*, found: bool, right: bool) -> Score:
    return Score(right=found and right, wrong=found and not right, missed=right and not found)
