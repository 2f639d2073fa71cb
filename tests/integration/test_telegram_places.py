"""Everywhere that Telegram has: channels from afar, threads, greetings, untold rights, questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.core.models import Address, Chat, Choice, Notice, PlaceKind, Reply
from bot.core.ports import Ask
from bot.platforms.telegram import clerk
from bot.reading.doc import Doc, paragraph
from tests.emulators import telegram_deeds as deeds
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_bot import GROUP, Bot, said
from tests.emulators.telegram_world import Entry

CHANNEL = -1001234567
FORUM = -1009876543
OWNER = 5
STRANGER = 6


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give an emulator with a group, a forum and a channel."""
    async with Telegram() as server:
        add = server.world.add_chat
        add(GROUP, "supergroup", title="读书会", members={8: "administrator"})
        add(FORUM, "supergroup", title="论坛", forum=True, threads={7: True}, members={8: "administrator"})
        add(CHANNEL, "channel", title="频道", username="paper_news", members={OWNER: "creator"})
        yield server


@pytest.fixture
def bot(telegram: Telegram) -> Bot:
    """Give the bot, not listening yet."""
    made = Bot(telegram, "start", "subscribe", "latest")
    made.house.admin_commands = {"subscribe", "topics", "channels"}
    return made


def texts(bot: Bot, chat: int) -> list[str]:
    """Give what stands in a chat."""
    return [entry.text for entry in bot.world.ledger if entry.chat == chat]


def grid(ask: Ask) -> Reply:
    """Answer with a button, or to its press with the same message changed."""
    return Reply(
        Notice(Doc((paragraph(f"{ask.name} {ask.args}".strip()),)), choices=((Choice("扩散", command="topics +d"),),)),
        edits=ask.pressed,
    )


def links(entry: Entry) -> list[str]:
    """Give where a message leads."""
    return [one["url"] for one in entry.entities if one["type"] == "text_link"]


# -- channels from a private chat -------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_channel_is_managed_from_a_private_chat(bot: Bot) -> None:
    """``/subscribe @channel`` is about the channel and answered privately; its buttons go on being about it."""
    bot.desk.then = grid
    async with bot.listening():
        await bot.settled(bot.world.say(OWNER, OWNER, "/subscribe @Paper_News blog"))
        (entry,) = bot.world.ledger
        await bot.settled(bot.world.press(OWNER, entry.message_id, "扩散", OWNER))
    first, second = bot.desk.asked
    assert (str(first.address), first.kind, first.place_title) == (f"telegram:{CHANNEL}", PlaceKind.CHANNEL, "频道")
    assert (first.name, first.args, first.asker.admin, first.speaks) == ("subscribe", "blog", True, "zh")
    assert (str(second.address), second.name, second.args) == (f"telegram:{CHANNEL}", "topics", "+d")
    assert [(one.chat, one.method) for one in bot.world.ledger] == [(OWNER, "sendMessage"), (OWNER, "editMessageText")]
    assert entry.text.startswith("📢 频道")
    assert links(entry) == [f"https://t.me/c/1234567#{CHANNEL}"]
    assert entry.keyboard[0][0]["callback_data"] == "@topics +d"


@pytest.mark.asyncio
async def test_rights_in_a_channel_are_read_at_every_effect(bot: Bot) -> None:
    """Who is no admin, or no longer one, changes nothing, and reads why."""
    bot.desk.then = grid
    async with bot.listening():
        await bot.settled(bot.world.say(STRANGER, STRANGER, "/topics @paper_news"))
        await bot.settled(bot.world.say(OWNER, OWNER, "/topics @paper_news"))
        message = bot.world.ledger[-1].message_id
        bot.world.chats[CHANNEL].members[OWNER] = "member"
        await bot.settled(bot.world.press(OWNER, message, "扩散", OWNER))
    assert len(bot.desk.asked) == 1
    assert texts(bot, STRANGER) == ["「频道」的设置只有它的管理员能看和改。"]
    assert texts(bot, OWNER)[-1] == texts(bot, STRANGER)[0]


@pytest.mark.asyncio
async def test_a_channel_that_is_not_there_is_said(bot: Bot) -> None:
    """A slip in the name, and a channel without us, are answered with what to do."""
    await bot.hears(lambda: bot.world.say(OWNER, OWNER, "/subscribe @no_such_channel"))
    assert bot.desk.asked == []
    assert "我不在里面" in texts(bot, OWNER)[0]
    assert "no_such_channel" in texts(bot, OWNER)[0]


@pytest.mark.asyncio
async def test_a_minus_word_is_no_channel(bot: Bot) -> None:
    """Arguments that only look a little like a channel's number stay arguments."""
    asked = await bot.hears(lambda: bot.world.say(OWNER, OWNER, "/filter -2024"))
    assert [(str(ask.address), ask.args) for ask in asked] == [("telegram:5", "-2024")]


@pytest.mark.asyncio
async def test_the_picker_connects_a_channel_and_channels_lists_it(bot: Bot) -> None:
    """The key opens Telegram's list; what is picked is asked about; later it is a button, as long as rights last."""
    pick = Choice("选择频道", command="channels", picks="channel")

    def then(ask: Ask) -> Reply:
        return Reply(Notice(Doc((paragraph("频道："),)), choices=((pick,),) if ask.kind is PlaceKind.PRIVATE else ()))

    bot.desk.then = then
    async with bot.listening():
        await bot.settled(bot.world.say(OWNER, OWNER, "/channels"))
        key = bot.world.ledger[1].payload["reply_markup"]["keyboard"][0][0]
        assert key["request_chat"]["chat_is_channel"] is True
        assert key["request_chat"]["bot_administrator_rights"]["can_post_messages"] is True
        await bot.settled(deeds.share(bot.world, OWNER, OWNER, "选择频道", CHANNEL))
        await bot.settled(bot.world.say(OWNER, OWNER, "/channels"))
        listed = next(entry for entry in reversed(bot.world.ledger) if entry.keyboard)
        await bot.settled(bot.world.press(OWNER, listed.message_id, "频道", OWNER))
        bot.world.chats[CHANNEL].members[OWNER] = "left"
        await bot.settled(bot.world.say(OWNER, OWNER, "/channels"))
    assert [str(ask.address) for ask in bot.desk.asked] == [
        "telegram:5",
        f"telegram:{CHANNEL}",
        "telegram:5",
        f"telegram:{CHANNEL}",
        "telegram:5",
    ]
    assert {ask.name for ask in bot.desk.asked} == {"channels"}
    assert not bot.world.ledger[-2].keyboard


@pytest.mark.asyncio
async def test_a_sample_can_be_shown_in_the_channel_itself(bot: Bot) -> None:
    """[Sample there] posts it where all readers see it; the asker is told."""

    def then(ask: Ask) -> Reply:
        if ask.name == "latest":
            return Reply(Notice(Doc((paragraph("正文"),)), title=f"样例 {ask.args}"))
        return Reply(Notice(Doc((paragraph("x"),)), choices=((Choice("在那里发样例", command="latest there"),),)))

    bot.desk.then = then
    async with bot.listening():
        await bot.settled(bot.world.say(OWNER, OWNER, "/channels @paper_news"))
        await bot.settled(bot.world.press(OWNER, bot.world.ledger[0].message_id, "在那里发样例", OWNER))
    assert texts(bot, CHANNEL) == ["样例 1\n\n正文"]
    assert bot.world.answers[-1]["text"] == "样例已发出。"


@pytest.mark.asyncio
async def test_a_command_in_a_channel_is_deleted_where_that_is_allowed(bot: Bot) -> None:
    """Readers of the channel need not see it; where it may not be deleted it stays."""
    async with bot.listening():
        await bot.settled(bot.world.say(CHANNEL, None, "/subscribe"))
        bot.world.fault("answer", method="deleteMessage", code=400, description="Bad Request: message can't be deleted")
        await bot.settled(bot.world.say(CHANNEL, None, "/topics"))
    deleted = [one for one in bot.world.requests if one.method == "deleteMessage"]
    assert len(deleted) == 2
    assert [one.status for one in deleted] == [200, 400]
    assert texts(bot, CHANNEL).count("好") == 2


# -- rights that Telegram does not tell -------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("status", ["hidden", "left"])
async def test_an_unverifiable_press_says_how_else(bot: Bot, status: str) -> None:
    """An anonymous admin presses as a person whom the list does not show: typing works all the same."""
    bot.desk.then = grid
    group = bot.world.chats[GROUP]
    if status == "hidden":
        group.hidden = frozenset({9})
    else:
        group.members[9] = "left"
    async with bot.listening():
        await bot.settled(bot.world.say(GROUP, 9, "/topics", anonymous=True))
        await bot.settled(bot.world.press(GROUP, bot.world.ledger[0].message_id, "扩散", 9))
    assert len(bot.desk.asked) == 1
    (told,) = bot.world.answers
    assert "/topics" in told["text"]
    assert told["show_alert"] is True


@pytest.mark.asyncio
async def test_somebody_elses_keyboard_is_answered(bot: Bot) -> None:
    """A member who presses an admin's grid is asked about as a member, and the house says so."""

    def then(ask: Ask) -> Reply:
        return grid(ask) if ask.asker.admin else Reply(Notice(Doc()), toast="只有管理员能改")

    bot.desk.then = then
    async with bot.listening():
        await bot.settled(bot.world.say(GROUP, 8, "/topics"))
        await bot.settled(bot.world.press(GROUP, bot.world.ledger[0].message_id, "扩散", 77))
    assert bot.world.answers[-1]["text"] == "只有管理员能改"
    assert len(bot.world.ledger) == 1


@pytest.mark.asyncio
async def test_a_button_whose_message_no_longer_says_its_channel_is_too_old(bot: Bot) -> None:
    """It must not fall back to the private chat itself."""
    await bot.hears(
        lambda: bot.world.say(OWNER, OWNER, "/help"),
        lambda: bot.world.callback(OWNER, bot.world.ledger[0].message_id, "@topics +d", OWNER),
    )
    assert len(bot.desk.asked) == 1
    assert "太旧" in bot.world.answers[0]["text"]


@pytest.mark.asyncio
async def test_help_names_channels_where_it_works(bot: Bot) -> None:
    """The one command that Telegram alone has is listed privately; not in groups, not in help about another."""
    await bot.hears(
        lambda: bot.world.say(OWNER, OWNER, "/help"),
        lambda: bot.world.say(OWNER, OWNER, "/help topics"),
        lambda: bot.world.say(GROUP, 8, "/help"),
    )
    assert ["/channels" in entry.text.replace("\u2060", "") for entry in bot.world.ledger] == [True, False, False]


# -- answers that only their asker sees -------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_answers_in_a_group_may_be_for_their_asker_alone(telegram: Telegram) -> None:
    """Behind its setting: sent and changed unseen by others; privately, as the group and for /latest as usual."""
    bot = Bot(telegram, "start", "subscribe", "latest", ephemeral_answers=True)
    bot.desk.then = grid
    async with bot.listening():
        await bot.settled(bot.world.say(GROUP, 8, "/topics"))
        (entry,) = bot.world.ledger
        await bot.settled(bot.world.press(GROUP, entry.message_id, "扩散", 8))
        await bot.settled(bot.world.say(GROUP, 8, "/latest"))
        await bot.settled(bot.world.say(GROUP, 8, "/topics", anonymous=True))
        await bot.settled(bot.world.say(OWNER, OWNER, "/topics"))
    seen = ["ephemeral_message_parameters" not in one.payload for one in bot.world.ledger]
    assert [one.method for one in bot.world.ledger][:2] == ["sendMessage", "editEphemeralMessageText"]
    assert entry.payload["ephemeral_message_parameters"] == {"receiver_user_id": 8}
    assert bot.world.ledger[1].message_id == entry.message_id
    assert seen[2:] == [True, True, True]


@pytest.mark.asyncio
async def test_where_telegram_knows_no_unseen_answers_they_are_seen(telegram: Telegram) -> None:
    """An older server refuses: the answer is there for all, with its buttons. Without the setting nothing is tried."""
    bot = Bot(telegram, "start", "subscribe", "latest", ephemeral_answers=True)
    bot.desk.then = grid
    bot.world.fault("answer", chat=GROUP, method="sendMessage", code=400, description="Bad Request: unknown parameter")
    await bot.hears(lambda: bot.world.say(GROUP, 8, "/topics"))
    (entry,) = bot.world.ledger
    assert entry.keyboard
    assert "ephemeral_message_parameters" not in entry.payload
    usual = Bot(telegram, "start", "subscribe", "latest")
    await usual.hears(lambda: usual.world.say(GROUP, 8, "/topics"))
    assert "ephemeral_message_parameters" not in usual.world.ledger[-1].payload


# -- places -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_new_group_is_greeted_once(bot: Bot) -> None:
    """One greeting with the command to tap; not in channels, not privately, not where we were before."""
    bot.house.chats[Address("telegram", str(FORUM))] = Chat(3, Address("telegram", str(FORUM)), PlaceKind.GROUP, 3)
    await bot.hears(
        lambda: bot.world.join(GROUP, 8),
        lambda: bot.world.join(FORUM, 8),
        lambda: bot.world.join(CHANNEL, OWNER, "administrator"),
        lambda: bot.world.member(OWNER, OWNER, "kicked", "member"),
        lambda: bot.world.member(GROUP, 8, "member", "administrator"),
    )
    (entry,) = bot.world.ledger
    assert entry.chat == GROUP
    assert entry.text.endswith("\n/subscribe@incoming_test_bot")
    assert [address.place for address in bot.house.opened] == [str(GROUP), str(FORUM), str(CHANNEL), "5", str(GROUP)]
    assert bot.desk.asked == []


@pytest.mark.asyncio
async def test_a_forum_is_told_of_its_threads(bot: Bot) -> None:
    """The greeting stands in General and says that each thread has its own subscription."""
    await bot.hears(lambda: bot.world.join(FORUM, 8))
    assert (bot.world.ledger[0].thread, "每个话题各有自己的订阅" in bot.world.ledger[0].text) == (None, True)


@pytest.mark.asyncio
async def test_where_we_may_not_write_the_adder_is_greeted(bot: Bot) -> None:
    """A group in which only admins write: who added us reads it privately."""
    bot.world.fault(
        "answer", chat=GROUP, code=400, description="Bad Request: not enough rights to send text messages to the chat"
    )
    await bot.hears(lambda: bot.world.join(GROUP, 8))
    assert [entry.chat for entry in bot.world.ledger] == [8]


@pytest.mark.asyncio
async def test_a_thread_that_opens_again_is_told(bot: Bot) -> None:
    """The service message opens that thread alone."""
    bot.world.thread(FORUM, 7, is_open=False)
    await bot.hears(lambda: deeds.reopen(bot.world, FORUM, 7, 8))
    assert bot.house.opened == [Address("telegram", str(FORUM), "7")]


@pytest.mark.asyncio
@pytest.mark.parametrize("both", [True, False])
async def test_a_discussion_group_beside_its_channel_is_warned(bot: Bot, *, both: bool) -> None:
    """Each post would be there twice; one of the two alone is nothing to warn of."""
    bot.world.chats[GROUP].linked = CHANNEL
    here, there = Address("telegram", str(GROUP)), Address("telegram", str(CHANNEL))
    bot.house.subscribed = {here, there} if both else {here}
    bot.house.chats[there] = Chat(4, there, PlaceKind.CHANNEL, 4, title="频道")
    await bot.hears(lambda: bot.world.say(GROUP, 8, "/subscribe"), lambda: bot.world.say(GROUP, 7, "/help"))
    assert [("「频道」也订阅了" in text) for text in texts(bot, GROUP)] == [both, False]


# -- questions --------------------------------------------------------------------------------------------------------


def asking(ask: Ask) -> Reply:
    """Ask for words where none are given."""
    question = Notice(Doc((paragraph("哪些词？"),)), choices=((Choice("不过滤", command="filter off"),),))
    return said(f"{ask.name}:{ask.args}") if not ask.name or ask.args else Reply(question, asks=True)


@pytest.mark.asyncio
async def test_a_question_in_a_group_forces_the_reply_and_hears_it(bot: Bot) -> None:
    """Privacy mode hides everything but replies to us; what answers is an ask without a name, its rights read."""
    bot.desk.then = asking
    async with bot.listening():
        number = bot.world.say(GROUP, 8, "/filter")
        await bot.settled(number)
        question = bot.world.ledger[0]
        await bot.settled(deeds.answer(bot.world, GROUP, 8, "flow -python", question.message_id))
    assert question.payload["reply_markup"] == {"force_reply": True, "selective": True}
    assert question.payload["reply_parameters"]["message_id"] == question.message_id - 1
    asked = bot.desk.asked[1]
    assert (asked.name, asked.args, asked.asker.id, asked.asker.admin) == ("", "flow -python", "8", True)


@pytest.mark.asyncio
async def test_an_answer_to_a_question_about_a_channel_is_about_the_channel(bot: Bot) -> None:
    """The question says which place it is about, and its answer means that place."""
    bot.desk.then = asking
    async with bot.listening():
        await bot.settled(bot.world.say(OWNER, OWNER, "/filter @paper_news"))
        message = bot.world.ledger[0].message_id
        await bot.settled(deeds.answer(bot.world, OWNER, OWNER, "flow", message))
    assert [str(ask.address) for ask in bot.desk.asked] == [f"telegram:{CHANNEL}"] * 2
    assert bot.desk.asked[1].args == "flow"


@pytest.mark.asyncio
async def test_private_words_may_be_an_answer_and_buttons_stay(bot: Bot) -> None:
    """Privately nothing is hidden from us: the question keeps its buttons."""
    bot.desk.then = asking
    asked = await bot.hears(
        lambda: bot.world.say(OWNER, OWNER, "/filter"), lambda: bot.world.say(OWNER, OWNER, "flow matching")
    )
    assert [(ask.name, ask.args) for ask in asked] == [("filter", ""), ("", "flow matching")]
    assert bot.world.ledger[0].keyboard[0][0]["text"] == "不过滤"


@pytest.mark.asyncio
async def test_a_reply_to_somebody_else_is_no_answer(bot: Bot) -> None:
    """In a group only what answers us is ours."""
    other: dict[str, Any] = {"message_id": 1, "from": {"id": 9, "username": "other_bot"}}
    asked = await bot.hears(lambda: bot.world.say(GROUP, 8, "flow", extra={"reply_to_message": other}))
    assert asked == []


# -- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_press_whose_answer_takes_long_stops_waiting_at_once(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The circle goes away before the look is over; what would have been a toast becomes a message."""
    monkeypatch.setattr(clerk, "PATIENCE", 0.0)
    gate = asyncio.Event()

    async def answer(ask: Ask) -> Reply:
        if ask.pressed:
            await gate.wait()
            return Reply(Notice(Doc()), toast="看过了")
        return grid(ask)

    async with bot.platform.listen(answer):
        await bot.settled(bot.world.say(OWNER, OWNER, "/feeds"))
        number = bot.world.press(OWNER, bot.world.ledger[0].message_id, "扩散", OWNER)
        await bot.until(lambda: len(bot.world.answers) == 1)
        gate.set()
        await bot.settled(number)
    assert len(bot.world.answers) == 1
    assert texts(bot, OWNER)[-1] == "看过了"


@pytest.mark.asyncio
async def test_an_answer_is_drawn_by_the_chats_own_settings(bot: Bot) -> None:
    """Dates are said in the chat's language; where the answer brings no settings, the house is asked for them."""
    chat = Chat(1, Address("telegram", "5"), PlaceKind.PRIVATE, 1, language="en")
    when = bot.house.clock.now()
    bot.desk.reply = Reply(Notice(Doc(), title="T", date=when), chat=chat)
    await bot.hears(lambda: bot.world.say(OWNER, OWNER, "/latest"))
    bot.desk.reply = replace(bot.desk.reply, chat=None)
    bot.house.chats[chat.address] = replace(chat, language="zh")
    await bot.hears(lambda: bot.world.say(OWNER, OWNER, "/latest"))
    assert texts(bot, OWNER) == ["T\n1 Jan 2026", "T\n2026年1月1日"]


@pytest.mark.asyncio
async def test_our_own_commands_can_be_tapped_in_lists_and_nowhere_else(bot: Bot) -> None:
    """An answer that lists commands is there to be tapped; a title that looks like a command is none."""
    bot.desk.reply = said("/start – 开始\n最近一篇：/start 它")
    await bot.hears(lambda: bot.world.say(OWNER, OWNER, "/list"))
    bot.desk.reply = Reply(Notice(Doc(), title="/start 怎么用"))
    await bot.hears(lambda: bot.world.say(OWNER, OWNER, "/latest"))
    assert texts(bot, OWNER) == ["/start – 开始\n最近一篇：/\u2060start 它", "/\u2060start 怎么用"]


@pytest.mark.asyncio
async def test_menus_differ_by_who_reads_them(bot: Bot) -> None:
    """Members of a group see what they may use, its admins everything for a group, private chats everything."""
    await bot.hears(lambda: bot.world.say(OWNER, OWNER, "/start"))
    menus = {
        scope: [one["command"] for one in commands]
        for (scope, language), commands in bot.world.commands.items()
        if language == "zh"
    }
    assert menus == {
        "default": ["start", "subscribe", "latest", "channels"],
        "all_private_chats": ["start", "subscribe", "latest", "channels"],
        "all_group_chats": ["latest"],
        "all_chat_administrators": ["subscribe", "latest"],
    }
