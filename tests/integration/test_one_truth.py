"""A post that several subscriptions of a chat want: it comes once, with all that they have to say of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import i18n
from bot.core import notice
from bot.core.models import Chat, FeedKind, Notice, Payload, PlaceKind, Post, Rhythm, Verdict
from bot.deliver import Lane, Writer
from bot.platforms.discord.draw import SILENT, draw
from bot.topics.rules import category_key
from bot.watch import Watch
from tests.world import BLOG, ScriptedPlatform, ScriptedSource, World, entry, open_world

PAGE = "https://blog.example/posts"
TAGS = ("甲", "乙", "丙", "丁", "戊")
POST = entry("一步加噪", text="讲扩散的文章。", tags=TAGS)
LAST = category_key(TAGS[-1])
ROLES = f"diffusion=<@&11111>, {LAST}=<@&55555>, python=<@&99999>"


class OnDiscord(ScriptedPlatform):
    """Writes as Discord's messages are written."""

    name = "discord"

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice."""
        return draw(notice, chat)


@dataclass
class Reader:
    """A channel that is subscribed to a blog's feed and to the page with its posts."""

    world: World
    source: ScriptedSource
    chat: Chat
    page: int

    async def wish(self, feed: int, *topics: str) -> None:
        """Choose topics of one of the two."""
        async with self.world.store.begin() as work:
            await work.subscribe(self.chat.id, feed, self.world.clock.now(), topics=topics)

    async def look(self, *urls: str) -> None:
        """Let the post be seen at these addresses, one after the other."""
        watch = Watch(self.world.store, self.source, self.world.matcher, self.world.clock, lambda: None)
        async with self.world.store.begin() as work:
            feeds = {feed.url: feed for feed in await work.feeds()}
        for url in urls:
            self.source.show(url, replace(POST, guid=f"{url}#1"), entry(f"从前的一篇，在 {url}"))
            await watch.look_at([feeds[url]])

    async def gets(self) -> dict[str, Any]:
        """Deliver; give the one message that comes."""

        def write(post: Post, chat: Chat, verdict: Verdict, source: str, now: datetime) -> Notice:
            words = i18n.load("zh")
            return notice.of_post(post, chat, verdict, words=words, judge=self.world.matcher, now=now, source=source)

        platform = self.world.platform
        lane = Lane(platform, self.world.store, Writer(platform, self.world.matcher, write), self.world.clock)
        async with self.world.running(lane):
            await self.world.clock.sleep(60)
        (made,) = platform.requests
        return dict(made.part.payload)

    async def save(self, **settings: Any) -> None:
        """Change the channel's settings."""
        async with self.world.store.begin() as work:
            found = await work.chat(self.chat.address)
            assert found is not None
            await work.save_chat(replace(found, **settings))


@pytest_asyncio.fixture
async def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reader]:
    """Let a channel wait for the blog's first new post, in its feed and on its page."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as world:
        world.platform = OnDiscord(world.clock)
        source = ScriptedSource(world.clock)
        chat = await world.subscribe("50001", kind=PlaceKind.GROUP, platform="discord")
        async with world.store.begin() as work:
            (feed,) = await work.feeds()
            page = await work.put_feed(replace(feed, id=0, name="page", url=PAGE, kind=FeedKind.PAGE))
        await world.subscribe("50001", kind=PlaceKind.GROUP, platform="discord", feed=page)
        made = Reader(world, source, chat, page)
        for url in (BLOG, PAGE):
            source.show(url, entry(f"从前的一篇，在 {url}"))
        async with world.store.begin() as work:
            feeds = await work.feeds()
        await Watch(world.store, source, world.matcher, world.clock, lambda: None).look_at(feeds)
        await made.save(options=(("roles", ROLES),))
        yield made


@pytest.mark.asyncio
@pytest.mark.parametrize("urls", [(BLOG, PAGE), (PAGE, BLOG)])
async def test_what_two_subscriptions_want_comes_once_by_all_its_topics(reader: Reader, urls: tuple[str, str]) -> None:
    """One message: both chosen topics are named, though the post has more than fit, and the roles of both ring."""
    await reader.wish(reader.world.feed, "diffusion")
    await reader.wish(reader.page, LAST)
    await reader.look(*urls)
    payload = await reader.gets()
    named = payload["embeds"][0]["footer"]["text"].split(" · ")
    assert len(named) == 4
    assert set(named[:2]) == {"扩散模型", "戊"}
    assert set(payload["allowed_mentions"]["roles"]) == {"11111", "55555"}
    assert not payload.get("flags", 0) & SILENT


@pytest.mark.asyncio
@pytest.mark.parametrize("urls", [(BLOG, PAGE), (PAGE, BLOG)])
async def test_one_subscription_that_wants_it_is_enough(reader: Reader, urls: tuple[str, str]) -> None:
    """What the other one does not want is neither a reason against it nor named first."""
    await reader.wish(reader.world.feed, "python")
    await reader.wish(reader.page, LAST)
    await reader.look(*urls)
    payload = await reader.gets()
    assert payload["embeds"][0]["footer"]["text"].startswith("戊 · ")


@pytest.mark.asyncio
async def test_a_subscription_that_ends_leaves_it_to_the_other(reader: Reader) -> None:
    """Found by the feed, which is unsubscribed before it is sent: it comes by the page, once."""
    await reader.wish(reader.world.feed, "diffusion")
    await reader.wish(reader.page, LAST)
    await reader.look(BLOG, PAGE)
    async with reader.world.store.begin() as work:
        await work.unsubscribe(reader.chat.id, reader.world.feed, reader.world.clock.now())
    payload = await reader.gets()
    assert payload["embeds"][0]["footer"]["text"].startswith("戊 · ")
    assert list((await reader.world.states(reader.chat)).values()) == ["sent"]


@pytest.mark.asyncio
async def test_it_is_silent_where_the_chat_is(reader: Reader) -> None:
    """Silence is the chat's, not a subscription's: so it is silent only if it is for all of them."""
    await reader.save(silent=True)
    await reader.look(BLOG, PAGE)
    assert (await reader.gets())["flags"] & SILENT


@pytest.mark.asyncio
async def test_a_digest_names_it_once(reader: Reader) -> None:
    """Two subscriptions, one line."""
    await reader.save(digest=Rhythm(20 * 60))
    await reader.look(BLOG, PAGE)
    await reader.world.clock.sleep(86_400)
    payload = await reader.gets()
    assert payload["embeds"][0]["description"].count(POST.title) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("both", [False, True])
async def test_what_one_of_its_feeds_always_had_is_no_news_by_another(reader: Reader, *, both: bool) -> None:
    """A page that begins to show an old post of the feed: news to a channel of the page alone, not to one of both."""
    world = reader.world
    archive = "https://blog.example/archive"
    async with world.store.begin() as work:
        (feed, *_) = await work.feeds()
        number = await work.put_feed(replace(feed, id=0, name="archive", url=archive))
        await work.unsubscribe(reader.chat.id, feed.id, world.clock.now())
    if both:
        await reader.wish(number)
    # The first look at the archive has the post; nobody is told of what was there before.
    await reader.look(archive)
    await reader.look(PAGE)
    assert list((await world.states(reader.chat)).values()) == ([] if both else ["wanted"])
