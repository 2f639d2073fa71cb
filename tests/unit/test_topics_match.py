"""Rules, verdicts, and many filters at once."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.models import Filter, Hit, Post, Verdict
from bot.core.ports import Judge
from bot.reading.doc import Doc, paragraph
from bot.reading.text import fold
from bot.topics.expr import All, AnyOf, Expr, Leaf, Not, Pattern, Term
from bot.topics.keyword import keyword
from bot.topics.lexicon import Lexicon
from bot.topics.match import Matcher
from bot.topics.query import parse
from bot.topics.rulebook import Mention
from bot.topics.rules import RuleSpec, category_key

FLOWS = RuleSpec(
    "flows",
    (("zh", "标准化流"), ("en", "Normalizing flows")),
    strong=("RealNVP", "normalizing flow*"),
    weak=("flow模型", "flow", "=NICE", "可逆"),
    tags=("流模型",),
)
PYTHON = RuleSpec("python", (("", "Python"),), strong=("asyncio",), weak=("python*",))


def said(text: str, *tags: str, title: str = "") -> Post:
    """Make a post."""
    return Post(1, 1, title, None, Doc((paragraph(text),)), tags=tags)


def topics(post: Post, *rules: RuleSpec) -> list[str]:
    """Give the keys of a post's topics."""
    return [topic.key for topic in Matcher(rules or (FLOWS, PYTHON)).topics(post)]


def test_a_matcher_is_a_judge() -> None:
    """The port's signatures hold (mypy checks them here)."""
    judge: Judge = Matcher([FLOWS])
    assert [topic.name("zh-TW") for topic in judge.rules] == ["标准化流"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("RealNVP", "RealNVP"),
        ("Normalizing-flows", "normalizing flow*"),
        ("a flow and a flow", "flow"),
        ("a flow, NICE", "flow + =NICE"),
        ("flow模型是可逆的", "flow模型 + flow + 可逆"),
    ],
)
def test_strong_words_decide_alone_and_weak_ones_with_company(text: str, word: str) -> None:
    """A score of two is needed: a strong word brings it, a weak one brings one for each mention."""
    verdict = Matcher([FLOWS]).judge(said(text), Filter(1, ("flows",)))
    assert verdict == Verdict(passes=True, hits=(Hit("flows", word, "text"),))


@pytest.mark.parametrize("text", ["flow", "nice flow", "flow模型", "overflow flows", "可逆", ""])
def test_a_passing_mention_is_not_enough(text: str) -> None:
    """One mention of a weak word is none, also where two of them lie over one another."""
    assert topics(said(text)) == []


def test_a_title_that_the_text_repeats_counts_once() -> None:
    """Feeds without titles get one made of the first words."""
    assert topics(said("On flow and more", title="On flow…")) == []
    assert topics(said("More on flow", title="On flow")) == ["flows"]
    assert topics(said("On RealNVP", title="On RealNVP")) == ["flows"]


@pytest.mark.parametrize("tag", ["流模型", "標準化流", "normalizing-flows", "Flows"])
def test_a_category_decides_alone(tag: str) -> None:
    """The rule's tags, its names and its id, folded."""
    matcher = Matcher([FLOWS])
    assert matcher.judge(said("", tag), Filter(1, ("flows",))).hits == (Hit("flows", tag, "tag"),)
    assert [topic.key for topic in matcher.topics(said("", tag))] == ["flows"]


def test_categories_that_no_rule_stands_for_are_topics_of_their_own() -> None:
    """Rules come first; a category keeps the feed's spelling."""
    post = said("RealNVP", "Deep Learning", "扩散模型", "Python")
    found = Matcher([FLOWS, PYTHON]).topics(post)
    assert [(topic.key, topic.category) for topic in found] == [
        ("flows", None),
        ("python", None),
        ("deep-learning", "Deep Learning"),
        (category_key("扩散模型"), "扩散模型"),
    ]


def test_a_category_that_was_ticked_before_its_rule_was_written_still_matches() -> None:
    """The chat's choice holds the category's key."""
    assert Matcher([FLOWS]).judge(said("", "流模型"), Filter(1, (category_key("流模型"),))).passes


def test_topics_are_alternatives_and_the_query_comes_on_top() -> None:
    """A post needs one of the ticked topics (none ticked: none), and the query's consent."""
    post, matcher = said("RealNVP in asyncio"), Matcher([FLOWS, PYTHON])
    hits = (Hit("python", "asyncio", "text"), Hit("flows", "RealNVP", "text"))
    assert matcher.judge(post, Filter(1, ("python", "other", "flows"), "-java")) == Verdict(passes=True, hits=hits)
    assert matcher.judge(post, Filter(1, ("python", "flows"), "-realnvp")) == Verdict(
        passes=False, hits=hits, blocked_by="-realnvp"
    )
    assert matcher.judge(post, Filter(1, ("other",), "java")) == Verdict(passes=False)
    assert matcher.judge(post, Filter(1, (), "realnvp")) == Verdict(passes=True)
    assert matcher.judge(post, Filter(1)) == Verdict(passes=True)


def test_mentions_show_what_is_not_enough_too() -> None:
    """An operator sees how near a rule came."""
    matcher = Matcher([FLOWS])
    assert matcher.mentions(said("a flow"), "flows") == (Mention("flow", "weak", 1),)
    assert matcher.mentions(said("RealNVP, RealNVP, NICE", "Flows"), "flows") == (
        Mention("Flows", "tag", 1),
        Mention("RealNVP", "strong", 2),
        Mention("=NICE", "weak", 1),
    )


# -- many filters at once ---------------------------------------------------------------------------------------------


def test_only_filters_that_pass_are_given() -> None:
    """Ids of those that pass, with the reason in topics."""
    filters = [Filter(1), Filter(2, ("flows",)), Filter(3, (), "-flow"), Filter(4, (), "java"), Filter(5, ("python",))]
    assert Matcher([FLOWS, PYTHON]).match(said("normalizing flow"), iter(filters)) == {
        1: Verdict(passes=True),
        2: Verdict(passes=True, hits=(Hit("flows", "normalizing flow*", "text"),)),
    }


def test_filters_may_come_change_and_go_between_posts() -> None:
    """The answer is that of the filters that were given last, whatever was given before."""
    matcher, post = Matcher([FLOWS]), said("gan and vae")
    assert set(matcher.match(post, [Filter(1, (), "gan"), Filter(2, (), "-vae"), Filter(3, (), "gan vae")])) == {1, 3}
    assert set(matcher.match(post, [Filter(1, (), "java"), Filter(2, (), "-java"), Filter(3, (), "gan -vae")])) == {2}
    assert set(matcher.match(post, [Filter(4, (), "vae"), Filter(3, (), "gan vae")])) == {3, 4}
    assert set(matcher.match(post, [])) == set()
    assert set(matcher.match(post, [Filter(2)])) == {2}


def test_one_filter_more_builds_its_own_words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new subscription does not make the words of all others be built again."""
    built: list[int] = []

    class Counting(Lexicon):
        def __init__(self, words: Iterable[object], **rest: object) -> None:
            built.append(len(list(words)))
            super().__init__(words, **rest)  # type: ignore[arg-type]  # counted, then passed on as it came

    monkeypatch.setattr("bot.topics.vocabulary.Lexicon", Counting)
    matcher = Matcher()
    filters = [Filter(number, (), f"word{number}") for number in range(3_000)]
    assert set(matcher.match(said("word7"), filters)) == {7}
    assert set(matcher.match(said("word7 another"), [*filters, Filter(3_000, (), "another")])) == {7, 3_000}
    assert set(matcher.match(said("word7 another"), [*filters, Filter(3_001, (), "word7 another")])) == {7, 3_001}
    assert built == [3_000, 1]


def test_filters_of_long_ago_are_forgotten() -> None:
    """What is held stays in proportion to what is asked for."""
    matcher = Matcher()
    for turn in range(6):
        filters = [Filter(number, (), f"word{number}") for number in range(turn * 4_000, (turn + 1) * 4_000)]
        assert set(matcher.match(said(f"word{turn * 4_000}"), filters)) == {turn * 4_000}
    assert len(matcher._index._filters) < 6 * 4_000


# -- against the obvious ----------------------------------------------------------------------------------------------

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
