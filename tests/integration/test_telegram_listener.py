from __future__ import annotations

import asyncio
import contextlib
import errno
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.core.errors import ConfigError
from bot.core.models import Address, Choice, Notice, PlaceKind, Reply
from bot.core.ports import Ask
from bot.platforms.telegram import listener, platform, polling
from bot.platforms.telegram.flood import PLACES, Turnstile
from bot.reading.doc import CodeSpan, Doc, paragraph
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_bot import GROUP, Bot, Desk, said
from tests.emulators.telegram_doors import START

SECRET = "不要写进日志的话"


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give an emulator without limits."""
    async with Telegram() as server:
        server.world.add_chat(GROUP, "supergroup", title="读书会", members={8: "administrator", 9: "creator"})
        yield server


@pytest.fixture
def bot(telegram: Telegram) -> Bot:
    """Give the bot, not listening yet."""
    return Bot(telegram)


# -- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_command_is_asked_and_its_answer_arrives(bot: Bot) -> None:
    """The whole way: typed, stored, asked, answered in the same chat, paced, done."""
    (ask,) = await bot.hears(lambda: bot.world.say(5, 5, "/Topics  扩散模型 +flow \n", language="en"))
    assert ask == Ask(
        address=Address("telegram", "5"),
        kind=PlaceKind.PRIVATE,
        place_title="",
        asker=ask.asker,
        name="topics",
        args="扩散模型 +flow",
        now=ask.now,
        update=1000,
    )
    assert (ask.asker.id, ask.asker.admin, ask.asker.language) == ("5", True, "en")
    assert [(entry.chat, entry.text) for entry in bot.world.ledger] == [(5, "好")]
    assert bot.house.paced == [(Address("telegram", "5"), PlaceKind.PRIVATE)]
    assert set(bot.house.inbox.raw) == bot.house.inbox.finished == {1000}


@pytest.mark.asyncio
async def test_what_is_no_command_of_ours_is_passed_over(bot: Bot) -> None:
    """A group's talk, another bot's command, a forwarded command and a picture are dealt with by not answering."""
    asked = await bot.hears(
        lambda: bot.world.say(GROUP, 5, SECRET),
        lambda: bot.world.say(GROUP, 5, "/start@some_other_bot"),
        lambda: bot.world.say(5, 5, "/stop", extra={"forward_origin": {"type": "hidden_user", "date": 1}}),
        lambda: bot.world.say(5, 5, "", extra={"photo": []}),
        lambda: bot.world.say(5, 5, "/start@Incoming_Test_Bot 1"),
    )
    assert [(ask.name, ask.args, ask.called) for ask in asked] == [("start", "1", True)]


@pytest.mark.asyncio
async def test_no_answer_means_silence(bot: Bot) -> None:
    """Where the desk has nothing to say, nothing is sent."""
    bot.desk.reply = None
    assert len(await bot.hears(lambda: bot.world.say(GROUP, 5, "/unknown"))) == 1
    assert bot.world.ledger == []


@pytest.mark.asyncio
async def test_a_thread_counts_only_in_forums(bot: Bot) -> None:
    """A thread's message is answered there, General's in General; a reply's number in a plain group is no thread."""
    bot.world.add_chat(-200, "supergroup", title="F", forum=True, threads={7: True})
    asked = await bot.hears(
        lambda: bot.world.say(-200, 5, "/help", thread=7),
        lambda: bot.world.say(-200, 5, "/help"),
        lambda: bot.world.say(GROUP, 5, "/help", extra={"message_thread_id": 3}),
    )
    assert [str(ask.address) for ask in asked] == ["telegram:-200:7", "telegram:-200", "telegram:-100"]
    assert [(entry.chat, entry.thread) for entry in bot.world.ledger] == [(-200, 7), (-200, None), (GROUP, None)]


# -- rights -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_rights_are_read_for_the_request_that_needs_them(bot: Bot) -> None:
    """Admins and the creator are admins at this very moment; others are not; a harmless command asks nobody."""
    bot.house.admin_commands = {"subscribe"}
    asked = await bot.hears(
        lambda: bot.world.say(GROUP, 8, "/subscribe"),
        lambda: bot.world.say(GROUP, 9, "/subscribe"),
        lambda: bot.world.say(GROUP, 7, "/subscribe"),
        lambda: bot.world.say(GROUP, 8, "/help"),
    )
    assert [ask.asker.admin for ask in asked] == [True, True, False, False]
    assert [ask.place_title for ask in asked] == ["读书会"] * 4
    assert [one.method for one in bot.world.requests].count("getChatMember") == 3


@pytest.mark.asyncio
async def test_rights_that_cannot_be_read_refuse(bot: Bot) -> None:
    """An error of the Bot API makes nobody an admin."""
    bot.world.fault("answer", method="getChatMember", code=400, description="Bad Request: user not found")
    (ask,) = await bot.hears(lambda: bot.world.say(GROUP, 8, "/subscribe"))
    assert ask.asker.admin is False


@pytest.mark.asyncio
async def test_who_writes_as_the_group_is_an_admin_and_who_writes_as_a_channel_is_not(bot: Bot) -> None:
    """Anonymous admins are known by the group's own id, another chat's mask vouches for nothing."""
    mask = {"sender_chat": {"id": -300, "type": "channel", "title": "C"}}
    first, second = await bot.hears(
        lambda: bot.world.say(GROUP, 5, "/subscribe", anonymous=True),
        lambda: bot.world.say(GROUP, 5, "/subscribe", extra=mask),
    )
    assert (first.asker.id, first.asker.admin) == ("-100", True)
    assert (second.asker.id, second.asker.admin) == ("-300", False)


@pytest.mark.asyncio
async def test_a_channels_own_post_is_an_admins_and_a_press_there_is_not(bot: Bot) -> None:
    """Only admins can post in a channel, but every reader can press a button."""
    bot.world.add_chat(-400, "channel", title="C")
    bot.desk.reply = Reply(Notice(Doc((paragraph("选"),)), choices=((Choice("x", command="subscribe x"),),)))
    async with bot.listening():
        await bot.settled(bot.world.say(-400, None, "/subscribe"))
        await bot.settled(bot.world.press(-400, bot.world.ledger[0].message_id, "x", 77))
    first, second = bot.desk.asked
    assert (first.kind, first.asker.admin) == (PlaceKind.CHANNEL, True)
    assert (second.asker.id, second.asker.admin) == ("77", False)


# -- buttons ----------------------------------------------------------------------------------------------------------

GRID = Notice(
    Doc((paragraph("主题"),)),
    choices=((Choice("扩散", command="topics 1 +diffusion", on=False), Choice("读", url="https://blog.example/")),),
)


@pytest.mark.asyncio
async def test_a_press_runs_its_command_and_changes_its_message(bot: Bot) -> None:
    """The button's line comes as a command; the toast is shown; the grid is edited in place."""
    ticked = Choice("扩散", command="topics 1 -diffusion", on=True)

    def then(ask: Ask) -> Reply:
        if not ask.pressed:
            return Reply(GRID)
        return Reply(replace(GRID, choices=((ticked,),)), edits=True, toast="只收扩散")

    bot.desk.then = then
    async with bot.listening():
        await bot.settled(bot.world.say(5, 5, "/topics"))
        message = bot.world.ledger[0].message_id
        await bot.settled(bot.world.press(5, message, "☐ 扩散", 5))
    press = bot.desk.asked[1]
    assert (press.name, press.args, press.pressed, press.called) == ("topics", "1 +diffusion", True, True)
    assert [one["text"] for one in bot.world.answers] == ["只收扩散"]
    assert [(entry.method, entry.message_id) for entry in bot.world.ledger[1:]] == [("editMessageText", message)]
    assert bot.world.ledger[1].keyboard[0][0]["text"] == "✅ 扩散"
    assert len(bot.house.paced) == 2


@pytest.mark.asyncio
async def test_the_same_grid_again_is_fine_and_a_vanished_one_is_sent_anew(bot: Bot) -> None:
    """Pressing twice changes nothing and says nothing; a deleted message is replaced by a new one."""
    bot.desk.then = lambda ask: Reply(GRID, edits=ask.pressed)
    async with bot.listening():
        await bot.settled(bot.world.say(5, 5, "/topics"))
        message = bot.world.ledger[0].message_id
        await bot.settled(bot.world.press(5, message, "☐ 扩散", 5))
        assert len(bot.world.ledger) == 1
        await bot.settled(bot.world.callback(5, message, "topics 1 +diffusion", 5))
        bot.world.fault(
            "answer", method="editMessageText", code=400, description="Bad Request: message to edit not found"
        )
        await bot.settled(bot.world.callback(5, message, "topics 1 +diffusion", 5))
    assert [entry.method for entry in bot.world.ledger] == ["sendMessage", "sendMessage"]
    assert len(bot.world.answers) == 3


@pytest.mark.asyncio
async def test_a_toast_alone_sends_nothing(bot: Bot) -> None:
    """A reply without words of its own only ends the press; its toast is cut to what Telegram shows."""
    bot.desk.then = lambda ask: Reply(Notice(Doc()), toast="x" * 300) if ask.pressed else Reply(GRID)
    async with bot.listening():
        await bot.settled(bot.world.say(5, 5, "/topics"))
        await bot.settled(bot.world.press(5, bot.world.ledger[0].message_id, "☐ 扩散", 5))
    assert len(bot.world.ledger) == 1
    assert bot.world.answers[0]["text"] == "x" * 200


@pytest.mark.asyncio
async def test_a_press_without_an_answer_still_ends(bot: Bot) -> None:
    """The button does not go on waiting where there is nothing to say."""
    bot.desk.then = lambda ask: None if ask.pressed else Reply(GRID)
    async with bot.listening():
        await bot.settled(bot.world.say(5, 5, "/topics"))
        await bot.settled(bot.world.press(5, bot.world.ledger[0].message_id, "☐ 扩散", 5))
    assert (len(bot.world.answers), len(bot.world.ledger)) == (1, 1)


@pytest.mark.asyncio
async def test_callback_data_that_is_no_command_is_passed_over(bot: Bot) -> None:
    """Whatever a client makes up, only a command line is one."""
    bot.desk.reply = Reply(GRID)
    async with bot.listening():
        await bot.settled(bot.world.say(5, 5, "/topics"))
        message = bot.world.ledger[0].message_id
        for data in ("", "/topics 1", "TOPICS", "../../x", "好"):
            await bot.settled(bot.world.callback(5, message, data, 5))
    assert len(bot.desk.asked) == 1
    assert ["太旧" in one.get("text", "") for one in bot.world.answers] == [True] * 5


# -- news of places ---------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_news_of_places_reach_the_house(bot: Bot) -> None:
    """Blocked, removed, muted and upgraded are told; joining needs no word, since /start opens the place."""
    bot.world.add_chat(-500, "group", title="G")
    await bot.hears(
        lambda: bot.world.kick(5, 5),
        lambda: bot.world.join(GROUP, 5),
        lambda: bot.world.member(GROUP, 5, "member", "restricted"),
        lambda: bot.world.member(GROUP, 5, "member", "left"),
        lambda: bot.world.migrate(-500, -1500),
    )
    assert bot.house.closed == [
        (Address("telegram", "5"), "blocked"),
        (Address("telegram", "-100"), "no_rights"),
        (Address("telegram", "-100"), "kicked"),
    ]
    assert bot.house.moved == [("telegram", "-500", "-1500")]
    assert bot.desk.asked == []


@pytest.mark.asyncio
async def test_a_reply_follows_a_group_that_moved(bot: Bot) -> None:
    """The answer to a command goes to the supergroup that the group became meanwhile."""
    bot.world.add_chat(-500, "group", title="G")
    bot.desk.gate = asyncio.Event()
    async with bot.listening():
        number = bot.world.say(-500, 5, "/help")
        await bot.until(lambda: bool(bot.desk.asked))
        bot.world.migrate(-500, -1500)
        bot.desk.gate.set()
        await bot.settled(number)
    assert [entry.chat for entry in bot.world.ledger] == [-1500]


# -- nothing is lost, nothing is done twice ---------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_an_update_is_stored_before_the_next_offset_confirms_it(bot: Bot) -> None:
    """A store that fails keeps the offset where it is: the update comes again and is done once."""
    bot.house.inbox.failures = 2
    first, second = bot.world.say(5, 5, "/one"), bot.world.say(5, 5, "/two")
    async with bot.listening():
        await bot.settled(first)
        await bot.settled(second)
        await bot.until(lambda: bot.world.updates == [])
    assert [ask.name for ask in bot.desk.asked] == ["one", "two"]
    offsets = [one.payload.get("offset") for one in bot.world.requests if one.method == "getUpdates"]
    assert offsets[:3] == [None, None, None]
    assert len(bot.house.clock.slept) == 2


@pytest.mark.asyncio
async def test_what_an_earlier_run_left_behind_is_done_first(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update that was stored but not dealt with is answered by the next run, and one that was is not repeated."""
    monkeypatch.setattr(listener, "FAREWELL", 0.05)
    first, second = bot.world.say(5, 5, "/one"), bot.world.say(5, 5, "/two")
    bot.desk.gate = asyncio.Event()
    with_kill = asyncio.create_task(bot.hears(lambda: first))
    await bot.until(lambda: second in bot.house.inbox.raw and bool(bot.desk.asked))
    with_kill.cancel()
    await asyncio.gather(with_kill, return_exceptions=True)
    bot.house.inbox.finished.add(second)
    assert first not in bot.house.inbox.finished

    bot.desk = Desk()
    async with bot.listening():
        await bot.settled(first)
        await bot.settled(bot.world.say(5, 5, "/three"))
    assert [ask.name for ask in bot.desk.asked] == ["one", "three"]


@pytest.mark.asyncio
async def test_what_was_left_behind_and_cannot_be_marked_keeps_nobody_from_listening(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes nothing more ends nothing: the next command is heard, and that update is passed over again."""

    async def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    bot.house.inbox.raw[1] = "{}"
    monkeypatch.setattr(bot.house.inbox, "done", full)
    async with bot.listening():
        bot.world.say(5, 5, "/one")
        await bot.until(lambda: bool(bot.desk.asked))
    assert bot.house.inbox.finished == set()


@pytest.mark.asyncio
async def test_a_command_that_fails_stops_neither_the_others_nor_itself_for_ever(bot: Bot) -> None:
    """A fault in answering is logged without the words of the chat, and the update is done with."""

    def then(ask: Ask) -> Reply:
        if ask.name == "bad":
            raise RuntimeError
        return said("好")

    bot.desk.then = then
    with capture_logs() as logs:
        await bot.hears(lambda: bot.world.say(5, 5, f"/bad {SECRET}"), lambda: bot.world.say(5, 5, "/good"))
    assert [entry.text for entry in bot.world.ledger] == ["好"]
    assert [one["event"] for one in logs] == ["telegram.update_failed"]
    assert SECRET not in str(logs)


@pytest.mark.asyncio
async def test_an_update_of_an_unknown_shape_is_passed_over(bot: Bot) -> None:
    """What cannot be read is done with, and a command beside fields that nobody knows is heard."""
    bot.world.add_chat(5)
    await bot.hears(
        lambda: bot.world.push("message", {"nonsense": True}),
        lambda: bot.world.push("message", {"text": "/x", "chat": 5, "from": []}),
        lambda: bot.world.push("callback_query", {"data": "x"}),
        lambda: bot.world.push("my_chat_member", {"chat": None}),
        lambda: bot.world.say(5, 5, "/good", extra={"reply_to_message": {"gift": []}, "from": {"id": 5}}),
    )
    assert [ask.name for ask in bot.desk.asked] == ["good"]
    assert set(bot.house.inbox.raw) == bot.house.inbox.finished


@pytest.mark.asyncio
async def test_one_chats_slow_command_holds_up_its_own_chat_only(bot: Bot) -> None:
    """Within a chat the order is kept; another chat is answered meanwhile."""
    gate = asyncio.Event()

    async def answer(ask: Ask) -> Reply:
        bot.desk.asked.append(ask)
        if ask.name == "slow":
            await gate.wait()
        return said(ask.name)

    async with bot.platform.listen(answer):
        slow, after = bot.world.say(5, 5, "/slow"), bot.world.say(5, 5, "/after")
        await bot.settled(bot.world.say(6, 6, "/other"))
        assert [ask.name for ask in bot.desk.asked] == ["slow", "other"]
        gate.set()
        await bot.settled(slow)
        await bot.settled(after)
    assert [entry.text for entry in bot.world.ledger] == ["other", "slow", "after"]


# -- trouble on the line ----------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"code": 409, "description": "Conflict: terminated by other getUpdates request"}, "another program"),
        ({"code": 502, "description": "Bad Gateway"}, "Bad Gateway"),
        ({"code": 429, "description": "x", "parameters": {"retry_after": 9}}, "Flood control"),
    ],
)
async def test_the_poll_goes_on_after_trouble(bot: Bot, fault: dict[str, object], words: str) -> None:
    """Conflicts, 5xx and 429 are logged once, waited out, and reported over."""
    bot.world.fault("answer", method="getUpdates", times=3, **fault)
    with capture_logs() as logs:
        await bot.hears(lambda: bot.world.say(5, 5, "/start"))
    events = [one["event"] for one in logs]
    assert events == ["telegram.poll_failed", "telegram.poll_works_again"]
    assert words in logs[0]["error"]
    waits = bot.house.clock.slept
    assert len(waits) == 3
    assert waits == [9.0] * 3 if "parameters" in fault else waits[0] < waits[1] < waits[2]


@pytest.mark.asyncio
async def test_another_program_with_the_token_is_a_trouble_until_it_ends(bot: Bot) -> None:
    """Commands go astray, though we can send: asked who we are, the platform says so, for a minute after a conflict."""
    bot.world.fault("answer", method="getUpdates", times=2, code=409, description="Conflict: terminated by other")
    async with bot.listening():
        await bot.until(lambda: len(bot.house.clock.slept) == 2)
        with pytest.raises(ConfigError, match="another program polls with this token; end one of the two"):
            await bot.platform.probe()
        await bot.house.clock.sleep(61)
        assert (await bot.platform.probe()).startswith("@")


@pytest.mark.asyncio
async def test_a_bad_token_is_said_with_its_remedy_and_without_the_token(bot: Bot) -> None:
    """A revoked token is told again and again until it is mended; it is never shown."""
    bot.telegram.revoked = True
    with capture_logs() as logs:
        async with bot.listening():
            await bot.until(lambda: len(logs) > 2)
            bot.telegram.revoked = False
            await bot.settled(bot.world.say(5, 5, "/start"))
    assert "@BotFather" in logs[0]["error"]
    assert bot.telegram.token not in str(logs)


@pytest.mark.asyncio
async def test_a_server_that_comes_late_is_waited_for(bot: Bot) -> None:
    """Starting while Telegram is out of reach is no failure."""
    await bot.telegram.__aexit__()
    async with bot.listening():
        await bot.until(lambda: len(bot.house.clock.slept) > 2)
        async with bot.telegram:
            await bot.settled(bot.world.say(5, 5, "/start"))
    assert len(bot.world.ledger) == 1


@pytest.mark.asyncio
async def test_the_poll_is_long(bot: Bot) -> None:
    """One request waits for the next update instead of many asking in vain."""
    async with bot.listening():
        await bot.settled(bot.world.say(5, 5, "/one"))
        await asyncio.sleep(0.05)
        before = [one.method for one in bot.world.requests].count("getUpdates")
        await bot.settled(bot.world.say(5, 5, "/two"))
    polls = [one for one in bot.world.requests if one.method == "getUpdates"]
    assert (before, len(polls)) == (1, 2)
    assert all(one.payload["timeout"] == polling.POLL_SECONDS for one in polls)


@pytest.mark.asyncio
async def test_a_cancellation_that_is_swallowed_is_repeated(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Listening that was told to end just as a request's time was up ends all the same, and the program with it."""
    swallowed = []

    async def swallowing(_: object) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        swallowed.append(1)
        await asyncio.Event().wait()

    monkeypatch.setattr(listener.Listener, "listen", swallowing)
    monkeypatch.setattr(platform, "GOODBYE", 0.01)
    async with asyncio.timeout(5):
        async with bot.listening():
            await asyncio.sleep(0)
    assert swallowed == [1]


@pytest.mark.asyncio
async def test_stopping_is_prompt(bot: Bot) -> None:
    """The end does not wait for the long poll: what Telegram would answer comes fifty seconds later."""
    async with bot.listening():
        await bot.settled(bot.world.say(5, 5, "/one"))
        began = time.monotonic()
    assert time.monotonic() - began < polling.POLL_SECONDS / 2


@pytest.mark.asyncio
async def test_an_answer_under_way_is_finished_at_the_end(bot: Bot) -> None:
    """What was begun when the end came is answered and done."""
    bot.desk.gate = asyncio.Event()
    async with bot.listening():
        number = bot.world.say(5, 5, "/one")
        await bot.until(lambda: bool(bot.desk.asked))
        asyncio.get_running_loop().call_later(0.05, bot.desk.gate.set)
    assert number in bot.house.inbox.finished
    assert len(bot.world.ledger) == 1


# -- replies ----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_reply_waits_out_a_429_and_gives_up_on_a_long_one(bot: Bot) -> None:
    """A short wait is kept, again through the pace; an answer that would come after an hour is let go."""
    bot.world.fault("answer", chat=5, code=429, parameters={"retry_after": 3}, times=1)
    bot.world.fault("answer", chat=6, code=429, parameters={"retry_after": 3600}, times=1)
    with capture_logs() as logs:
        await bot.hears(lambda: bot.world.say(5, 5, "/a"), lambda: bot.world.say(6, 6, "/b"))
    assert [entry.chat for entry in bot.world.ledger] == [5]
    assert 3.0 in bot.house.clock.slept
    assert len(bot.house.paced) == 3
    assert [(one["event"], one["outcome"]) for one in logs] == [("telegram.reply_failed", "Retry")]


@pytest.mark.asyncio
async def test_a_refused_reply_steps_down_to_plain_text(bot: Bot) -> None:
    """The words arrive even where Telegram does not like their looks."""
    bot.desk.reply = Reply(Notice(Doc((paragraph(CodeSpan("x")),))))
    bot.world.fault("answer", code=400, description="Bad Request: can't parse entities")
    await bot.hears(lambda: bot.world.say(5, 5, "/a"))
    assert [(entry.text, entry.entities) for entry in bot.world.ledger] == [("x", ())]


@pytest.mark.asyncio
async def test_a_long_reply_comes_in_parts(bot: Bot) -> None:
    """Every part is paced, and only the first one rings."""
    bot.desk.reply = said("长" * 5000)
    await bot.hears(lambda: bot.world.say(5, 5, "/a"))
    assert [entry.silent for entry in bot.world.ledger] == [False, True]
    assert len(bot.house.paced) == 2


# -- floods -----------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_flood_of_commands_gets_one_polite_answer(bot: Bot) -> None:
    """Twenty a minute are served, the next one is told so once, the others are passed over; other chats go on."""
    async with bot.listening():
        numbers = [bot.world.say(5, 5, "/help") for _ in range(30)]
        numbers.append(bot.world.say(6, 6, "/help"))
        for number in numbers:
            await bot.settled(number)
    flooding = [ask for ask in bot.desk.asked if ask.address.place == "5"]
    assert [ask.name for ask in flooding] == ["help"] * 20 + ["rate-limited"]
    assert 0 < int(flooding[-1].args) <= 60
    assert len(bot.desk.asked) == len(flooding) + 1


def test_the_turnstile_opens_again_and_forgets() -> None:
    """After the minute commands pass again and a new flood is told anew; memory is bounded."""
    stile = Turnstile()
    assert [stile.wait("5", START) for _ in range(21)] == [0.0] * 20 + [60.0]
    assert [stile.tell("5"), stile.tell("5")] == [True, False]
    later = START.replace(minute=2)
    assert stile.wait("5", later) == 0.0
    assert stile.tell("5")
    for place in range(PLACES + 5):
        stile.wait(f"x{place}", later)
    assert len(stile._places) == PLACES


@pytest.mark.asyncio
async def test_half_a_character_deafens_nobody(bot: Bot) -> None:
    """JSON can carry what no database keeps as text: the update is kept without it, and the next one is heard."""
    first, _ = await bot.hears(
        lambda: bot.world.say(5, 5, "/search a\ud83d"),
        lambda: bot.world.say(5, 5, "/help"),
    )
    assert first.args == "a?"
    assert all(raw.encode("utf-8") for raw in bot.house.inbox.raw.values())


def test_a_clock_that_is_set_back_mutes_nobody() -> None:
    """A minute's worth of commands counts for a minute, though the clock then says that it was an hour ahead."""
    stile = Turnstile()
    assert [stile.wait("5", START.replace(hour=3)) for _ in range(21)] == [0.0] * 20 + [60.0]
    assert stile.wait("5", START.replace(hour=2)) == 0.0


# -- menu and one pass ------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_menu_is_registered_by_language(bot: Bot) -> None:
    """Chinese and English have their own descriptions, everybody else reads English; a webhook is taken away."""
    await bot.hears(lambda: bot.world.say(5, 5, "/start"))
    menus = {
        language: texts[0]["description"]
        for (scope, language), texts in bot.world.commands.items()
        if scope == "default"
    }
    assert menus == {"": "Begin", "en": "Begin", "zh": "开始"}
    assert [one.method for one in bot.world.requests][:2] == ["getMe", "deleteWebhook"]


@pytest.mark.asyncio
async def test_a_menu_that_is_refused_does_not_keep_the_bot_from_listening(bot: Bot) -> None:
    """The menu is an ornament."""
    bot.world.fault("answer", method="setMyCommands", code=400, description="Bad Request: BOT_COMMAND_INVALID")
    assert len(await bot.hears(lambda: bot.world.say(5, 5, "/start"))) == 1


@pytest.mark.asyncio
async def test_one_pass_answers_what_waits_and_returns(bot: Bot) -> None:
    """Commands that came meanwhile are answered and confirmed; without any, or without a line, it just ends."""
    bot.world.say(5, 5, "/one")
    bot.world.say(6, 6, "/two")
    await bot.platform.catch_up(bot.desk)
    assert sorted(entry.chat for entry in bot.world.ledger) == [5, 6]
    assert bot.world.updates == []
    await bot.platform.catch_up(bot.desk)
    await bot.telegram.__aexit__()
    with capture_logs() as logs:
        await bot.platform.catch_up(bot.desk)
    await bot.platform.close()
    assert [one["event"] for one in logs] == ["telegram.poll_failed"]
    assert len(bot.desk.asked) == 2
