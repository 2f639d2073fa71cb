"""What a whole run prints, in good days and bad ones: no token, no password, no key of an address."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.harness import PATIENCE, READER, Program, posts, until
from tests.acceptance.test_two_platforms import CHANNEL, pushed
from tests.acceptance.test_upkeep import get
from tests.emulators.blog import Blog
from tests.emulators.discord import Discord
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.integration.test_web import free_port

OLD = [Entry("旧文章", "一年以前写的。", (), "/old")]
NEW = Entry("新文章", "今天写的。", (), "/new")
PASSWORD, KEY, DOOR, PING, PROXY = "hunter2-pw", "topsecret-key", "door-token-9", "ping-uuid-77", "proxy-pw-5"


def with_secrets(url: str) -> str:
    """Write an address with a login and a key in it."""
    return url.replace("http://", f"http://reader:{PASSWORD}@") + f"?key={KEY}"


def feeds(*urls: str) -> str:
    """Write the configuration's feeds. The last has no name of its own, as what `init` writes: it is its address."""
    named = "\n".join(f'[[feeds]]\nname = "feed{number}"\nurl = "{url}"' for number, url in enumerate(urls[:-1]))
    return f'{named}\n[[feeds]]\nurl = "{urls[-1]}"'


async def refused_pings(program: Program) -> None:
    """Wait until the page that needs the token was asked for without it, and with it."""
    end = time.monotonic() + PATIENCE
    while (await get(program, "/"))[0] != 401:
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {DOOR}"}) as session:
        for path in ("/", "/metrics", "/readyz"):
            async with session.get(f"http://127.0.0.1:{program.env['INCOMING_WEB__PORT']}{path}") as answer:
                text = await answer.text()
                assert answer.status in {200, 503}
                tokens = (program.telegram.token, program.env["INCOMING_DISCORD__TOKEN"])
                assert not [secret for secret in (PASSWORD, KEY, DOOR, *tokens) if secret in text]


def say_which(log: str) -> None:
    """Follow the post through the log: the feed that showed it, its number, its deliveries, their messages' arrival."""
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (new,) = [each for each in events if each["event"] == "watch.new"]
    assert (new["feed"], type(new["feed_id"]), len(new["posts"])) == ("feed0", int, 1)
    begun = [each for each in events if each["event"] == "deliver.began" and each["posts"] == new["posts"]]
    assert sorted(each["platform"] for each in begun) == ["discord", "telegram"]
    assert len({number for each in begun for number in each["deliveries"]}) == 2
    arrived = {number for each in events if each["event"] == "deliver.sent" for number in each["messages"]}
    assert {number for each in begun for number in each["messages"]} <= arrived
    failed = [each for each in events if each["event"] == "watch.failed"]
    assert {each["feed"] for each in failed} == {"feed1", "feed2"}
    assert all(each["feed_id"] and each["trouble"] for each in failed)


@pytest.mark.asyncio
async def test_no_secret_is_ever_printed(tmp_path: Path) -> None:
    """Posts on both platforms, feeds and platforms failing, every command that lists: nothing secret in any of it."""
    async with Blog() as blog, Telegram() as telegram, Discord() as discord:
        telegram.world.add_chat(READER)
        discord.world.add_channel(CHANNEL)
        blog.publish("/feed.xml", rss(OLD))
        nobody = f"http://127.0.0.1:{free_port()}"
        urls = (blog.url(), blog.url("/none.xml"), f"{nobody}/feed", f"{nobody}/unnamed")
        env = {
            "INCOMING_WEB__PORT": str(free_port()),
            "INCOMING_WEB__TOKEN": DOOR,
            "INCOMING_WATCH__PING_URL": f"{nobody}/{PING}",
            "INCOMING_DISCORD__TOKEN": discord.token,
            "INCOMING_DISCORD__API_BASE": discord.base,
            "INCOMING_DISCORD__GATEWAY": discord.gateway,
        }
        program = Program(tmp_path, blog, telegram, extra=feeds(*map(with_secrets, urls)), env=env)
        said = [await program.run("check"), await program.run("once", "--all")]
        chats = (f"telegram:{READER}", f"discord:{CHANNEL}")
        said += [await program.run("chats", "add", chat, "--feed", "feed0") for chat in chats]
        await program.start("run")
        blog.publish("/feed.xml", rss([NEW, *OLD]))
        for line in ("/feeds", "/status", "/feeds check feed0", "/feeds check feed1", "/feeds check feed2"):
            telegram.world.say(READER, READER, line)
        await until(lambda: len(posts(telegram)) >= 1 and bool(pushed(discord)), "the post on both")
        await refused_pings(program)
        ended = await program.stop()
        say_which(ended.err)
        said.append(ended)
        said += [await program.run(*words) for words in (("feeds", "--json"), ("deliveries",), ("export", "all.json"))]
        # And with platforms that nobody answers for, through proxies that are not there, and that know no token.
        lost = {
            "INCOMING_TELEGRAM__API_BASE": f"{nobody}/bot",
            "INCOMING_TELEGRAM__PROXY": f"http://me:{PROXY}@{nobody[7:]}",
            "INCOMING_DISCORD__API_BASE": nobody,
            "INCOMING_DISCORD__PROXY": f"http://me:{PROXY}@{nobody[7:]}",
        }
        said += [await program.run("once", "--wait", "1", **lost)]
        wrong = {"INCOMING_DISCORD__TOKEN": discord.token + "x", "INCOMING_TELEGRAM__TOKEN": telegram.token + "x"}
        said += [await program.run("check", **wrong)]
        printed = "\n".join(each.out + each.err for each in said)
        printed += "\n".join(entry.text for entry in telegram.world.ledger)
        printed += "\n".join(f"{entry.content} {entry.embeds}" for entry in discord.world.ledger)
        assert "incident.opened" in printed or "watch.failed" in printed
        tokens = (telegram.token, telegram.token.partition(":")[2], discord.token)
        for secret in (*tokens, PASSWORD, KEY, DOOR, PING, PROXY):
            assert secret not in printed, secret
