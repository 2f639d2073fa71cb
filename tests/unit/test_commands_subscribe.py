from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from bot.commands import Desk, answer, serve
from bot.core.models import Address, Feed, Filter, PlaceKind, Reply, Trouble
from bot.core.ports import Asker
from tests.unit.fakes import GROUP, NOW, MemoryWork, Talk, blog, button, buttons, text

NEW = "https://other.example/feed.xml?token=secret"


@dataclass
class Looker:
    """A watch that finds a feed, or trouble."""

    work: MemoryWork
    finds: bool = True
    looked: list[int] = field(default_factory=list)
    open: int = 0

    async def look_now(self, feed_id: int) -> Trouble | None:
        """Look at a feed; no transaction may be open meanwhile."""
        assert self.open == 0
        self.looked.append(feed_id)
        feed = self.work.all[feed_id]
        trouble = None if self.finds else Trouble("web_page", "text/html", NOW)
        self.work.all[feed_id] = replace(
            feed, title="Other" if self.finds else "", baseline=self.finds, trouble=trouble, last_check=NOW
        )
        return trouble


async def _serve(talk: Talk, line: str, *, finds: bool = True) -> tuple[Reply, Looker]:
    looker = Looker(talk.work, finds)

    @asynccontextmanager
    async def desk() -> AsyncIterator[Desk]:
        looker.open += 1
        yield talk.desk()
        looker.open -= 1

    reply = await serve(talk.ask(line), desk, looker)
    assert reply is not None
    return reply, looker


# -- one blog ---------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "line", ["/subscribe", "/sub", "/subscribe blog", '/subscribe feed:"A Blog"', "/subscribe all"]
)
async def test_one_feed_is_subscribed_at_once(talk: Talk, line: str) -> None:
    """Alone, /subscribe means all posts of the only blog; the answer names the newest one, with a way to see it."""
    reply = await talk.say(line)
    assert talk.filters == [Filter(talk.filters[0].id)]
    assert text(reply) == "Done. New posts from A Blog will arrive here. Latest: Python tips."
    assert [choice.label for choice in buttons(reply)] == ["Show me", "Topics"]
    shown = await talk.press(reply, "Show me")
    assert shown.notice.title == "Python tips"


@pytest.mark.asyncio
async def test_subscribing_again_says_so_and_shows_the_grid(talk: Talk) -> None:
    """A second /subscribe changes nothing."""
    await talk.say("/topics diffusion")
    reply = await talk.say("/subscribe")
    assert text(reply).startswith("This chat is already subscribed to A Blog.")
    assert button(reply, "Diffusion").on
    assert talk.ticked() == ("diffusion",)


@pytest.mark.asyncio
async def test_all_posts_takes_topics_away_and_keeps_the_filter(talk: Talk) -> None:
    """[All posts] is what its label says, and what still narrows it is named."""
    await talk.say("/topics diffusion")
    await talk.say("/filter -python")
    reply = await talk.say("/subscribe all")
    assert (talk.ticked(), talk.filters[0].query) == ((), "-python")
    assert "Your filter still applies: -python" in text(reply)


@pytest.mark.asyncio
async def test_subscribing_to_a_topic(talk: Talk) -> None:
    """A topic after /subscribe is ticked, with the feed named or not."""
    await talk.say("/subscribe blog 扩散模型")
    assert talk.ticked() == ("diffusion",)
    await talk.say("/subscribe diffusion flow matching")
    assert talk.ticked() == ("diffusion", "flow-matching"), "subscribing only adds"


@pytest.mark.asyncio
async def test_nothing_known_matches_and_nothing_known_at_all() -> None:
    """The answer is honest where no known post passes, or no post is known."""
    work = blog()
    talk = Talk(work)
    work.posts = work.posts[3:]
    reply = await talk.say("/subscribe diffusion")
    assert text(reply).startswith("Done. New posts from A Blog will arrive here. But the last post would not have")
    await talk.say("/unsubscribe")
    work.posts = []
    assert text(await talk.say("/subscribe")) == "Done. New posts from A Blog will arrive here."


@pytest.mark.asyncio
async def test_no_feed_yet() -> None:
    """Without any feed there is nothing to subscribe to, and the operator is told how to add one."""
    talk = Talk(MemoryWork())
    assert text(await talk.say("/subscribe")) == "I am not watching any blog yet."
    talk.asker = Asker("7", admin=True, operator=True, language="en")
    assert "/feeds add URL" in text(await talk.say("/subscribe"))


# -- several blogs ----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_several_feeds_are_a_list_to_tick() -> None:
    """Nothing is subscribed until a box is tapped; [All] comes first."""
    talk = Talk(blog(one="One", two="Two"))
    boxes = await talk.say("/subscribe")
    assert [choice.label for choice in buttons(boxes)] == ["All", "One", "Two"]
    assert not talk.work.held
    boxes = await talk.press(boxes, "Two")
    assert (boxes.edits, boxes.toast) == (True, "On: Two")
    assert [choice.on for choice in buttons(boxes)[:3]] == [False, False, True]
    assert "Latest: Two 1" in text(boxes)
    assert (await talk.press(boxes, "Show me")).notice.title == "Two 1"
    boxes = await talk.press(boxes, "Two")
    assert "Show me" not in [choice.label for choice in buttons(boxes)]
    assert talk.filters == []
    boxes = await talk.press(boxes, "All")
    assert len(talk.filters) == 2
    assert (await talk.press(boxes, "Show me")).notice.title in {"One 1", "Two 1"}
    boxes = await talk.press(boxes, "All")
    assert talk.filters == []
    await answer(talk.ask("subscribe +#99 p0", pressed=True), talk.desk())
    assert talk.filters == [], "a box whose feed is gone ticks nothing else"


@pytest.mark.asyncio
async def test_many_feeds_have_pages() -> None:
    """The list turns its pages like the grid of topics."""
    talk = Talk(blog(**{f"b{n:02}": f"Blog {n:02}" for n in range(12)}))
    boxes = await talk.press(await talk.say("/subscribe"), "›")
    assert [choice.label for choice in buttons(boxes)] == ["All", "Blog 10", "Blog 11", "‹"]


@pytest.mark.asyncio
async def test_an_unknown_address_lists_what_there_is(talk: Talk) -> None:
    """Readers read which feeds exist; a query, which may be a secret, is not repeated."""
    reply = await talk.say(f"/subscribe {NEW}")
    assert text(reply) == 'No blog "https://other.example/feed.xml". There are:\nA Blog'
    assert not buttons(reply)
    assert "secret" not in repr(reply)


@pytest.mark.asyncio
async def test_an_operator_may_add_an_unknown_address(talk: Talk) -> None:
    """The button adds it where the address fits, else the line to type is named."""
    talk.asker = Asker("7", admin=True, operator=True, language="en")
    reply = await talk.say("/subscribe https://other.example/feed.xml")
    assert button(reply, "Add feed").command == "feeds add https://other.example/feed.xml"
    long = f"https://other.example/{'x' * 60}"
    reply = await talk.say(f"/subscribe {long}")
    assert f"/feeds add {long}" in text(reply)
    assert not buttons(reply)


@pytest.mark.asyncio
async def test_a_known_address_is_its_feed(talk: Talk) -> None:
    """Scheme, case and a last slash make no difference."""
    await talk.say("/subscribe HTTP://blog.example/rss.xml/")
    assert len(talk.filters) == 1


# -- where anyone may add feeds ---------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_anyone_may_add_a_feed_where_that_is_allowed(talk: Talk) -> None:
    """The feed is looked at outside any transaction, then the subscription is confirmed."""
    talk.anyone = True
    reply, looker = await _serve(talk, f"/subscribe {NEW}")
    assert looker.looked == [2]
    assert text(reply) == "Done. New posts from Other will arrive here."
    assert not talk.work.all[2].from_config, "a reader's address never reaches what only the configuration's may"


@pytest.mark.asyncio
async def test_an_address_without_posts_is_taken_back(talk: Talk) -> None:
    """What gives no posts is not kept, and the reader learns why and what would mend it."""
    talk.anyone = True
    reply, _ = await _serve(talk, f"/subscribe {NEW}", finds=False)
    assert "there is a web page, and no feed" in text(reply)
    assert "secret" not in text(reply)
    assert talk.filters == []
    assert not talk.work.all[2].active


@pytest.mark.asyncio
async def test_a_chat_adds_ten_feeds_at_most(talk: Talk) -> None:
    """The eleventh is refused."""
    talk.anyone = True
    for number in range(10):
        await _serve(talk, f"/subscribe https://b{number}.example/feed")
    reply = await talk.say("/subscribe https://b10.example/feed")
    assert text(reply) == "This chat has added 10 blogs of its own, and cannot add more."
    assert len(talk.work.all) == 11


@pytest.mark.asyncio
async def test_a_chats_own_feed_is_its_own_business(talk: Talk) -> None:
    """Nobody else sees it or can subscribe to it by its number."""
    talk.anyone = True
    await _serve(talk, f"/subscribe {NEW}")
    other = Talk(talk.work, address=replace(talk.address, place="2002"), anyone=True)
    assert "Other" not in text(await other.say("/subscribe nothing like it"))
    for command in ("subscribe #2 all", "subscribe new #2", "subscribe undo #2", "latest #2 1", "topics #2 p0"):
        await answer(other.ask(command, pressed=True), other.desk())
    assert all(each.query == "" and each.topics == () for each in other.filters)
    chat = talk.work.chats.get(other.address)
    assert not any(feed == 2 and chat and owner == chat.id for owner, feed in talk.work.held)


# -- leaving ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("line", ["/unsubscribe", "/unsub", "/unsubscribe A Blog", "/unsubscribe all", "/unsub 全部"])
async def test_unsubscribe_and_undo(talk: Talk, line: str) -> None:
    """One subscription ends at once; [Undo] brings it back with its topics and its filter."""
    await talk.say("/topics diffusion")
    await talk.say("/filter 扩散")
    reply = await talk.say(line)
    assert text(reply) == "Unsubscribed from A Blog. Nothing more will arrive."
    assert talk.filters == []
    reply = await talk.press(reply, "Undo")
    assert (talk.ticked(), talk.filters[0].query) == (("diffusion",), "扩散")
    assert text(reply).startswith("Done.")
    assert text(reply).splitlines()[1:] == [
        "You get only: Diffusion. Untick all to get every post again.",
        "Your filter still applies: 扩散",
    ]


@pytest.mark.asyncio
async def test_unsubscribe_from_one_of_several() -> None:
    """With several, a list asks which; [Undo] of all brings all back."""
    talk = Talk(blog(one="One", two="Two"))
    await talk.say("/subscribe all")
    asked = await talk.say("/unsubscribe")
    assert [choice.label for choice in buttons(asked)] == ["One", "Two", "All"]
    await talk.press(asked, "Two")
    assert len(talk.filters) == 1
    await talk.say("/subscribe all")
    reply = await talk.press(asked, "All")
    assert talk.filters == []
    await talk.press(reply, "Undo")
    assert len(talk.filters) == 2


@pytest.mark.asyncio
async def test_nothing_to_leave(talk: Talk) -> None:
    """A chat without subscriptions is offered one; a wrong name lists the right ones."""
    reply = await talk.say("/unsubscribe")
    assert text(reply) == "This chat is not subscribed to anything."
    await talk.press(reply, "Subscribe")
    reply = await talk.say("/unsubscribe something else")
    assert text(reply).startswith('No blog "something else"')
    assert len(talk.filters) == 1


@pytest.mark.asyncio
async def test_undo_twice_and_undo_of_nothing(talk: Talk) -> None:
    """A stale [Undo] does no harm."""
    reply = await answer(talk.ask("subscribe undo #1", pressed=True), talk.desk())
    assert reply is not None
    assert text(reply) == "This chat is not subscribed to anything."
    await talk.say("/subscribe")
    gone = await talk.say("/unsubscribe")
    await talk.press(gone, "Undo")
    await talk.press(gone, "Undo")
    assert len(talk.filters) == 1


# -- rights and languages ---------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "line", ["/subscribe", "/unsubscribe", "/sub", "/filter x", "/language en", "/start t_diffusion"]
)
async def test_members_cannot_change_a_group(line: str) -> None:
    """Whoever is no admin is shown how to subscribe privately, and nothing changes."""
    talk = Talk(blog(), address=GROUP, kind=PlaceKind.GROUP, asker=Asker("8", admin=False, language="en"))
    reply = await talk.say(line)
    assert text(reply) == "这里的设置只有管理员能改。你可以私下订阅："
    assert not talk.work.chats


@pytest.mark.asyncio
async def test_a_new_private_chat_speaks_its_readers_language(talk: Talk) -> None:
    """First contact takes the client's language; a group, and a client that says nothing, the configuration's."""
    talk.asker = Asker("7", admin=True, language="zh-hant")
    assert text(await talk.say("/subscribe")).startswith("好了，A Blog 的新文章會送到這裡。")
    assert talk.work.chats[talk.address].language == "zh-TW"
    group = Talk(blog(), address=GROUP, kind=PlaceKind.GROUP, asker=Asker("9", admin=True, language="en"))
    assert text(await group.say("/subscribe")).startswith("好了")
    silent = Talk(blog(), asker=Asker("7", admin=True))
    assert text(await silent.say("/subscribe")).startswith("好了")


@pytest.mark.asyncio
async def test_the_operators_name_for_the_only_blog_is_used() -> None:
    """A configured name of the blog stands for its feed's title."""
    talk = Talk(blog())
    desk = replace(talk.desk(), blog="My Blog")
    reply = await answer(talk.ask("/subscribe"), desk)
    assert reply is not None
    assert "New posts from My Blog" in text(reply)


@pytest.mark.asyncio
async def test_a_feed_without_title_shows_no_secret() -> None:
    """A feed that is called by its address is shown without user info and query."""
    feed = Feed(1, NEW, NEW, from_config=False, baseline=True)
    reply = await Talk(MemoryWork({1: feed})).say("/subscribe")
    assert "https://other.example/feed.xml" in text(reply)
    assert "secret" not in text(reply)


@pytest.mark.asyncio
async def test_a_feed_that_was_never_read_is_offered_to_nobody() -> None:
    """A typing error in `/feeds add` greets no reader; its operator sees it, and that readers do not."""
    trouble = Trouble("refused", "nothing listens there", NOW)
    feed = Feed(2, NEW, NEW, from_config=False, trouble=trouble, last_check=NOW)
    work = blog()
    work.all[2] = feed
    for line in ("/start", "/subscribe", "/topics"):
        assert "other.example" not in text(await Talk(work).say(line))
    operator = Talk(work, asker=Asker("1", admin=True, operator=True, language="en"))
    assert "Readers are shown it once it could be read." in text(await operator.say(f"/feeds {NEW}"))
    work.all[2] = replace(feed, baseline=True)
    assert "other.example" in text(await Talk(work, address=Address("telegram", "2002")).say("/start"))
    assert "Readers are shown" not in text(await operator.say(f"/feeds {NEW}"))
