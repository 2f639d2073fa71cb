from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands import answer, needs_admin
from bot.core.models import PlaceKind
from bot.core.ports import Asker
from bot.topics.match import Matcher
from tests.unit.fakes import GROUP, RULES, MemoryWork, Talk, blog, button, buttons, post, text


@pytest.mark.asyncio
async def test_grid_offers_rules_then_categories(talk: Talk) -> None:
    """The operator's topics come first, the feed's own after them; what a rule stands for is not there twice."""
    reply = await talk.say("/topics")
    assert [choice.label for choice in buttons(reply)] == [
        "Diffusion",
        "Flow matching",
        "信息时代",
        "数学研究",
        "Machine Learning",
        "All posts",
    ]
    assert not any(choice.on for choice in buttons(reply))
    assert not talk.work.chats, "looking stores nothing"


@pytest.mark.asyncio
async def test_ticking_subscribes_to_those_only(talk: Talk) -> None:
    """A tick in a new chat subscribes, and the answer names the newest post that passes."""
    grid = await talk.press(await talk.say("/topics"), "Diffusion")
    assert talk.ticked() == ("diffusion",)
    assert text(grid).startswith("Done. New posts from A Blog will arrive here. Latest: 扩散模型漫谈.")
    assert button(grid, "Diffusion").on
    assert button(grid, "Show me").command == "latest 1"
    assert (grid.edits, grid.toast) == (True, "On: Diffusion")


@pytest.mark.asyncio
async def test_unticking_the_last_means_all_posts_again(talk: Talk) -> None:
    """Silence would look broken: no topics means every post, said in a toast, and leaving is beside it."""
    grid = await talk.press(await talk.say("/topics"), "Diffusion")
    grid = await talk.press(grid, "Diffusion")
    assert talk.ticked() == ()
    assert grid.toast == "No topics ticked: every post again"
    assert text(grid) == "You get every post from A Blog. Tick topics to get only those."
    assert button(grid, "Unsubscribe").command == "unsubscribe"


@pytest.mark.asyncio
async def test_a_button_carries_the_wanted_state(talk: Talk) -> None:
    """Pressing the same button twice changes nothing the second time."""
    first = await talk.say("/topics")
    await talk.press(first, "Diffusion")
    await talk.press(first, "Flow matching")
    again = await talk.press(first, "Diffusion")
    assert talk.ticked() == ("diffusion", "flow-matching")
    assert text(again) == "You get only: Diffusion, Flow matching. Untick all to get every post again."


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "typed",
    [
        "diffusion",
        "DIFFUSION",
        "扩散模型",
        "擴散模型",
        "ｄｉｆｆｕｓｉｏｎ",
        "“Diffusion”",
        "+diffusion",
        "#扩散模型",
        "feed:blog diffusion",
        'feed:"A Blog" diffusion',
        "diffusion ｆｅｅｄ：blog",
    ],
)
async def test_a_topic_may_be_called_by_any_of_its_names(talk: Talk, typed: str) -> None:
    """Key or name in any language, width, case and script."""
    await talk.say("/subscribe")
    await talk.say(f"/topics {typed}")
    assert talk.ticked() == ("diffusion",)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "typed", ["Flow Matching", "flow-matching", "flowmatching", "#FlowMatching", '"flow matching"']
)
async def test_names_with_blanks_need_no_quotes(talk: Talk, typed: str) -> None:
    """The longest run of words that is a name counts; several topics stand side by side, or behind commas."""
    await talk.say(f"/topics {typed}， machine learning、扩散模型")
    assert talk.ticked() == ("diffusion", "flow-matching", "machine-learning")


@pytest.mark.asyncio
async def test_typing_a_name_toggles_it(talk: Talk) -> None:
    """Typed names toggle; a sign says which way."""
    await talk.say("/topics diffusion 信息时代")
    await talk.say("/topics diffusion")
    assert len(talk.ticked()) == 1
    await talk.say("/topics -信息时代 +diffusion")
    assert talk.ticked() == ("diffusion",)
    await talk.say("/topics +diffusion")
    assert talk.ticked() == ("diffusion",)


@pytest.mark.asyncio
async def test_unknown_topic_names_the_nearest(talk: Talk) -> None:
    """A slip of the finger is answered with what was meant, one tap away; nothing else of the line is done."""
    reply = await talk.say("/topics flow-matching difusion")
    assert text(reply) == 'No topic "difusion". Did you mean "Diffusion"?'
    assert [choice.label for choice in buttons(reply)] == ["Pick Diffusion", "All topics"]
    assert not talk.work.held
    await talk.press(reply, "Pick")
    assert talk.ticked() == ("diffusion",)


@pytest.mark.asyncio
async def test_unknown_topic_that_resembles_nothing(talk: Talk) -> None:
    """Nothing is suggested where nothing is near; what is repeated of a long word is short."""
    reply = await talk.say("/topics " + "x" * 900)
    assert len(text(reply).splitlines()[0]) < 100
    assert [choice.label for choice in buttons(reply)] == ["All topics"]


@pytest.mark.asyncio
async def test_pages(talk: Talk) -> None:
    """Ten topics a page; the arrows turn it, and a tick stays on its page."""
    talk.work.posts.append(post(9, "Many", tags=tuple(f"tag {n:02}" for n in range(20))))
    grid = await talk.say("/topics")
    assert [choice.label for choice in buttons(grid)][-2:] == ["›", "All posts"]
    grid = await talk.press(grid, "›")
    assert grid.edits
    assert buttons(grid)[0].label == "tag 05"
    grid = await talk.press(grid, "tag 05")
    assert buttons(grid)[0].on
    grid = await talk.press(grid, "›")
    assert [choice.label for choice in buttons(grid)] == [*(f"tag {n}" for n in range(15, 20)), "‹", "Unsubscribe"]


@pytest.mark.asyncio
async def test_a_page_that_is_not_there_is_the_last(talk: Talk) -> None:
    """A button from a time with more topics does not lead into the void."""
    talk.work.posts.append(post(9, "Many", tags=tuple(f"tag {n:02}" for n in range(20))))
    grid = await answer(talk.ask("topics p9999", pressed=True), talk.desk())
    assert grid is not None
    assert buttons(grid)[0].label == "tag 15"


@pytest.mark.asyncio
async def test_the_longest_key_fits_a_button() -> None:
    """A key of 40 characters, a feed with a large number and a far page stay within 60 bytes."""
    key = "k" * 40
    feeds = blog(a="A", b="B")
    feeds.all[99_999] = replace(feeds.all.pop(2), id=99_999)
    feeds.posts = [post(1, "x", feed=99_999, tags=(key, *(f"t{n}" for n in range(150))))]
    grid = await Talk(feeds).say("/topics feed:b")
    assert max(len(choice.command.encode()) for choice in buttons(grid)) <= 60


@pytest.mark.asyncio
async def test_what_is_ticked_and_gone_can_be_unticked(talk: Talk) -> None:
    """A topic that the operator took away still stands in the grid of a chat that ticked it."""
    await talk.say("/topics diffusion")
    talk.judge = Matcher(RULES[1:])
    grid = await talk.say("/topics")
    assert button(grid, "diffusion").on
    await talk.press(grid, "diffusion")
    assert talk.ticked() == ()


@pytest.mark.asyncio
async def test_keys_that_differ_by_a_hyphen_are_two_buttons(talk: Talk) -> None:
    """Typing may be loose, a button is exact."""
    talk.work.posts.append(post(9, "x", tags=("deep learning", "deeplearning")))
    grid = await talk.say("/topics")
    await talk.press(grid, "deeplearning")
    assert talk.ticked() == ("deeplearning",)


@pytest.mark.asyncio
async def test_several_feeds_share_a_command() -> None:
    """Without a feed, a command means all of the place's feeds; with one, only that."""
    talk = Talk(blog(one="One", two="Two"))
    await talk.say("/subscribe all")
    await talk.say("/topics diffusion")
    assert [each.topics for each in talk.filters] == [("diffusion",), ("diffusion",)]
    await talk.say("/topics feed:two flow-matching")
    assert [each.topics for each in talk.filters] == [("diffusion",), ("diffusion", "flow-matching")]
    grid = await talk.say("/topics feed:Two")
    await talk.press(grid, "Diffusion")
    assert [each.topics for each in talk.filters] == [("diffusion",), ("flow-matching",)]


@pytest.mark.asyncio
async def test_a_blog_without_topics_says_so() -> None:
    """An empty grid explains itself."""
    talk = Talk(MemoryWork(blog().all), judge=Matcher())
    reply = await talk.say("/topics")
    assert text(reply) == "A Blog has no topics to choose from yet."


@pytest.mark.asyncio
async def test_the_suggestion_does_what_was_asked() -> None:
    """[Pick] keeps to the feed that was named, and to the command."""
    talk = Talk(blog(one="One", two="Two"))
    await talk.say("/subscribe all")
    await talk.press(await talk.say("/topics feed:two difusion"), "Pick")
    assert [each.topics for each in talk.filters] == [(), ("diffusion",)]
    picked = await talk.press(await talk.say("/latest feed:one 3 difusion"), "Pick")
    assert text(picked) == "The last post does not match."
    assert [each.topics for each in talk.filters] == [(), ("diffusion",)]


@pytest.mark.asyncio
async def test_changing_needs_an_admin_looking_does_not() -> None:
    """In a group everyone sees the grid; ticking takes an admin, and everyone else is shown a way."""
    talk = Talk(blog(), address=GROUP, kind=PlaceKind.GROUP, asker=Asker("8", admin=False))
    grid = await talk.say("/topics")
    reply = await talk.press(grid, "扩散模型")
    assert (text(reply), reply.toast) == ("", "这里的设置只有管理员能改。"), "a press never fills the group"
    reply = await talk.say("/topics diffusion")
    assert text(reply) == "这里的设置只有管理员能改。你可以私下订阅："
    assert button(reply, "私聊订阅").url == "https://t.me/example_bot?start=hello"
    assert not talk.work.held
    talk.asker = Asker("9", admin=True)
    await talk.press(grid, "扩散模型")
    assert talk.ticked() == ("diffusion",)


@pytest.mark.parametrize(
    ("line", "pressed", "needed"),
    [
        ("topics", False, False),
        ("topics p3", True, False),
        ("topics #2", True, False),
        ("topics #2024", False, True),
        ("topics p3", False, True),
        ("topics +diffusion p0", True, True),
        ("topics #1 -diffusion p0", True, True),
        ("topics feed:blog", False, False),
        ("topics feed:blog x", False, True),
    ],
)
def test_which_requests_need_an_admin(line: str, *, pressed: bool, needed: bool) -> None:
    """Every line that could change something needs the asker's rights; what only a button may say, only there."""
    group = Talk(blog(), address=GROUP, kind=PlaceKind.GROUP)
    assert needs_admin(group.ask(line, pressed=pressed)) is needed
    assert not needs_admin(Talk(blog()).ask(line, pressed=pressed))


@pytest.mark.asyncio
async def test_a_topic_that_is_near_to_none_is_answered_with_some_that_there_are(talk: Talk) -> None:
    """Five at most, then an ellipsis; /subscribe names the blogs, too, since one of them may have been meant."""
    topics = "Topics: Diffusion, Flow matching, 信息时代, 数学研究, Machine Learning"
    assert text(await talk.say("/topics zzzz")).splitlines() == ['No topic "zzzz".', topics]
    talk.work.posts.append(post(5, "More", tags=("Sailing",)))
    assert text(await talk.say("/topics zzzz")).splitlines()[1] == f"{topics}, …"
    said = text(await talk.say("/subscribe zzzz")).splitlines()
    assert said == ['No topic "zzzz".', f"{topics}, …", "Blogs: A Blog"]
