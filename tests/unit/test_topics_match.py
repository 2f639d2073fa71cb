"""Rules, verdicts, and many filters at once."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.core.models import Filter, Hit, Post, Verdict
from bot.core.ports import Judge
from bot.reading.doc import Doc, paragraph
from bot.topics.lexicon import Lexicon
from bot.topics.match import Matcher
from bot.topics.rulebook import Mention
from bot.topics.rules import RuleSpec, category_key
from tests.unit.fakes import FLOWS, PYTHON


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


def test_any_number_of_categories_is_borne() -> None:
    """A feed may give thousands; the first hundred count."""
    found = Matcher([FLOWS]).topics(said("", *(f"tag{number}" for number in range(5_000))))
    assert len(found) == 100


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
