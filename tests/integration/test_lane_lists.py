from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.core.models import Chat, Hours, Notice, Payload, Rejected, Retry, Rhythm, Sent, Uncertain
from bot.reading.doc import Listing
from bot.reading.text import plain
from bot.watch import Watch
from tests.clock import START
from tests.world import BLOG, ScriptedPlatform, ScriptedSource, World, entry, open_world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = START
"""Eight in the evening in the chats' zone."""


class PageOf(ScriptedPlatform):
    """A platform whose messages hold so many lines; lists are written as their lines, posts as their titles."""

    lines = 1000

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice, its buttons' commands at the end."""
        said = [notice.title, *plain(notice.body).split("\n")]
        lines = [line for line in said if line]
        pages = [lines[at : at + self.lines] for at in range(0, len(lines), self.lines)]
        commands = [choice.command for row in notice.choices for choice in row if choice.command]
        return tuple({"text": "\n".join(page), "commands": commands} for page in pages)


@pytest_asyncio.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Open a world whose platform shows what lists say."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as opened:
        opened.platform = PageOf(opened.clock)
        yield opened


async def wish(world: World, chat: Chat, **settings: Any) -> Chat:
    """Change a chat's settings."""
    async with world.store.begin() as work:
        found = await work.chat(chat.address)
        assert found is not None
        changed = replace(found, **settings)
        await work.save_chat(changed)
    return changed


async def topics(world: World, chat: Chat, *keys: str, query: str = "") -> None:
    """Change what a chat wants."""
    async with world.store.begin() as work:
        await work.subscribe(chat.id, world.feed, world.clock.now(), topics=keys, query=query)


async def until_morning(world: World, days: int = 0) -> None:
    """Let the bot run in the evening, and again a little before and after eight in the morning."""
    await world.deliver(5)
    world.clock.time = EVENING + 12 * HOUR + days * DAY - timedelta(seconds=5)
    await world.deliver(60)


def split(text: str) -> list[str]:
    """Give the lines of a message."""
    return text.split("\n")


# -- digests ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_digest_comes_at_its_time_by_topic(world: World) -> None:
    """One message in the morning: each post once, under its first ticked topic; then nothing until the next day."""
    chat = await world.subscribe("1", topics=("diffusion", "python"))
    await wish(world, chat, digest=Rhythm(8 * 60))
    one, two, three = await world.publish("扩散一", "python notes", "扩散二")
    await until_morning(world)
    assert [split(text) for text in world.platform.texts()] == [
        [
            "今日文摘 · 1月21日 · 3 篇",
            "扩散模型",
            "扩散一：这一篇讲的是 扩散一，写得很短，但是足够长，可以当作正文。",
            "扩散二：这一篇讲的是 扩散二，写得很短，但是足够长，可以当作正文。",
            "Python",
            "python notes：这一篇讲的是 python notes，写得很短，但是足够长，可以当作正文。",
        ]
    ]
    assert world.platform.times() == [EVENING + 12 * HOUR]
    assert await world.states(chat) == {one: "sent: digest", two: "sent: digest", three: "sent: digest"}
    await until_morning(world, 1)
    assert len(world.platform.requests) == 1


@pytest.mark.asyncio
async def test_a_weekly_digest_names_its_days(world: World) -> None:
    """Seven days, up to the one before it comes."""
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60, 0), language="en")
    await world.publish("a")
    await until_morning(world, 5)
    assert split(world.platform.texts()[0])[0] == "This week · 19–25 Jan · 1 post"
    assert split(world.platform.texts()[0])[1].startswith("a: ")


@pytest.mark.asyncio
async def test_a_digest_is_divided_between_topics(world: World) -> None:
    """What does not fit into one message: topics stay together where they can, and each part names its posts."""
    assert isinstance(world.platform, PageOf)
    world.platform.lines = 5
    chat = await world.subscribe("1", topics=("diffusion", "python"))
    await wish(world, chat, digest=Rhythm(8 * 60))
    await world.publish("扩散一", "python a", "扩散二", "python b")
    await until_morning(world)
    pages = [[line.partition("：")[0] for line in split(text)] for text in world.platform.texts()]
    assert pages == [["今日文摘 · 1月21日 · 4 篇", "扩散模型", "扩散一", "扩散二"], ["Python", "python a", "python b"]]


@pytest.mark.asyncio
async def test_a_part_that_fails_takes_only_its_own_posts_along(world: World) -> None:
    """The second of three parts is refused for good: the posts of the others are there, each once."""
    assert isinstance(world.platform, PageOf)
    world.platform.lines = 3
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60))
    ids = await world.publish("a", "b", "c", "d", "e", "f")
    world.platform.answer("1", Sent("1"), Rejected("bad"), Rejected("bad"))
    await until_morning(world)
    arrived = [line.partition("：")[0] for text in world.platform.texts() for line in split(text)]
    assert arrived == ["今日文摘 · 1月21日 · 6 篇", "a", "b", "e", "f"]
    states = await world.states(chat)
    assert [states[number] for number in (*ids[:2], *ids[4:])] == ["sent: digest"] * 4
    assert [states[number] for number in ids[2:4]] == ["dead: rejected: bad"] * 2


@pytest.mark.asyncio
async def test_a_digest_whose_fate_is_unknown_is_repeated_once(world: World) -> None:
    """The same part, the same nonce; a second uncertainty is not risked again, and its posts do not come back."""
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60))
    (one,) = await world.publish("a")
    world.platform.answer("1", Uncertain("reset"), Uncertain("reset"))
    await until_morning(world)
    await until_morning(world, 1)
    assert len(world.platform.requests) == 2
    assert len({each.part.nonce for each in world.platform.requests}) == 1
    assert await world.states(chat) == {one: "dead: unconfirmed"}


@pytest.mark.asyncio
async def test_a_digest_survives_a_restart_in_the_middle(world: World) -> None:
    """Killed between two parts, the next process goes on with the second one."""
    assert isinstance(world.platform, PageOf)
    world.platform.lines = 2
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60))
    await world.publish("a", "b", "c")
    world.platform.answer("1", Sent("1"), Retry("flood", 600))
    await until_morning(world)
    assert len(world.platform.texts()) == 1
    await world.deliver(700)
    arrived = [line.partition("：")[0] for text in world.platform.texts() for line in split(text)]
    assert arrived == ["今日文摘 · 1月21日 · 3 篇", "a", "b", "c"]


@pytest.mark.asyncio
async def test_one_now(world: World) -> None:
    """A digest asked for out of turn comes at once, and the next one only with what came since."""
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60))
    await world.publish("a")
    async with world.running() as lane:
        await world.clock.sleep(60)
        await wish(world, chat, digest=Rhythm(8 * 60), digest_asked=world.clock.now())
        lane.wake()
        await world.clock.sleep(60)
        assert len(world.platform.texts()) == 1
        await world.publish("b")
        lane.wake()
    await until_morning(world)
    assert [split(text)[1].partition("：")[0] for text in world.platform.texts()] == ["a", "b"]


@pytest.mark.asyncio
async def test_a_digest_is_judged_again_when_it_goes(world: World) -> None:
    """Topics narrowed before the morning: what no longer passes is dropped, the rest comes."""
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60))
    one, two = await world.publish("扩散一", "python notes")
    await topics(world, chat, "diffusion")
    await until_morning(world)
    assert [line.partition("：")[0] for line in split(world.platform.texts()[0])] == [
        "今日文摘 · 1月21日 · 1 篇",
        "扩散模型",
        "扩散一",
    ]
    assert await world.states(chat) == {one: "sent: digest", two: "dropped: filter"}


@pytest.mark.asyncio
async def test_a_list_that_waits_is_written_anew_when_the_chat_changes_its_mind(world: World) -> None:
    """A digest that was put off by the platform, and unsubscribed meanwhile, is not sent; nor is it lost to Undo."""
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60))
    one, two = await world.publish("扩散一", "python notes")
    world.platform.answer("1", Retry("flood", 600))
    await until_morning(world)
    await topics(world, chat, "python")
    await world.deliver(700)
    assert "扩散一" not in world.platform.texts()[0]
    assert await world.states(chat) == {one: "dropped: filter", two: "sent: digest"}


@pytest.mark.asyncio
async def test_a_list_that_waits_is_written_anew_without_what_the_operator_drops(world: World) -> None:
    """A digest that was put off by the platform: the others come, in one list, once."""
    chat = await world.subscribe("1")
    await wish(world, chat, digest=Rhythm(8 * 60))
    one, two, three = await world.publish("扩散一", "第二", "第三")
    world.platform.answer("1", Retry("flood", 600))
    await until_morning(world)
    async with world.store.begin() as work:
        await work.drop_all([2], world.clock.now())
    await world.deliver(700)
    (digest,) = world.platform.texts()
    assert [title in digest for title in ("扩散一", "第二", "第三")] == [True, False, True]
    assert await world.states(chat) == {one: "sent: digest", two: "dropped: operator", three: "sent: digest"}


# -- quiet hours, pauses, bounds --------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(("count", "messages"), [(3, 3), (4, 1)])
async def test_a_quiet_night_and_the_morning_after(world: World, count: int, messages: int) -> None:
    """Nothing rings at night; in the morning a few posts come as they are, more as one list."""
    chat = await world.subscribe("1")
    await wish(world, chat, quiet=Hours(19 * 60, 8 * 60))
    titles = [f"post {number}" for number in range(count)]
    await world.publish(*titles)
    await world.deliver(5)
    world.clock.time = EVENING + 12 * HOUR - timedelta(seconds=2)
    await world.deliver(1)
    assert world.platform.requests == []
    await world.deliver(60)
    assert len(world.platform.texts()) == messages
    assert all(any(title in text for text in world.platform.texts()) for title in titles)


@pytest.mark.asyncio
async def test_a_pause_that_ends_by_itself_lists_what_came(world: World) -> None:
    """One list with a button, whose press brings the posts themselves, once each."""
    chat = await world.subscribe("1")
    async with world.store.begin() as work:
        await work.pause(chat.id, EVENING + 2 * HOUR, EVENING)
    first, *_, last = await world.publish("a", "b", "c")
    await world.deliver(5)
    world.clock.time = EVENING + 2 * HOUR - timedelta(seconds=5)
    await world.deliver(1)
    assert world.platform.requests == []
    await world.deliver(60)
    assert [split(text) for text in world.platform.texts()] == [["暂停结束了，这期间来了 3 篇文章", "a", "b", "c"]]
    assert world.platform.requests[-1].part.payload["commands"] == [f"resume send {first}-{last}"]
    assert set((await world.states(chat)).values()) == {"sent: listed"}
    async with world.store.begin() as work:
        assert await work.send_whole(chat.id, first, last, world.clock.now()) == 3
        assert await work.send_whole(chat.id, first, last, world.clock.now()) == 0
    await world.deliver(60)
    assert [split(text)[0] for text in world.platform.texts()[1:]] == ["a", "b", "c"]
    assert set((await world.states(chat)).values()) == {"sent"}


@pytest.mark.asyncio
async def test_a_bound_for_the_day(world: World) -> None:
    """Two a day: the others come as one list the next morning, and that day's own two are not counted short."""
    chat = await world.subscribe("1")
    await wish(world, chat, cap=2)
    await world.publish("a", "b", "c", "d")
    await until_morning(world)
    assert [split(text)[0] for text in world.platform.texts()] == ["a", "b", "超出每日上限的 2 篇文章"]
    assert split(world.platform.texts()[2])[1:] == ["c", "d"]
    await world.publish("e", "f", "g")
    await world.deliver(60)
    assert [split(text)[0] for text in world.platform.texts()[3:]] == ["e", "f"]


@pytest.mark.asyncio
async def test_after_an_outage_what_waited_long_is_a_list(world: World) -> None:
    """Nothing could be sent for ten hours: old posts come together, the new one by itself, in order."""
    chat = await world.subscribe("1")
    await world.publish("a", "b", "c")
    world.clock.time += 10 * HOUR
    await world.publish("d")
    await world.deliver(60)
    lists, whole = world.platform.texts()
    assert split(lists) == ["攒下的 3 篇文章", "等了一阵子，所以一起列在这里：", "a", "b", "c"]
    assert split(whole)[0] == "d"
    assert set((await world.states(chat)).values()) == {"sent: listed", "sent"}


@pytest.mark.asyncio
async def test_a_single_old_post_is_pushed(world: World) -> None:
    """It says more than a list of one."""
    await world.subscribe("1")
    await world.publish("a")
    world.clock.time += 10 * HOUR
    await world.deliver(60)
    assert split(world.platform.texts()[0])[0] == "a"


# -- floods -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("held", [True, False])
async def test_a_flood_is_one_post_and_one_list(world: World, *, held: bool) -> None:
    """Each chat gets its newest matching post whole and a list of every other matching one; no match, no message.

    What matches is said by topics or by a filter.
    """
    everything = await world.subscribe("1")
    some = await world.subscribe("2", topics=("diffusion",))
    await world.subscribe("3", topics=("python",))
    filtered = await world.subscribe("4", query="-数学")
    source = ScriptedSource(world.clock)
    old = [entry(f"old {number}", published=START - DAY * (number + 1)) for number in range(3)]
    watch = Watch(world.store, source, world.matcher, world.clock, lambda: None, hold_floods=held)
    source.show(BLOG, *old)
    await watch.look_now(world.feed)
    new = [
        entry(f"{'扩散' if number < 3 else '数学'} {number}", published=START - HOUR * number) for number in range(6)
    ]
    source.show(BLOG, *new, *old)
    await watch.look_now(world.feed)
    await world.deliver(60)
    if not held:
        assert len(world.platform.texts("1")) == 6
        return
    whole, listed = (split(text) for text in world.platform.texts("1"))
    assert whole[0] == "扩散 0"
    assert listed[:2] == [
        "博客一次出现了 6 篇新文章",
        "可能是搬家或导入旧文，所以只推了最新的一篇。你订阅的另有 5 篇：",
    ]
    assert listed[2:] == ["数学 5", "数学 4", "数学 3", "扩散 2", "扩散 1"]
    for place in ("2", "4"):
        assert [split(text)[0] for text in world.platform.texts(place)] == ["扩散 0", "博客一次出现了 6 篇新文章"]
        assert split(world.platform.texts(place)[1])[2:] == ["扩散 2", "扩散 1"]
    assert world.platform.texts("3") == []
    assert sorted((await world.states(everything)).values()) == ["sent"] + ["sent: listed"] * 5
    for chat in (some, filtered):
        assert sorted((await world.states(chat)).values()) == ["sent"] + ["sent: listed"] * 2


@pytest.mark.asyncio
async def test_the_list_of_a_flood_is_divided_and_numbered_on(world: World) -> None:
    """Every matching post is named, however many messages that takes."""
    await world.subscribe("1")
    titles = [f"post {number}" for number in range(12)]
    async with world.store.begin() as work:
        flood = await work.add_flood(world.feed, 12, EVENING)
        filters = await work.filters(world.feed)
        for title in titles:
            number = await work.add_post(world.feed, entry(title), [("guid", title)], "gist", EVENING)
            (post,) = await work.posts([number])
            await work.want(number, world.feed, world.matcher.match(post, filters), EVENING, flood=flood)

    starts: list[object] = []

    class Numbered(PageOf):
        lines = 6

        def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
            starts.extend(block.start for block in notice.body.blocks if isinstance(block, Listing))
            return super().render(notice, chat)

    world.platform = Numbered(world.clock)
    await world.deliver(60)
    named = [line for text in world.platform.texts()[1:] for line in split(text) if line.startswith("post")]
    assert named == titles[:11]
    assert {1, 5, 11} <= set(starts)
