"""What happens in a channel that is no command of ours stays the channel's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.core.models import Choice, Notice, Reply
from bot.core.ports import Ask
from bot.reading.doc import Doc, paragraph
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_bot import Bot, said

CHANNEL = -1001234567
OWNER = 5
OFFER = Reply(Notice(Doc((paragraph("x"),)), choices=((Choice("在那里发样例", command="latest there"),),)))


@pytest_asyncio.fixture
async def bot() -> AsyncIterator[Bot]:
    """Give the bot of an emulator with a channel."""
    async with Telegram() as server:
        server.world.add_chat(CHANNEL, "channel", title="频道", username="paper_news", members={OWNER: "creator"})
        yield Bot(server)


async def _sampled(bot: Bot, sample: Reply) -> list[Ask]:
    bot.desk.then = lambda ask: sample if ask.name == "latest" else OFFER
    async with bot.listening():
        await bot.settled(bot.world.say(OWNER, OWNER, "/channels @paper_news", language="en"))
        await bot.settled(bot.world.press(OWNER, bot.world.ledger[0].message_id, "在那里发样例", OWNER))
    return bot.desk.asked


@pytest.mark.asyncio
async def test_a_post_of_the_channel_that_looks_like_a_command_stays(bot: Bot) -> None:
    """A post may begin with a slash: what the bot has no answer to it does not delete."""
    bot.desk.reply = None
    await bot.hears(lambda: bot.world.say(CHANNEL, None, "/proc explained: what the kernel tells"))
    assert "deleteMessage" not in [one.method for one in bot.world.requests]


@pytest.mark.asyncio
async def test_a_sample_in_the_channel_speaks_its_language(bot: Bot) -> None:
    """What readers are shown is in the channel's own language, whoever asked for it."""
    asked = await _sampled(bot, replace(said("正文"), notice=Notice(Doc((paragraph("正文"),)), title="样例")))
    assert [(ask.name, ask.speaks) for ask in asked][-1] == ("latest", "")
    assert [entry.chat for entry in bot.world.ledger][-1] == CHANNEL


@pytest.mark.asyncio
async def test_a_channels_readers_are_not_told_that_there_is_no_sample(bot: Bot) -> None:
    """Where no post passes, the asker hears it, and the channel nothing."""
    await _sampled(bot, said("最近 20 篇里没有一篇符合。"))
    assert [entry.chat for entry in bot.world.ledger] == [OWNER, OWNER]
    assert "没有一篇符合" in bot.world.ledger[-1].text


@pytest.mark.asyncio
async def test_words_answer_the_question_that_was_asked_last(bot: Bot) -> None:
    """Asked privately about the channel, who just types answers about it, not what was asked about their own chat."""
    bot.desk.then = lambda ask: replace(OFFER, asks=ask.name == "pause")
    asked = await bot.hears(
        lambda: bot.world.say(OWNER, OWNER, "/pause"),
        lambda: bot.world.say(OWNER, OWNER, "/pause @paper_news"),
        lambda: bot.world.say(OWNER, OWNER, "7d"),
        lambda: bot.world.say(OWNER, OWNER, "8d"),
        lambda: bot.world.say(OWNER, OWNER, "/pause @paper_news"),
        lambda: bot.world.say(OWNER, OWNER, "/help"),
        lambda: bot.world.say(OWNER, OWNER, "9d"),
    )
    mine, channel = f"telegram:{OWNER}", f"telegram:{CHANNEL}"
    assert [str(ask.address) for ask in asked] == [mine, channel, channel, mine, channel, mine, mine]
