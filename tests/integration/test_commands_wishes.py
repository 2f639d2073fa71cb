from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.channels import kept_under
from bot.commands.why import NO_POST
from bot.core.models import Address, DeliveryState, Hours, Rhythm, Sighting
from bot.core.ports import Asker
from bot.reading.doc import Doc, paragraph
from bot.store.sqlite import Store
from bot.topics.match import Matcher
from tests.talks import Chat
from tests.unit.fakes import HOME, RULES, button, buttons, text


@pytest.fixture
def chat(filled: Store) -> Chat:
    """Talk privately with the bot, some time after the posts came."""
    return Chat(filled)


async def publish(chat: Chat, title: str, *, tags: tuple[str, ...] = (), body: str = "正文。") -> int:
    """Store a new post with its deliveries, as a look does, an hour later."""
    chat.now += timedelta(hours=1)
    link = f"https://blog.example/new/{title.replace(' ', '-')}"
    sighting = Sighting(guid=title, link=link, title=title, doc=Doc((paragraph(body),)), tags=tags)
    async with chat.store.begin() as work:
        number = await work.add_post(1, sighting, [("guid", title), ("link", link)], title, chat.now)
        (post,) = await work.posts([number])
        await work.want(number, 1, Matcher(RULES).match(post, await work.filters(1)), chat.now)
    return number


async def decide(chat: Chat, post: int, state: DeliveryState, reason: str = "") -> None:
    """Let a delivery come to an end."""
    async with chat.store.begin() as work:
        row = await work._db.execute_fetchall("SELECT id, chat_id FROM delivery WHERE post_id = ?", (post,))
        (found,) = row
        await work.drop(found["id"], found["chat_id"], reason, chat.now, state=state)


async def why(chat: Chat, post: int) -> list[str]:
    """Ask why, and give what is said below the title."""
    return text(await chat.say(f"/why #{post}", pressed=True)).splitlines()[1:]


# -- /why -------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_why_a_post_was_sent(chat: Chat) -> None:
    """The topic and the word by which it came, the time, and what the filter found in it."""
    await chat.say("/topics diffusion")
    await chat.say("/filter 采样")
    number = await publish(chat, "扩散与采样")
    await decide(chat, number, DeliveryState.SENT)
    assert await why(chat, number) == [
        'Sent: its topic is "Diffusion", from the word "扩散".',
        "It fits your filter: it has 采样.",
        "Sent at 21:00",
    ]


@pytest.mark.asyncio
async def test_why_a_post_came_by_its_category_or_because_all_do(chat: Chat) -> None:
    """The blog's own category is named as that; who gets everything is told so."""
    await chat.say("/topics flow-matching")
    number = await publish(chat, "Numbers", tags=("流",))
    await decide(chat, number, DeliveryState.SENT)
    assert (await why(chat, number))[0] == 'Sent: the blog files it under "Flow matching".'
    await chat.say("/subscribe all")
    number = await publish(chat, "Anything")
    await decide(chat, number, DeliveryState.SENT)
    assert (await why(chat, number))[0] == "Sent: this chat gets every post."


@pytest.mark.asyncio
async def test_why_a_post_was_not_sent(chat: Chat) -> None:
    """The filter's word that blocked it, or the topics that it has instead: judged anew, since nothing is stored."""
    await chat.say("/subscribe")
    await chat.say("/filter -python")
    number = await publish(chat, "Python tips again")
    reply = await chat.say(f"/why #{number}")
    assert text(reply).splitlines()[1:] == ["Not sent: your filter -python blocked it."]
    assert "No filter" not in text(await chat.press(reply, "Change filter"))
    await chat.say("/topics diffusion")
    number = await publish(chat, "Matching by hand", tags=("流",))
    assert await why(chat, number) == ["Not sent: its topics are Flow matching; this chat ticked only Diffusion."]
    number = await publish(chat, "Nothing in particular")
    assert await why(chat, number) == ["Not sent: it has no topic; this chat ticked only Diffusion."]


@pytest.mark.asyncio
async def test_why_a_post_from_before_was_not_sent(chat: Chat) -> None:
    """Posts that were there before the chat subscribed are told apart from those that did not pass."""
    assert text(await chat.say("/why https://blog.example/1")).endswith("this chat is not subscribed to A Blog.")
    await chat.say("/subscribe")
    assert await why(chat, 1) == ["Not sent: it is older than this chat's subscription, made at 20:00."]
    await chat.say("/filter -python")
    number = await publish(chat, "Python for later")
    await chat.say("/filter off")
    assert await why(chat, number) == ["Not sent when it came. It would pass the topics and filter of today."]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (DeliveryState.DROPPED, "filter", "Not sent: topics or filter were narrowed before it could go."),
        (DeliveryState.DROPPED, "unsubscribed", "Not sent: this chat unsubscribed before it could go."),
        (DeliveryState.DEAD, "unconfirmed", "Perhaps sent: it was never confirmed"),
        (DeliveryState.DEAD, "rejected: too long", "Not delivered: rejected: too long."),
        (DeliveryState.HELD, "rekeyed", "Held: the blog seems to have renumbered old posts"),
        (DeliveryState.HELD, "blocked", "Held: I could not write here then (blocked)."),
    ],
)
async def test_why_a_delivery_came_to_nothing(chat: Chat, state: DeliveryState, reason: str, said: str) -> None:
    """Dropped, dead and held deliveries say what became of them."""
    await chat.say("/subscribe")
    number = await publish(chat, "News")
    await decide(chat, number, state, reason)
    assert (await why(chat, number))[0].startswith(said)


@pytest.mark.asyncio
async def test_why_a_post_waits(chat: Chat) -> None:
    """A post on its way says for what it waits: nothing, the digest, quiet hours, the end of a pause."""
    await chat.say("/subscribe")
    number = await publish(chat, "News")
    assert await why(chat, number) == ["It is on its way."]
    await chat.say("/settings quiet 20:00-23:00")
    assert await why(chat, number) == ["It waits until quiet hours end, at 23:00."]
    await chat.say("/digest daily 08:00")
    assert await why(chat, number) == ["It waits for the digest of 21 Jan, 08:00."]
    await chat.say("/pause 1d")
    assert await why(chat, number) == ["Held: this chat is paused until 21 Jan, 21:00."]
    assert text(await chat.say("/status")).splitlines()[-2:] == [
        "Paused until 21 Jan, 21:00. Posts are kept and listed when you resume.",
        "A digest comes daily at 08:00; the next one on 21 Jan, 08:00.",
    ]
    await chat.say("/resume")
    assert await why(chat, number) == ["Held: it came during a pause."]


@pytest.mark.asyncio
async def test_why_alone_lists_the_last_ten(chat: Chat) -> None:
    """Each with whether it came; it says how to learn more about one."""
    assert text(await chat.say("/why")) == "This chat is not subscribed to anything."
    await chat.say("/subscribe")
    await chat.say("/filter -python")
    sent, waits = await publish(chat, "News"), await publish(chat, "More news")
    await decide(chat, sent, DeliveryState.SENT)
    lines = text(await chat.say("/why")).splitlines()
    assert lines[0] == "The last 5 posts:"
    assert lines[1:3] == ["⏳ More news", "✅ News"]
    await publish(chat, "More python")
    assert lines[3] == "○ Python tips"
    assert text(await chat.say("/why")).splitlines()[1] == "– More python"
    assert lines[-1].startswith(
        "✅ sent, ⏳ on its way, ⏸ held, – not sent, ○ older than the subscription or my first look. For one of"
    )
    assert waits > sent
    await chat.say("/pause 2h")
    assert "⏸ More news" in text(await chat.say("/why"))
    await chat.say("/resume")
    await chat.say("/unsubscribe")
    await chat.say("/subscribe")
    marks = {line[2:]: line[0] for line in text(await chat.say("/why")).splitlines()[1:-1]}
    assert (marks["News"], marks["More python"]) == ("✅", "○")


@pytest.mark.asyncio
async def test_why_finds_posts_by_link_number_and_words(chat: Chat) -> None:
    """What was never seen, and what belongs to feeds of others, is not known."""
    await chat.say("/subscribe")
    assert text(await chat.say("/why https://blog.example/2")).splitlines()[0] == "Flow matching by hand"
    assert text(await chat.say("/why matching hand")).splitlines()[0] == "Flow matching by hand"
    for unknown in ("https://elsewhere.example/1", "#99", "没有这样的词", "%"):
        assert text(await chat.say(f"/why {unknown}")).startswith("I have not seen")
    assert text(await chat.say(f"/why {NO_POST}")).startswith("That message is no post of mine.")


@pytest.mark.asyncio
async def test_the_gear_leads_to_why_topics_and_pause(chat: Chat) -> None:
    """In a private chat a notification has a gear beside [Read]; in a group nobody may press it by mistake."""
    await chat.say("/subscribe")
    notification = await chat.say("/latest")
    assert [choice.label for choice in buttons(notification)] == ["Read", "⚙"]
    answer = await chat.press(notification, "⚙")
    assert [choice.label for choice in buttons(answer)] == ["Topics", "Pause", "Settings"]
    assert text(await chat.press(answer, "Pause")).startswith("For how long?")
    group = Chat(chat.store, address=Address("telegram", "-5"))
    await group.say("/subscribe")
    assert [choice.label for choice in buttons(await group.say("/latest"))] == ["阅读原文"]


# -- /pause and /resume -----------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_pause_keeps_posts_and_resume_lists_them(chat: Chat) -> None:
    """What waited and what comes is held; [Resume] lists it once as one list, and [Send them] wants it."""
    await chat.say("/subscribe")
    await publish(chat, "One")
    paused = await chat.say("/pause 2h")
    assert text(paused) == "Paused until 23:00. Posts are kept and listed when you resume."
    await publish(chat, "Two")
    resumed = await chat.press(paused, "Resume")
    assert text(resumed).splitlines() == ["Resumed. 2 posts came meanwhile:", "One", "Two"]
    async with chat.store.begin() as work:
        assert (await work.counts())["wanted"] == 0
    assert text(await chat.say("/resume")) == text(resumed)
    assert text(await chat.press(resumed, "Send them")) == "Here they come, all 2."
    assert text(await chat.press(resumed, "Send them")) == "They have been sent already."
    async with chat.store.begin() as work:
        assert (await work.counts())["wanted"] == 2
    assert text(await chat.say("/resume")) == "Nothing is paused here."


@pytest.mark.asyncio
async def test_talking_to_the_bot_does_not_let_posts_out(chat: Chat) -> None:
    """A pause's posts stay held while settings are changed."""
    await chat.say("/subscribe")
    await publish(chat, "One")
    await chat.say("/pause 7d")
    await chat.say("/settings silent on")
    await chat.say("/subscribe all")
    async with chat.store.begin() as work:
        assert (await work.counts())["held"] == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("2h", "22:00"),
        ("90 min", "21:30"),
        ("３天", "23 Jan, 20:00"),
        ("1w", "27 Jan, 20:00"),
        ("2026-02-01", "1 Feb, 00:00"),
        ("2月1日", "1 Feb, 00:00"),
        ("1-19", "19 Jan 2027, 00:00"),
    ],
)
async def test_pauses_end_when_they_are_told_to(chat: Chat, typed: str, until: str) -> None:
    """Spans and dates, in the chat's own time; a day without a year is the next one."""
    await chat.say("/subscribe")
    assert text(await chat.say(f"/pause {typed}")).startswith(f"Paused until {until}.")


@pytest.mark.asyncio
@pytest.mark.parametrize("days", [0, 400])
async def test_the_examples_of_a_pause_can_be_copied(chat: Chat, days: int) -> None:
    """Whatever the day is: a date that has gone by would be no example."""
    chat.now += timedelta(days=days)
    await chat.say("/subscribe")
    examples = re.findall(r"/pause [\w-]+", text(await chat.say("/pause")))
    assert len(examples) == 3
    for example in examples:
        assert text(await chat.say(example)).startswith("Paused until ")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "typed", ["0h", "400d", "2026-02-30", "2020-01-01", "soon", "99999w", "9999-12-31", "-2h", "13-1"]
)
async def test_what_is_no_time_to_pause_until(chat: Chat, typed: str) -> None:
    """Past, too far, or no time at all: it is said, with examples, and nothing is paused."""
    await chat.say("/subscribe")
    assert "is no time that I understand" in text(await chat.say(f"/pause {typed}"))
    assert text(await chat.say("/resume")) == "Nothing is paused here."


@pytest.mark.asyncio
async def test_pause_alone_asks_and_buttons_answer(chat: Chat) -> None:
    """Three spans are offered; a chat that is paused is told until when."""
    await chat.say("/subscribe")
    asked = await chat.say("/pause")
    assert asked.asks
    assert [choice.label for choice in buttons(asked)] == ["2 hours", "1 day", "7 days"]
    await chat.press(asked, "7 days")
    assert text(await chat.say("/pause")).startswith("Paused until 27 Jan, 20:00.")


# -- /search ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_search_finds_words_anywhere_in_any_spelling(chat: Chat) -> None:
    """Title, category and text; case, width and script do not matter; all words must stand."""
    await publish(chat, "Deep dive", body="这里讲擴散過程。Score Matching 也在内。")
    for words in ("扩散过程", "SCORE matching", "ｄｅｅｐ", "擴散過程 dive"):
        assert "Deep dive" in text(await chat.say(f"/search {words}")), words
    assert "Python tips" in text(await chat.say("/search 信息时代"))
    assert text(await chat.say("/search deep python")) == 'Nothing found for "deep python".'
    assert text(await chat.say("/search 100%")) == 'Nothing found for "100%".'
    assert text(await chat.say("/search blog.example")) == 'Nothing found for "blog.example".'


@pytest.mark.asyncio
async def test_search_has_pages_of_ten(chat: Chat) -> None:
    """Ten titles, the newest first, and [More] for the next ones, numbered on."""
    for number in range(13):
        await publish(chat, f"Note {number}")
    first = await chat.say("/search note")
    assert text(first).splitlines()[1:] == [f"Note {number}" for number in range(12, 2, -1)]
    second = await chat.press(first, "More")
    assert text(second).splitlines()[1:] == ["Note 2", "Note 1", "Note 0"]
    assert buttons(second) == []
    assert (await chat.say("/search")).asks


# -- /digest and /settings --------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_digest_says_when_the_next_one_comes(chat: Chat) -> None:
    """Daily or weekly in the chat's own time, typed in either language or pressed; kept."""
    assert text(await chat.say("/digest")).startswith("Posts come one by one")
    assert text(await chat.say("/digest daily")) == "This chat is not subscribed to anything."
    await chat.say("/subscribe")
    shown = await chat.say("/digest daily 08:00")
    assert text(shown).startswith("A digest comes daily at 08:00; the next one on 21 Jan, 08:00.")
    weekly = await chat.press(shown, "every Monday")
    assert text(weekly).startswith("A digest comes every Monday at 08:00; the next one on 26 Jan, 08:00.")
    await chat.say("/digest 每周五 18:30")
    async with chat.store.begin() as work:
        kept = await work.chat(HOME)
    assert kept is not None
    assert kept.digest == Rhythm(18 * 60 + 30, 4)
    ticked = [choice for choice in buttons(await chat.say("/digest")) if choice.on]
    assert [(choice.label, choice.command) for choice in ticked] == [
        ("every Friday at 18:30", "digest weekly fri 18:30")
    ]
    assert "is no time" in text(await chat.say("/digest hourly"))
    assert text(await chat.say("/digest off")).startswith("Posts come one by one")


@pytest.mark.asyncio
async def test_digest_now(chat: Chat) -> None:
    """[One now] counts what will come; without anything new it says so."""
    await chat.say("/subscribe")
    shown = await chat.say("/digest weekly")
    assert text(await chat.press(shown, "One now")) == "Nothing new yet."
    await publish(chat, "One")
    await publish(chat, "Two")
    assert text(await chat.press(shown, "One now")) == "Here it comes, with 2 posts."
    await chat.say("/pause 2h")
    assert text(await chat.press(shown, "One now")).startswith("Paused until "), "nothing comes before its end"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("length full", "length", -1),
        ("length title", "length", 0),
        ("length 800", "length", 800),
        ("长度 摘要", "length", 480),
        ("formulas rich", "formulas", "rich"),
        ("公式 图片", "formulas", "picture"),
        ("images off", "images", "off"),
        ("图片 开", "images", "below"),
        ("silent 开", "silent", True),
        ("quiet 23:00-08:00", "quiet", Hours(23 * 60, 8 * 60)),
        ("quiet hours 22 – 7", "quiet", Hours(22 * 60, 7 * 60)),
        ("免打扰 关", "quiet", None),
        ("time zone europe/berlin", "timezone", "Europe/Berlin"),
        ("timezone New York", "timezone", "America/New_York"),
        ("时区 柏林", "timezone", "Europe/Berlin"),
        ("時區 東京", "timezone", "Asia/Tokyo"),
        ("tz 北京", "timezone", "Asia/Shanghai"),
        ("hashtags off", "hashtags", False),
        ("limit 5", "cap", 5),
    ],
)
async def test_settings_are_kept(chat: Chat, typed: str, field: str, value: object) -> None:
    """Each setting, by its names in both languages, is stored, and the answer names it."""
    await chat.say("/subscribe")
    await chat.say(f"/settings {typed}")
    async with chat.store.begin() as work:
        kept = await work.chat(HOME)
    assert kept is not None
    assert getattr(kept, field) == value


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("length 3", "full, excerpt, title, or a number of columns from 40 to 4000."),
        ("length 99999", "from 40 to 4000."),
        ("formulas latex", "unicode, rich, picture."),
        ("silent maybe", "on, off."),
        ("quiet 25:00-8", "two different times of day, 00:00 to 24:00, such as 23:00-08:00; or off."),
        ("quiet 8-8", "two different times of day"),
        ("timezone Mars", "a region and a city in it, such as Europe/Berlin"),
        ("timezone Berln", "Europe/Berlin."),
        ("timezone America/New Yrok", "America/New_York."),
        ("timezone york", "America/New_York."),
        ("limit 101", "a number from 1 to 100, or off."),
        ("images 2", "below, off."),
        ("images above", "below, off."),
    ],
)
async def test_settings_refuse_what_does_not_fit(chat: Chat, typed: str, fits: str) -> None:
    """A wrong value changes nothing, and the answer says what would fit."""
    await chat.say("/subscribe")
    async with chat.store.begin() as work:
        before = await work.chat(HOME)
    reason = text(await chat.say(f"/settings {typed}")).splitlines()[0].partition(" does not fit here. What fits: ")
    assert (reason[0], fits in reason[2]) == (f'"{typed.partition(" ")[2]}"', True)
    async with chat.store.begin() as work:
        assert await work.chat(HOME) == before


@pytest.mark.asyncio
async def test_the_nearest_time_zone_is_one_tap_away(chat: Chat) -> None:
    """Who mistypes a city presses what was meant."""
    await chat.say("/subscribe")
    answer = await chat.say("/settings timezone Brelin")
    await chat.press(answer, "Europe/Berlin")
    async with chat.store.begin() as work:
        found = await work.chat(HOME)
    assert (found and found.timezone) == "Europe/Berlin"


@pytest.mark.asyncio
async def test_settings_go_by_buttons_too(chat: Chat) -> None:
    """From the overview to one setting with its choices and back; the formulas' warning is said."""
    await chat.say("/subscribe")
    overview = await chat.say("/settings")
    assert "Formulas · Unicode" in text(overview)
    formulas = await chat.press(overview, "Formulas")
    assert "some clients show nothing" in text(formulas)
    assert button(formulas, "Unicode").on
    done = await chat.press(formulas, "rich")
    assert (done.toast, done.edits) == ("Formulas: rich", True)
    assert "Formulas · rich" in text(done)
    assert text(await chat.say("/settings sillent on")).startswith(
        'There is no setting "sillent". Did you mean silent?'
    )


# -- /stop, /privacy --------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_stop_ends_everything_and_deletes_if_wanted(chat: Chat) -> None:
    """All off with a way back; [Delete my data] leaves no row of the chat, its place or its deliveries."""
    await chat.say("/subscribe")
    await publish(chat, "One")
    stopped = await chat.say("/stop")
    assert await chat.subscriptions() == []
    await chat.press(stopped, "Undo")
    assert len(await chat.subscriptions()) == 1
    await chat.say("/pause")
    connected = kept_under(chat.address)
    async with chat.store.begin() as work:
        await work.set_meta(connected, '["-1001"]')
    gone = await chat.press(await chat.say("/stop"), "Delete my data")
    assert text(gone).startswith("Deleted:")
    async with chat.store.begin() as work:
        assert await work.meta(connected) is None
        for table in ("chat", "place", "subscription", "ended_subscription", "delivery", "queue", "question"):
            (row,) = await work._db.execute_fetchall(f"SELECT count(*) FROM {table}")  # noqa: S608 -- names of our own tables
            assert row[0] == 0, table
    assert text(await chat.say("/stop")) == "Nothing is kept about this chat."
    async with chat.store.begin() as work:
        await work.set_meta(connected, "[]")
    assert text(await chat.say("/stop delete")).startswith("Deleted:")


@pytest.mark.asyncio
async def test_deleting_one_thread_leaves_the_others(filled: Store) -> None:
    """A place goes with its last chat only."""
    threads = [Chat(filled, address=Address("telegram", "-5", thread)) for thread in ("7", "8")]
    for each in threads:
        await each.say("/subscribe")
    await threads[0].say("/stop delete")
    assert len(await threads[1].subscriptions()) == 1


@pytest.mark.asyncio
async def test_privacy_names_what_is_kept(chat: Chat) -> None:
    """It lists what is kept and how to have it deleted, in both languages."""
    assert "/stop" in text(await chat.say("/privacy"))
    chat.asker = replace(chat.asker, language="zh")
    lines = text(await chat.say("/privacy")).splitlines()
    assert (lines[0], [line[0] for line in lines[1:-2]]) == ("我存的只有这些：", ["•"] * 3)
    assert lines[-2] == "你的姓名和你写的话都不存，只有过滤词作为设置留着。这些都不给别人看。"


@pytest.mark.asyncio
async def test_too_many_commands_get_one_polite_answer(chat: Chat) -> None:
    """A platform's turnstile has it said in the chat's language."""
    assert text(await chat.say("/rate-limited 30")) == "One moment, too fast for me. Try again in 30 seconds."


@pytest.mark.asyncio
async def test_who_connects_a_group_is_remembered_until_they_have_their_data_deleted(chat: Chat) -> None:
    """However they subscribed it, to tell them when it closes; of somebody's own chat there is nothing to remember."""

    async def hosts() -> list[str]:
        rows = await chat.store._engine.reader.execute_fetchall("SELECT ref, host FROM place ORDER BY ref")
        return [row["host"] for row in rows]

    await chat.say("/subscribe")
    for place in ("-5", "-6"):
        group = Chat(chat.store, address=Address("telegram", place), asker=Asker(chat.asker.id, admin=True))
        await group.say("/subscribe")
    await Chat(chat.store, address=Address("telegram", "-7"), asker=Asker("8", admin=True)).say("/subscribe")
    assert await hosts() == [chat.asker.id, chat.asker.id, "8", ""]
    await chat.say("/stop delete")
    assert await hosts() == ["", "", "8"]


# -- questions --------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_question_takes_the_next_words_as_its_answer(chat: Chat) -> None:
    """``/filter`` alone asks; what the asker says next is the filter, once."""
    await chat.say("/subscribe")
    assert (await chat.say("/filter")).asks
    assert "Saved: -python" in text(await chat.say(" -python"))
    (subscription,) = await chat.subscriptions()
    assert subscription.filter.query == "-python"
    assert text(await chat.say(" thanks")) == "I understand commands: /help lists them."


@pytest.mark.asyncio
async def test_a_question_is_for_its_asker_and_not_for_ever(chat: Chat) -> None:
    """Ten minutes, one asker, one chat; another command ends it."""
    group = Chat(chat.store, address=Address("telegram", "-5"), asker=Asker("7", admin=True))
    await group.say("/subscribe")
    await group.say("/filter")
    somebody = Chat(chat.store, address=group.address, asker=Asker("8", admin=False))
    assert await somebody.maybe(" -python") is None
    group.now += timedelta(minutes=11)
    assert await group.maybe(" -python") is None
    await group.say("/filter")
    await group.say("/help")
    assert await group.maybe(" -python") is None
    (subscription,) = await group.subscriptions()
    assert subscription.filter.query == ""


@pytest.mark.asyncio
async def test_an_answer_needs_the_rights_of_its_command(chat: Chat) -> None:
    """Who is no admin any more when the answer comes changes nothing."""
    group = Chat(chat.store, address=Address("telegram", "-5"), asker=Asker("7", admin=True))
    await group.say("/subscribe")
    await group.say("/filter")
    group.asker = Asker("7", admin=False)
    assert "只有管理员能改" in text(await group.say(" -python"))
    (subscription,) = await group.subscriptions()
    assert subscription.filter.query == ""
