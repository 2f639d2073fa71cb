from __future__ import annotations

import pytest

from bot.commands import needs_admin
from bot.core.models import PlaceKind
from bot.topics.syntax import QUERY_ERRORS
from tests.unit.fakes import GROUP, Talk, blog, button, buttons, text


@pytest.mark.asyncio
async def test_a_filter_is_saved_and_tried(talk: Talk) -> None:
    """Setting one says how many of the newest posts pass, and which, as links."""
    await talk.say("/subscribe")
    reply = await talk.say("/filter -python")
    assert talk.filters[0].query == "-python"
    assert text(reply).splitlines() == [
        "Saved: -python",
        "Of the last 4 posts, 3 would pass.",
        "缓存与效果的极限拉扯",
        "Flow matching by hand",
        "扩散模型漫谈",
    ]
    shown = await talk.press(reply, "Show me")
    assert shown.notice.title == "缓存与效果的极限拉扯"


@pytest.mark.asyncio
async def test_a_filter_that_nothing_passes_is_saved_with_a_warning(talk: Talk) -> None:
    """Too narrow is allowed, but said at once."""
    await talk.say("/subscribe")
    reply = await talk.say("/filter astronomy")
    assert text(reply) == "Saved. But none of the last 4 posts would pass; it may be too narrow."
    await talk.press(reply, "Remove filter")
    assert talk.filters[0].query == ""
    await talk.say("/topics diffusion")
    said = text(await talk.say("/filter python")).splitlines()
    assert said[1:] == ["Of the last 4 posts, 1 would pass this filter, none of those your topics."]


@pytest.mark.asyncio
async def test_filter_and_topics_both_apply(talk: Talk) -> None:
    """Topics are OR, the filter is AND: what is counted passes both. Topics survive a change of the filter."""
    await talk.say("/topics diffusion flow-matching")
    reply = await talk.say("/filter 漫谈")
    assert "Of the last 4 posts, 1 would pass this filter, 1 of those also your topics." in text(reply)
    assert talk.ticked() == ("diffusion", "flow-matching")


@pytest.mark.asyncio
async def test_showing_the_filter(talk: Talk) -> None:
    """/filter alone shows it and what passes; without one it explains itself."""
    await talk.say("/subscribe")
    reply = await talk.say("/filter")
    assert text(reply).splitlines()[0] == "There is no filter."
    assert "/filter -" not in text(reply)
    assert "You get a post if it has any topic you ticked (none ticked: every post) and passes" in text(reply)
    await talk.say("/filter python")
    reply = await talk.say("/filter")
    assert text(reply).splitlines()[:3] == ["Filter: python", "Of the last 4 posts, 1 would pass.", "Python tips"]
    assert "/filter test " in text(reply).splitlines()[3]
    assert button(reply, "Remove filter").command == "filter off"


@pytest.mark.asyncio
async def test_a_query_may_be_typed_as_the_answer_with_and_without_a_filter(talk: Talk) -> None:
    """What is typed after /filter becomes the filter, the first one and the next one."""
    await talk.say("/subscribe")
    for query in ("-python", "-flow"):
        await talk.say("/filter")
        assert text(await talk.say(" flow OR")).startswith("A word is missing after OR")
        assert text(await talk.say(f" {query}")).startswith(f"Saved: {query}")
        assert talk.filters[0].query == query


@pytest.mark.asyncio
@pytest.mark.parametrize("off", ["off", "OFF", "ｏｆｆ", "关"])
async def test_off(talk: Talk, off: str) -> None:
    """Off takes it away, in any writing."""
    await talk.say("/subscribe")
    await talk.say("/filter python")
    assert text(await talk.say(f"/filter {off}")) == "The filter is gone."
    assert talk.filters[0].query == ""


@pytest.mark.asyncio
async def test_trying_changes_nothing_and_needs_no_subscription(talk: Talk) -> None:
    """``test`` shows what would pass, together with the topics that are ticked."""
    reply = await talk.say("/filter test python")
    assert text(reply).splitlines()[:2] == ["If the filter were python:", "Of the last 4 posts, 1 would pass."]
    await talk.say("/topics diffusion")
    reply = await talk.say("/filter test python")
    assert "Of the last 4 posts, 1 would pass this filter, none of those your topics." in text(reply)
    reply = await talk.say("/filter test astronomy")
    assert text(reply).splitlines()[1:] == ["Of the last 4 posts, none would pass this filter."]
    assert talk.filters[0].query == ""
    assert "/filter test" in text(await talk.say("/filter test"))


@pytest.mark.asyncio
async def test_trying_is_everyones_setting_is_an_admins() -> None:
    """In a group members may look and try."""
    group = Talk(blog(), address=GROUP, kind=PlaceKind.GROUP)
    assert not needs_admin(group.ask("/filter"))
    assert not needs_admin(group.ask("/filter test python"))
    assert not needs_admin(group.ask("/filter feed:blog test python"))
    assert needs_admin(group.ask("/filter testing"))
    assert needs_admin(group.ask("/filter off"))


@pytest.mark.asyncio
async def test_a_wrong_query_is_explained_and_not_saved(talk: Talk) -> None:
    """What is wrong is said in words, with its place."""
    await talk.say("/subscribe")
    reply = await talk.say("/filter (python")
    assert text(reply).startswith("The bracket, quotation mark or slash at character 1 has no end.")
    assert talk.filters[0].query == ""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("(flow OR", "A word is missing after OR (character 7)."),
        ("flow tag:", "A word is missing after tag: (character 6)."),
        ("flow (", "A word is missing after ( (character 6)."),
        ("(tag: ", "A word is missing after tag: (character 2)."),
        ("flow |", "A word is missing after | (character 6)."),
        ("flow -", "Character 6: a word is missing beside this sign."),
        (" OR flow", "A word is missing before OR (character 1)."),
        ("OR OR flow", "A word is missing before OR (character 1)."),
        ("flow OR OR x", "A word is missing after OR (character 6)."),
        ("(flow) ) x", "The bracket at character 8 has no beginning."),
        ("flow *", "Character 6: a word is missing beside this sign."),
    ],
)
async def test_a_word_that_is_missing_is_missed_beside_its_sign(talk: Talk, query: str, said: str) -> None:
    """The sign is named, and on which side of it the word is missing."""
    await talk.say("/subscribe")
    for line in (f"/filter {query}", f"/filter test {query}"):
        assert text(await talk.say(line)).splitlines()[0] == said


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "query", ["a, b", "((((((((((((a))))))))))))", "titel:x", "OR", "a or b", "/(/", '"a', "a)", "x" * 600]
)
async def test_wrong_queries_never_show_the_name_of_a_text(talk: Talk, query: str) -> None:
    """Whatever the judge finds, there are words for it."""
    await talk.say("/subscribe")
    reply = await talk.say(f"/filter {query}")
    assert not any(key in text(reply) for key in QUERY_ERRORS)
    assert talk.filters[0].query == ""


@pytest.mark.asyncio
async def test_without_a_subscription_there_is_nothing_to_filter(talk: Talk) -> None:
    """The way to one is offered."""
    reply = await talk.say("/filter python")
    assert text(reply) == "This chat is not subscribed to anything."
    assert [choice.label for choice in buttons(reply)] == ["Subscribe"]


@pytest.mark.asyncio
async def test_a_feed_may_be_named() -> None:
    """With feed: the filter is that feed's; the query keeps its own signs and quotes."""
    talk = Talk(blog(one="One", two="Two"))
    await talk.say("/subscribe all")
    await talk.say('/filter feed:two "flow matching" -title:x')
    assert [each.query for each in talk.filters] == ["", '"flow matching" -title:x']
    await talk.say("/filter -python")
    assert [each.query for each in talk.filters] == ["-python", "-python"]
    assert text(await talk.say("/filter feed:three x")).startswith('No blog "three". There are:')


@pytest.mark.asyncio
async def test_what_looks_like_a_field_and_is_none_is_said(talk: Talk) -> None:
    """bogus:x is kept as the word that it is, and who typed it is told; real fields, addresses and times are not."""
    await talk.say("/subscribe")
    told = "bogus:x is looked for as it is written"
    assert told in text(await talk.say("/filter -bogus:x"))
    assert told in text(await talk.say("/filter bogus:x"))
    assert told in text(await talk.say("/filter test flow OR bogus:x"))
    quiet = text(await talk.say("/filter -topic:python -tag:a -title:b -std::vector -https://a.example -8:30"))
    assert "as it is written" not in quiet
