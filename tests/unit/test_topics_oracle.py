"""Matching against a slow and obvious reading of the same post, one regular expression a word."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Filter, Post
from bot.reading.doc import Doc, paragraph
from bot.reading.text import fold
from bot.topics.expr import All, AnyOf, Expr, Leaf, Not, Pattern, Term
from bot.topics.keyword import keyword
from bot.topics.match import Matcher
from bot.topics.query import parse
from bot.topics.rules import RuleSpec, category_key
from tests.unit.fakes import FLOWS, PYTHON

BLANKS = r"[ \-–]*"
HAN = re.compile(r"[\u4e00-\u9fff]")


def places(source: str, text: str) -> list[tuple[int, int]]:
    """Find a keyword by a regular expression, in a text whose blanks and hyphens are still there."""
    word = keyword(source)
    assert word is not None
    pieces = [re.escape(word.key[0])]
    for place in range(1, len(word.key)):
        loose = place in word.gaps or HAN.search(word.key[place - 1 : place + 1])
        pieces.append((BLANKS if loose else "") + re.escape(word.key[place]))
    before = "(?<![0-9a-z_])" if word.left and re.match("[0-9a-z_]", word.key[0]) else ""
    after = "(?![0-9a-z_])" if word.right and re.match("[0-9a-z_]", word.key[-1]) else ""
    found = re.finditer(f"{before}(?=({''.join(pieces)}){after})", fold(text))
    spans = [match.span(1) for match in found]
    return [span for span in spans if not word.exact or re.sub(BLANKS, "", text[slice(*span)]) == word.exact]


def weak_mentions(rule: RuleSpec, text: str) -> int:
    """Count the places where weak words stand, once for those that lie over one another; not in a repeated title."""
    count = reach = 0
    title, body = (re.sub(BLANKS, "", fold(part)) for part in text.split("\n", 1))
    if title and body.startswith(title):
        text = text.partition("\n")[2]
    for start, end in sorted(span for word in rule.weak for span in places(word, text)):
        count += start >= reach
        reach = max(reach, end)
    return count


def obvious_topics(post: Post, text: str) -> set[str]:
    """Decide about rules by reading the text again for every word."""
    found = {category_key(tag) for tag in post.tags}
    for rule in (FLOWS, PYTHON):
        names = {fold(name).replace(" ", "") for name in (rule.id, *rule.tags, *dict(rule.names).values())}
        tagged = any(fold(tag).replace(" ", "") in names for tag in post.tags)
        if tagged or any(places(word, text) for word in rule.strong) or weak_mentions(rule, text) >= 2:
            found.add(rule.id)
    return found


def obvious(expr: Expr, post: Post, text: str) -> bool:
    """Decide about a query by reading the text again for every word."""
    match expr:
        case Not(_, child):
            return not obvious(child, post, text)
        case All(_, children):
            return all(obvious(child, post, text) for child in children)
        case AnyOf(_, children):
            return any(obvious(child, post, text) for child in children)
        case _:
            return obvious_leaf(expr, post, text)


def obvious_leaf(leaf: Leaf, post: Post, text: str) -> bool:
    """Decide about one word."""
    if isinstance(leaf, Pattern):
        return re.search(leaf.pattern, fold(text)) is not None
    assert isinstance(leaf, Term)
    written = leaf.source.rpartition(":")[2]
    if leaf.scope == "tag":
        return any(fold(tag) == fold(written) for tag in post.tags)
    if leaf.scope == "topic":
        return written in obvious_topics(post, text)
    return bool(places(written, post.title if leaf.scope == "title" else text))


TEXTS = st.lists(
    st.sampled_from(
        ["flow", "模型", "gan", "GAN", "tensor", "NICE", "nice", "可逆", "擴", "散", " ", "-", ", ", "s", "python"]
    ),
    max_size=12,
).map("".join)
WORDS = ["flow", "flow模型", "gan", "=GAN", "*flow", "flow*", "扩散", "nice-flow", "flow-gan", "模型gan", "可逆"]
LEAVES = [*WORDS, "title:gan", "tag:gan", "topic:flows", "topic:gan", "/fl.w/", "title:扩散"]
QUERIES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        inner.map(lambda one: f"-({one})"),
        inner.map(lambda one: f"-{one}" if " " not in one else f"-({one})"),
        st.tuples(inner, inner).map(" ".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
    ),
    max_leaves=5,
).filter(lambda query: query.count("/fl") <= 2)
FILTERS = st.builds(
    Filter,
    st.integers(0, 30),
    st.lists(st.sampled_from(["flows", "python", "gan", "other"]), max_size=2).map(tuple),
    st.one_of(st.just(""), QUERIES),
)
POSTS = st.builds(
    lambda title, text, tags: Post(1, 1, title, None, Doc((paragraph(text),)), tags=tuple(tags)),
    TEXTS,
    TEXTS,
    st.lists(st.sampled_from(["gan", "Python", "流模型", "other"]), max_size=2, unique=True),
)


def whole_text(post: Post) -> str:
    """Give what the oracle reads: the title on a line of its own, then the text."""
    (block,) = post.doc.blocks
    return f"{post.title}\n{block.children[0].text}\n"  # type: ignore[union-attr]  # POSTS makes paragraphs of Text


@settings(max_examples=300, deadline=None)
@given(POSTS, st.lists(FILTERS, max_size=6, unique_by=lambda filter_: filter_.id))
def test_match_agrees_with_judge_and_both_with_the_obvious(post: Post, filters: list[Filter]) -> None:
    """One pass for all filters says what one filter at a time says, and what a slow reading says."""
    matcher, text = Matcher([FLOWS, PYTHON]), whole_text(post)
    matched = matcher.match(post, filters)
    had = obvious_topics(post, text)
    for filter_ in filters:
        verdict = matcher.judge(post, filter_)
        assert (filter_.id in matched) is verdict.passes
        assert matched.get(filter_.id, verdict) == verdict
        root = parse(filter_.query).root
        asked = root is None or obvious(root, post, text)
        assert verdict.passes is ((not filter_.topics or bool(had & set(filter_.topics))) and asked)
        assert bool(verdict.blocked_by) is (not verdict.passes and bool(verdict.hits or not filter_.topics))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(POSTS, st.lists(FILTERS, max_size=5, unique_by=lambda filter_: filter_.id)), max_size=4))
def test_what_was_asked_before_changes_no_answer(turns: list[tuple[Post, list[Filter]]]) -> None:
    """A matcher that has seen other posts and filters answers as a new one does."""
    matcher = Matcher([FLOWS, PYTHON])
    for post, filters in turns:
        assert matcher.match(post, filters) == Matcher([FLOWS, PYTHON]).match(post, filters)
