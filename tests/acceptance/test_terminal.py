"""What is asked and shown at a terminal: `incoming init`'s questions and `incoming demo`'s conversation."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.parts import load_config
from tests.acceptance.harness import Program
from tests.acceptance.terminal import CTRL_C, CTRL_D, cold_terminal, terminal
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_people import BOT

TOO_EARLY = "incoming: the answers ended too early, nothing was written; "


@pytest.mark.asyncio
async def test_init_asks_tests_and_writes(tmp_path: Path) -> None:
    """Language, zone, blog and tokens are asked for; a token is not shown; the bot's name is, and the links to it."""
    async with Blog() as blog, Telegram() as telegram:
        blog.publish("/feed.xml", rss([Entry("旧文章", "从前。", (), "/old")], title="信号站"))
        away = {
            "INCOMING_TELEGRAM__API_BASE": telegram.base,
            "INCOMING_FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
        }
        async with cold_terminal(tmp_path, "init", **away, TZ="Europe/Berlin") as there:
            for question, answer in (
                ("Language", "en"),
                ("Time zone (IANA name) [Europe/Berlin]", ""),
                ("Address of the blog's feed", blog.url()),
                ("Telegram token", telegram.token),
                ("Discord token", ""),
            ):
                await there.see(question)
                there.type(f"{answer}\n")
            assert await there.ended() == 0, there.shown
            await there.see("incoming check")
    assert telegram.token not in there.shown
    assert "ok   信号站" in there.shown
    assert f"ok   telegram: @{BOT['username']}" in there.shown
    assert f"open https://t.me/{BOT['username']} and write /start to it" in there.shown
    assert f"add the bot to a group on Telegram: https://t.me/{BOT['username']}?startgroup" in there.shown
    assert "to a private" not in there.shown
    made = tmp_path / "config.toml"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    config = load_config(made)
    assert (config.language, config.timezone) == ("en", "Europe/Berlin")
    assert [feed.url for feed in config.feeds] == [blog.url()]
    assert [str(network) for network in config.fetch.allow_addresses] == ["127.0.0.0/8"]
    assert config.platform("telegram").token.get_secret_value() == telegram.token


@pytest.mark.asyncio
async def test_init_asks_again_for_an_answer_that_fails(tmp_path: Path) -> None:
    """A wrong address or token is named at once, with what helps, and asked for again; nothing else is."""
    async with Blog() as blog, Telegram() as telegram:
        blog.publish("/feed.xml", rss([Entry("旧文章", "从前。", (), "/old")], title="信号站"))
        away = {
            "INCOMING_TELEGRAM__API_BASE": telegram.base,
            "INCOMING_FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
        }
        async with terminal(tmp_path, "init", "--language", "en", **away) as there:
            for question, times, answer in (
                ("Time zone", 1, "Europe/Berlim"),
                ("Time zone", 2, "Europe/Berlin"),
                ("Address of the blog's feed", 1, blog.url("/nothing.xml")),
                ("Address of the blog's feed", 2, "my blog"),
                ("Address of the blog's feed", 3, f" {blog.url()} "),
                ("Telegram token", 1, "1:wrong"),
                ("Telegram token", 2, telegram.token),
                ("Discord token", 1, ""),
            ):
                await there.see(question, times)
                there.type(f"{answer}\n")
            assert await there.ended() == 0, there.shown
    assert "HTTP 404" in there.shown
    assert "Europe/Berlim is no IANA time zone; Europe/Berlin would be one" in there.shown
    assert "my blog is no web address; it must begin with http:// or https://" in there.shown
    assert [feed.url for feed in load_config(tmp_path / "config.toml").feeds] == [blog.url()]
    assert "Telegram does not know this token" in there.shown
    assert "ok   telegram" in there.shown


@pytest.mark.asyncio
async def test_init_goes_on_in_the_language_that_is_chosen(tmp_path: Path) -> None:
    """The locale's is proposed; after it questions, what went wrong and what comes next are in that language."""
    async with Blog() as blog, Telegram() as telegram:
        blog.publish("/feed.xml", rss([Entry("旧文章", "从前。", (), "/old")], title="信号站"))
        away = {
            "INCOMING_TELEGRAM__API_BASE": telegram.base,
            "INCOMING_FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
        }
        async with terminal(tmp_path, "init", **away, LC_ALL="zh_CN.UTF-8", TZ="Asia/Tokyo") as there:
            for question, times, answer in (
                ("[zh]", 1, ""),
                ("时区（IANA 名称） [Asia/Tokyo]", 1, ""),
                ("博客的订阅地址", 1, "my blog"),
                ("博客的订阅地址", 2, blog.url()),
                ("Telegram 的 token，来自 @BotFather", 1, telegram.token),
                ("Discord 的 token", 1, ""),
            ):
                await there.see(question, times)
                there.type(f"{answer}\n")
            assert await there.ended() == 0, there.shown
            await there.see("接下来：`incoming check`")
    assert "my blog 不是网址" in there.shown
    assert f"把机器人加进 Telegram 的群组：https://t.me/{BOT['username']}?startgroup" in there.shown
    config = load_config(tmp_path / "config.toml")
    assert (config.language, config.timezone) == ("zh", "Asia/Tokyo")


@pytest.mark.asyncio
async def test_a_run_that_watches_nothing_says_so(tmp_path: Path) -> None:
    """Without a feed it waits for one, and says what it waits for, and that no configuration is here."""
    async with terminal(tmp_path, "run") as there:
        await there.see("no feed is watched; add [[feeds]]")
        await there.see("incoming: no config.toml here, and no feed is watched; make one with `incoming init`")


@pytest.mark.asyncio
async def test_init_without_answers_is_one_line(tmp_path: Path) -> None:
    """Ctrl-D at a terminal, or no input at all: a line that says what helps, exit code 2, and no file."""
    async with terminal(tmp_path, "init") as there:
        await there.see("Language")
        there.type("en\n")
        await there.see("Time zone")
        there.type("UTC\n")
        await there.see("Address of the blog's feed")
        there.type(CTRL_D)
        assert await there.ended() == 2
        await there.see("incoming init --help")
    (line,) = [line for line in there.shown.splitlines() if line.startswith("incoming: ")]
    assert line.startswith(TOO_EARLY)
    async with Blog() as blog, Telegram() as telegram:
        without = await Program(tmp_path, blog, telegram).bare("init")
    assert without.code == 2
    assert len(without.err.splitlines()) == 1
    assert without.err.startswith(TOO_EARLY)
    assert not (tmp_path / "config.toml").exists()


@pytest.mark.asyncio
async def test_the_demo_at_a_terminal_takes_commands(tmp_path: Path) -> None:
    """It opens with three things to type and Ctrl-C; what is typed is answered; Ctrl-C ends it well."""
    async with terminal(tmp_path, "demo", "--language", "en") as there:
        await there.see("Ctrl-C")
        opening = there.shown
        assert all(command in opening for command in ("/topics", "/latest", "/help"))
        assert "Diffusion" in opening
        there.type("/topics\n")
        await there.see("[1] ")
        there.type(CTRL_C)
        assert await there.ended() == 0, there.shown
        await there.see("incoming init")
    assert "Traceback" not in there.shown
    assert "incoming: " not in there.shown


@pytest.mark.asyncio
async def test_the_demo_plays_by_itself_at_a_terminal_too(tmp_path: Path) -> None:
    """With `--for` nobody has to type: the conversation is played, and the program ends with 0."""
    async with terminal(tmp_path, "demo", "--language", "en", "--for", "1") as there:
        assert await there.ended() == 0, there.shown
        await there.see("incoming init")
    assert "\n> /help\n" in there.shown
