"""Messages follow their posts: a blog that changes, the real store, a simulated clock, a platform on script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import i18n
from bot.core import notice
from bot.core.edits import MOST
from bot.core.models import (
    Address,
    Chat,
    Gone,
    Moved,
    Notice,
    Outcome,
    Payload,
    PlaceKind,
    Post,
    Rejected,
    Retry,
    Sent,
    Sighting,
    Uncertain,
    Verdict,
)
from bot.deliver import Expander, Lane, Writer
from bot.reading.doc import Doc, paragraph
from bot.reading.text import plain
from bot.store.sqlite import Work
from bot.watch import Watch
from tests.clock import START
from tests.world import BLOG, LIMITS, ScriptedPlatform, ScriptedSource, World, entry, open_world, too_many

OLD = (
    *(entry(f"old {number}", published=START - timedelta(days=number + 1)) for number in range(6)),
    # Where every post has a title, one that has none is waited for.
    replace(entry("note", published=START - timedelta(days=9)), title=""),
)
NEW = entry("new", text="第一句写得很清楚。")
HOURS = timedelta(hours=1)
PART = 60
"""Characters of a message of this platform."""


class Wordy(ScriptedPlatform):
    """Shows a notice whole: its title, date, text and link, in as many messages as that takes."""

    def render(self, notice: Notice, chat: Chat) -> tuple[Payload, ...]:
        """Write a notice; the last message has the link."""
        date = str(notice.date.date()) if notice.date else ""
        text = "\n".join(filter(None, (notice.title, date, plain(notice.body))))
        pieces = [text[at : at + PART] for at in range(0, len(text), PART)] or [""]
        pieces[-1] += f"\n{notice.link}"
        return tuple({"text": piece} for piece in pieces)


@dataclass
class Desk:
    """A world, its blog, and what makes edits of the blog's changes."""

    world: World
    source: ScriptedSource
    edits_for: timedelta = timedelta(hours=48)

    @property
    def platform(self) -> ScriptedPlatform:
        """What it is sent through."""
        return self.world.platform

    def write(self, post: Post, chat: Chat, verdict: Verdict, source: str, now: datetime) -> Notice:
        """Write a post as the app does."""
        words = i18n.load(chat.language)
        return notice.of_post(post, chat, verdict, words=words, judge=self.world.matcher, now=now, source=source)

    def lane(self) -> Lane:
        """Make the lane that sends and edits."""
        writer = Writer(self.platform, self.world.matcher, self.write)
        return Lane(self.platform, self.world.store, writer, self.world.clock, edits_for=self.edits_for)

    async def look(self, *entries: Sighting) -> None:
        """Show entries above the old ones, look, and pass on what that means."""
        await self.glance(*entries)
        await Expander(self.world.store, self.world.clock, lambda: None).everything()

    async def glance(self, *entries: Sighting) -> None:
        """Show entries above the old ones, and look."""
        self.source.show(BLOG, *entries, *OLD)
        world = self.world
        watch = Watch(world.store, self.source, world.matcher, world.clock, lambda: None, edits_for=self.edits_for)
        async with world.store.begin() as work:
            feeds = await work.feeds()
        await watch.look_at(feeds)

    async def deliver(self, seconds: float = 60.0) -> None:
        """Let a lane run for some time."""
        async with self.world.running(self.lane()):
            await self.world.clock.sleep(seconds)

    async def chat(self, **settings: Any) -> Chat:
        """Subscribe a chat, with the blog's old posts known."""
        chat = await self.world.subscribe()
        async with self.world.store.begin() as work:
            await work.save_chat(replace(chat, **settings))
        await self.look()
        return chat

    async def waiting(self) -> int:
        """Count the messages that wait for an edit."""
        return len(await self.world.rows("SELECT 1 FROM edit UNION ALL SELECT 1 FROM changed_post"))

    def edited(self) -> list[str]:
        """Give what edits said, in the order of the requests."""
        return [edit.text for edit in self.platform.edits]


@pytest_asyncio.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """Open a world whose blog shows six old posts."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as world:
        world.platform = Wordy(world.clock)
        yield Desk(world, ScriptedSource(world.clock))


def renamed(title: str, seen: Sighting = NEW) -> Sighting:
    """Give an entry another title."""
    return replace(seen, title=title)


def body(text: str) -> Doc:
    """Make a text of one paragraph."""
    return Doc((paragraph(text),))


# -- what makes an edit -----------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (renamed("newer"), "newer\n第一句写得很清楚。\nhttps://blog.example/new"),
        (replace(NEW, link="https://blog.example/moved"), "new\n第一句写得很清楚。\nhttps://blog.example/moved"),
        (replace(NEW, doc=body("第一句改过了。")), "new\n第一句改过了。\nhttps://blog.example/new"),
    ],
)
async def test_a_change_of_title_link_or_text_edits_the_message_in_place(
    desk: Desk, change: Sighting, says: str
) -> None:
    """Its own message, by its id, once; nothing is sent, and nothing is left to do."""
    chat = await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    ((ref,),) = await desk.world.rows("SELECT ref FROM part")
    await desk.look(change)
    await desk.deliver()
    await desk.look(change)
    await desk.deliver()
    assert [(edit.ref, edit.text) for edit in desk.platform.edits] == [(ref, says)]
    assert len(desk.platform.requests) == 1
    assert list((await desk.world.states(chat)).values()) == ["sent"]
    assert await desk.waiting() == 0


@pytest.mark.asyncio
async def test_a_change_below_the_cut_makes_no_request(desk: Desk) -> None:
    """Nor do another topic where topics are not shown, or a day that went by, of which the date would come in."""
    await desk.chat(length=40, hashtags=False)
    long = "这是一句相当长的话，用来把摘要填满，后面的都看不见。" * 4
    published = START - timedelta(hours=23)
    first = replace(NEW, doc=body(f"{long}结尾。"), published=published)
    await desk.look(first)
    await desk.deliver()
    await desk.world.clock.sleep(3 * 3600)
    await desk.look(replace(first, doc=body(f"{long}另一个结尾。"), tags=("扩散",)))
    assert await desk.waiting() > 0
    await desk.deliver()
    assert (desk.platform.edits, await desk.waiting()) == ([], 0)


@pytest.mark.asyncio
async def test_a_message_follows_its_post_for_two_days(desk: Desk) -> None:
    """A change in the 47th hour is shown; one in the 49th is not, nor does it wait for anything."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    await desk.world.clock.sleep(47 * 3600)
    await desk.look(renamed("in time"))
    await desk.deliver()
    await desk.world.clock.sleep(2 * 3600)
    await desk.look(renamed("too late"))
    await desk.deliver()
    assert [text.split("\n")[0] for text in desk.edited()] == ["in time"]
    assert await desk.waiting() == 0


@pytest.mark.asyncio
async def test_edits_can_be_switched_off(desk: Desk) -> None:
    """With no time to follow its post a message stays as it was sent."""
    desk.edits_for = timedelta(0)
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    await desk.look(renamed("newer"))
    await desk.deliver()
    assert (desk.platform.edits, await desk.waiting()) == ([], 0)


@pytest.mark.asyncio
async def test_a_message_is_edited_three_times_at_most(desk: Desk) -> None:
    """A blog that changes a post at every look does not use its readers' budgets up."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    for number in range(5):
        await desk.look(renamed(f"version {number}"))
        await desk.deliver()
    assert len(desk.platform.edits) == MOST
    assert await desk.waiting() == 0


@pytest.mark.asyncio
async def test_changes_that_come_while_it_waits_are_one_edit(desk: Desk) -> None:
    """The newest text goes out, once; that of a post that went back to what it was makes no request."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    for title in ("a", "b", "c"):
        await desk.look(renamed(title))
    await desk.deliver()
    assert [text.split("\n")[0] for text in desk.edited()] == ["c"]
    await desk.look(renamed("d"))
    await desk.look(renamed("c"))
    await desk.deliver()
    assert len(desk.platform.edits) == 1


@pytest.mark.asyncio
async def test_a_change_while_the_edit_is_under_way_is_not_missed(desk: Desk) -> None:
    """What the edit said is old when it arrives: another one follows."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    await desk.look(renamed("newer"))

    async def meanwhile(_: object) -> Outcome:
        await desk.world.clock.sleep(1)
        await desk.look(renamed("newest"))
        return Sent("m1")

    desk.platform.answer_edits("1001", meanwhile)
    await desk.deliver()
    assert [text.split("\n")[0] for text in desk.edited()] == ["newer", "newest"]
    assert await desk.waiting() == 0


@pytest.mark.asyncio
async def test_a_change_while_the_post_itself_is_under_way_is_not_missed(desk: Desk) -> None:
    """The message arrives with the text that it was written with, and is edited then."""
    await desk.chat()
    await desk.look(NEW)

    async def meanwhile(_: object) -> Outcome:
        await desk.look(renamed("newer"))
        return Sent("m1")

    desk.platform.answer("1001", meanwhile)
    await desk.deliver()
    assert [text.split("\n")[0] for text in (*desk.platform.texts(), *desk.edited())] == ["new", "newer"]


@pytest.mark.asyncio
async def test_a_change_between_writing_and_claiming_is_not_missed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written out before the change is not claimed any more: the newest text is sent."""
    await desk.chat()
    await desk.look(NEW)
    real, done = Writer.bid, []

    def bid(writer: Writer, *args: Any) -> object:
        found = real(writer, *args)
        done.append(found)
        return found

    monkeypatch.setattr(Writer, "bid", bid)
    claim = Work.claim_new

    async def late(work: Work, bids: Sequence[Any], now: datetime) -> object:
        if len(done) == 1:
            await work._db.execute("UPDATE post SET title = 'newer', changed = changed + 1 WHERE title = 'new'")
        return await claim(work, bids, now)

    monkeypatch.setattr(Work, "claim_new", late)
    await desk.deliver()
    assert [text.split("\n")[0] for text in desk.platform.texts()] == ["newer"]


# -- posts first, within the limits -----------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_edits_come_after_the_posts_of_their_chat(desk: Desk) -> None:
    """A group that has used its minute up gets what is new first, and then the edit; its limit covers both."""
    await desk.world.subscribe("-5", kind=PlaceKind.GROUP)
    await desk.look()
    await desk.look(NEW)
    await desk.deliver(120)
    more = [entry(f"more {number}") for number in range(3)]
    for one in range(0, 22, 3):
        more = [*(entry(f"more {number}") for number in range(one, one + 3)), *more]
        await desk.look(renamed("newer"), *more[:3])
    began = desk.world.clock.now()
    await desk.deliver(600)
    times = [each.at for each in desk.platform.requests if each.at >= began]
    assert len(times) == 24
    assert [edit.at >= max(times) for edit in desk.platform.edits] == [True]
    everything = sorted([*desk.platform.times(), *(edit.at for edit in desk.platform.edits)])
    assert too_many(everything, LIMITS.place[PlaceKind.GROUP][0]) == []


@pytest.mark.asyncio
async def test_edits_count_after_a_restart_too(desk: Desk) -> None:
    """What went out in the last minute, edits with it, is what the next process begins with."""
    chats = [await desk.world.subscribe("-5", thread=str(number), kind=PlaceKind.GROUP) for number in range(20)]
    await desk.look()
    await desk.look(NEW)
    await desk.deliver(120)
    await desk.look(renamed("newer"))
    await desk.deliver(5)
    assert len(desk.platform.edits) == len(chats)
    await desk.look(entry("second"), renamed("newer"))
    await desk.deliver(120)
    everything = sorted([*desk.platform.times(), *(edit.at for edit in desk.platform.edits)])
    assert too_many(everything, LIMITS.place[PlaceKind.GROUP][0]) == []


@pytest.mark.asyncio
async def test_a_429_is_waited_out_and_loses_nothing(desk: Desk) -> None:
    """The place waits as long as it asked, and the edit is made after it."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    await desk.look(renamed("newer"))
    desk.platform.answer_edits("1001", Retry("flood", 40.0))
    await desk.deliver(120)
    first, second = desk.platform.edits
    assert second.at - first.at >= timedelta(seconds=40)
    assert isinstance(second.outcome, Sent)


@pytest.mark.asyncio
@pytest.mark.parametrize("outcome", [Uncertain("timeout"), Retry("full", 60.0), RuntimeError("a fault of ours")])
async def test_an_edit_that_may_not_have_arrived_is_made_again_and_holds_up_no_post(
    desk: Desk, outcome: Outcome | Exception
) -> None:
    """It does no harm to make it twice; a post of the chat goes out meanwhile."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    await desk.look(renamed("newer"))
    desk.platform.answer_edits("1001", outcome)
    async with desk.world.running(desk.lane()) as lane:
        await desk.world.clock.sleep(1.5)
        await desk.look(entry("second"), renamed("newer"))
        lane.wake()
        await desk.world.clock.sleep(120)
    first, second = desk.platform.edits
    assert isinstance(second.outcome, Sent)
    assert first.at < desk.platform.requests[-1].at < second.at
    assert await desk.waiting() == 0


# -- what ends it -----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("outcome", [Rejected("message to edit not found"), Gone("archived_thread")])
async def test_a_refusal_ends_it_for_good_and_closes_nothing(desk: Desk, outcome: Outcome) -> None:
    """The message is never asked for again; the chat gets its next post."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    desk.platform.answer_edits("1001", outcome)
    for title in ("newer", "newest"):
        await desk.look(renamed(title))
        await desk.deliver()
    await desk.look(entry("second"), renamed("newest"))
    await desk.deliver()
    assert (len(desk.platform.edits), len(desk.platform.requests), await desk.waiting()) == (1, 2, 0)


async def _unsubscribed(desk: Desk, chat: Chat) -> None:
    async with desk.world.store.begin() as work:
        await work.unsubscribe(chat.id, desk.world.feed, desk.world.clock.now())


async def _closed(desk: Desk, chat: Chat) -> None:
    async with desk.world.store.begin() as work:
        await work.close_place(chat.address, "blocked", desk.world.clock.now())


async def _forgotten(desk: Desk, chat: Chat) -> None:
    async with desk.world.store.begin() as work:
        await work.forget_chat(chat.id)


async def _moved(desk: Desk, chat: Chat) -> None:
    async with desk.world.store.begin() as work:
        await work.move_place("telegram", chat.address.place, "1002", desk.world.clock.now())


@pytest.mark.asyncio
@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("leave", [_unsubscribed, _closed, _forgotten, _moved])
async def test_a_chat_that_left_is_left_alone(
    desk: Desk, leave: Callable[[Desk, Chat], Awaitable[None]], *, early: bool
) -> None:
    """Unsubscribed, closed or deleted, before the change or after it; in a new place old ids mean other messages."""
    chat = await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    if early:
        await leave(desk, chat)
    await desk.look(renamed("newer"))
    if not early:
        await leave(desk, chat)
    await desk.deliver()
    assert (desk.platform.edits, await desk.waiting()) == ([], 0)


@pytest.mark.asyncio
async def test_a_pause_stops_no_edit(desk: Desk) -> None:
    """It rings nothing, and a message that is wrong stays wrong otherwise."""
    chat = await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    async with desk.world.store.begin() as work:
        now = desk.world.clock.now()
        await work.pause(chat.id, now + 24 * HOURS, now)
    await desk.look(renamed("newer"))
    await desk.deliver()
    assert len(desk.platform.edits) == 1


@pytest.mark.asyncio
async def test_a_place_that_moved_takes_the_edit_no_more(desk: Desk) -> None:
    """The platform itself says so: the place has its new id, and no message there is touched."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    await desk.look(renamed("newer"))
    desk.platform.answer_edits("1001", Moved("1002"))
    await desk.deliver()
    assert len(desk.platform.edits) == 1
    assert await desk.world.store.chat(Address("telegram", "1002")) is not None


@pytest.mark.asyncio
async def test_lists_are_not_edited(desk: Desk) -> None:
    """A digest names what there was to name when it went out."""
    await desk.chat()
    desk.platform.answer("1001", Retry("flood", 7 * 3600.0))
    await desk.look(NEW, entry("second"), entry("third"))
    await desk.deliver(8 * 3600)
    assert len(desk.platform.texts()) < 3
    await desk.look(*(renamed(f"{seen.title} again", seen) for seen in (NEW, entry("second"), entry("third"))))
    await desk.deliver()
    kinds = await desk.world.rows("SELECT kind, count(*) FROM message GROUP BY kind")
    assert ("summary", 1) in kinds
    assert len(desk.platform.edits) == sum(int(str(count)) for kind, count in kinds if kind == "post")


# -- in the kind in which it was sent ---------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_what_was_stepped_down_to_plain_text_stays_plain(desk: Desk) -> None:
    """It is compared as plain text, and edited as plain text."""
    await desk.chat()
    desk.platform.answer("1001", Rejected("bad entities"))
    await desk.look(NEW)
    await desk.deliver()
    await desk.look(replace(NEW, tags=("tag",)))
    await desk.deliver()
    assert desk.platform.edits == []
    await desk.look(renamed("newer"))
    await desk.deliver()
    assert [edit.part.payload.get("plain") for edit in desk.platform.edits] == [True]


@pytest.mark.asyncio
async def test_only_the_parts_that_differ_are_edited_and_none_is_added(desk: Desk) -> None:
    """A text that grew is cut to the messages that there are, the link at its end; one that shrank leaves a mark."""
    await desk.chat(length=-1)
    sentences = ["一" * 55 + "。", "二" * 59 + "。", "三" * 40 + "。"]
    await desk.look(replace(NEW, doc=body("".join(sentences))))
    await desk.deliver()
    assert len(desk.platform.texts()) == 3
    await desk.look(replace(NEW, doc=body("".join([*sentences[:2], "四" * 40 + "。"]))))
    await desk.deliver()
    assert [(edit.part.number, edit.text[:1]) for edit in desk.platform.edits] == [(2, "四")]
    await desk.look(replace(NEW, doc=body("".join(["五" * 55 + "。", *sentences[1:], "六" * 300]))))
    await desk.deliver()
    grown = {edit.part.number: edit.text for edit in desk.platform.edits[1:]}
    assert grown[0].startswith("new\n五五")
    assert grown[2].endswith("https://blog.example/new")
    await desk.look(replace(NEW, doc=body("短。")))
    await desk.deliver()
    shrunk = {edit.part.number: edit.text for edit in desk.platform.edits[1 + len(grown) :]}
    assert shrunk[0] == "new\n短。\nhttps://blog.example/new"
    assert {text.split("\n")[0] for number, text in shrunk.items() if number} == {"…"}
    assert len(desk.platform.texts()) == 3


@pytest.mark.asyncio
async def test_a_message_that_is_partly_there_is_finished_first(desk: Desk) -> None:
    """Its parts go out as they were written; then those that differ are edited."""
    await desk.chat(length=-1)
    desk.platform.answer("1001", Sent("m1"), Uncertain("timeout"))
    await desk.look(replace(NEW, doc=body("一" * 100)))
    async with desk.world.running(desk.lane()) as lane:
        await desk.world.clock.sleep(1.5)
        await desk.look(renamed("newer", replace(NEW, doc=body("一" * 99 + "二"))))
        lane.wake()
        await desk.world.clock.sleep(120)
    assert [edit.part.number for edit in desk.platform.edits] == [0, 1]
    assert len(desk.platform.requests) == 3
    assert min(edit.at for edit in desk.platform.edits) > max(desk.platform.times())


# -- crashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("where", ["claim_edits", "record_edits"])
async def test_an_edit_whose_commit_is_lost_is_made_again(
    desk: Desk, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever did not come to be stored: the message ends with the new text, and none is sent."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    await desk.look(renamed("newer"))
    real, failures = getattr(Work, where), [OSError("disk"), OSError("disk")]

    async def fails(work: Work, *args: object) -> object:
        found = await real(work, *args)
        if failures:
            raise failures.pop()
        return found

    monkeypatch.setattr(Work, where, fails)
    await desk.deliver(120)
    assert {text.split("\n")[0] for text in desk.edited()} == {"newer"}
    assert (len(desk.platform.requests), await desk.waiting()) == (1, 0)


@pytest.mark.asyncio
async def test_a_restart_before_an_edit_is_recorded_finds_it_again(desk: Desk) -> None:
    """What was under way when the process ended is made once more by the next one."""
    await desk.chat()
    await desk.look(NEW)
    await desk.deliver()
    await desk.look(renamed("newer"))

    async def never(_: object) -> Outcome:
        await desk.world.clock.sleep(3600)
        return Sent("m1")

    desk.platform.answer_edits("1001", never)
    async with desk.world.running(desk.lane()):
        await desk.world.clock.sleep(5)
    assert desk.platform.edits == []
    await desk.deliver()
    assert [text.split("\n")[0] for text in desk.edited()] == ["newer"]
    assert (len(desk.platform.requests), await desk.waiting()) == (1, 0)


@pytest.mark.asyncio
async def test_many_messages_are_marked_piece_by_piece(desk: Desk) -> None:
    """A post that changes again while its messages are being marked begins anew; all of them end with the last text."""
    chats = [await desk.world.subscribe(str(number)) for number in range(1, 36)]
    await desk.look()
    await desk.look(NEW)
    await desk.deliver()
    for title in ("newer", "newest"):
        await desk.glance(renamed(title))
        for marked in (10, 20):
            async with desk.world.store.begin() as work:
                assert await work.expand(10, desk.world.clock.now())
            assert await desk.world.rows("SELECT count(*) FROM edit") == [(marked,)]
        await desk.deliver(30)
        assert len(desk.edited()) == (20 if title == "newer" else 40)
    await desk.look(renamed("newest"))
    await desk.deliver(30)
    assert sorted(text.split("\n")[0] for text in desk.edited()) == ["newer"] * 20 + ["newest"] * len(chats)
    assert await desk.waiting() == 0


# -- a draft that leaked ----------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_leaked_draft_is_pushed_to_those_who_did_not_have_it_once_it_is_a_post(desk: Desk) -> None:
    """Chats without topics got it and see it edited; one whose topic it turns out to have gets it, others do not."""
    await desk.chat()
    for place, topic in (("2", "diffusion"), ("3", "python")):
        await desk.world.subscribe(place, topics=(topic,))
    draft = replace(NEW, title="", doc=Doc())
    await desk.look(draft)
    await desk.deliver()
    assert [each.place for each in desk.platform.requests] == ["1001"]
    await desk.look(replace(NEW, title="扩散模型"))
    await desk.deliver()
    await desk.look(replace(NEW, title="扩散模型，python"))
    await desk.deliver()
    assert [each.place for each in desk.platform.requests] == ["1001", "2"]
    assert [edit.part.address.place for edit in desk.platform.edits] == ["1001", "2", "1001"]


@pytest.mark.asyncio
@pytest.mark.parametrize("first", [replace(NEW, doc=Doc()), replace(NEW, title="")])
async def test_a_change_is_never_pushed_to_another_chat(desk: Desk, first: Sighting) -> None:
    """Where the first version had a title or a text, what it says later is no news, not even after an empty one."""
    await desk.chat()
    await desk.world.subscribe("2", topics=("diffusion",))
    await desk.look(first)
    await desk.look(replace(first, title="", doc=Doc()))
    await desk.look(replace(first, title="扩散模型", doc=body("扩散模型。")))
    await desk.deliver()
    assert {each.place for each in desk.platform.requests} == {"1001"}


@pytest.mark.asyncio
@pytest.mark.parametrize("late", [True, False])
async def test_what_was_no_news_becomes_none_by_being_filled_in(desk: Desk, *, late: bool) -> None:
    """An empty entry that was there before the bot, or that stayed empty for two days, is not pushed."""
    draft = replace(NEW, title="", doc=Doc())
    chat = await desk.world.subscribe("2", topics=("diffusion",))
    if late:
        await desk.look()
    await desk.look(draft)
    if late:
        await desk.world.clock.sleep(49 * 3600)
    await desk.look(replace(NEW, title="扩散模型"))
    await desk.deliver()
    assert (desk.platform.requests, await desk.world.states(chat)) == ([], {})
