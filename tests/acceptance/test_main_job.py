"""The main job with the real program: a blog, a database, a Telegram, a reader."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from bot import failpoint
from tests.acceptance.harness import READER, Program, posts, until
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

OLD = [Entry("旧文章", "一年以前写的。", ("扩散模型",), "/old")]
NEW = [
    Entry("扩散模型的新进展", r"一步加噪：\(x_t=(1-t)x_0+t\varepsilon\)。就这么简单。", ("扩散模型",), "/new"),
    Entry("装饰器入门", "用 functools.wraps 保留名字。", ("Python",), "/python"),
]

BAD = ("page", "empty", "huge", "noise")


@pytest.mark.asyncio
async def test_a_reader_chooses_a_topic_and_gets_its_new_post_only(
    program: Program, blog: Blog, telegram: Telegram, shared: Path
) -> None:
    """On the first blog's own feed: of four new posts, the one of the chosen topic arrives, written as it should be."""
    site = shared / "blog"
    blog.publish("/feed.xml", (site / "site-before" / "rss.xml").read_bytes())
    await program.inline("once", "--all")
    await program.start("run")
    say = telegram.world.say
    say(READER, READER, "/subscribe")
    await until(lambda: len(telegram.world.ledger) == 1, "the answer to /subscribe")
    say(READER, READER, "/topics 扩散模型")
    await until(lambda: len(telegram.world.ledger) >= 2, "the answer to /topics")
    blog.publish("/feed.xml", (site / "site" / "rss.xml").read_bytes())
    say(READER, READER, "/feeds check blog")
    await until(lambda: len(posts(telegram)) == 1, "the post")
    say(READER, READER, "/status")
    answers = len(telegram.world.ledger)
    await until(lambda: len(telegram.world.ledger) > answers, "the answer to /status")
    ended = await program.stop()

    assert ended.code == 0, ended.err
    (text,) = posts(telegram)
    entry = next(each for each in telegram.world.ledger if each.text == text)
    title, _, body = text.partition("\n")
    assert title.startswith("基于文章 《Elucidating the")
    assert "𝐱ₜ = (1−t)𝐱₀ + tε" in body
    assert "\\" not in text
    assert "#扩散模型" in text
    assert text.count("…") <= 2  # the feed's own shortened title has one, the excerpt one
    link = {"offset": 0, "length": len(title.encode("utf-16-le")) // 2, "type": "text_link"}
    assert any(link.items() <= entity.items() and "p4456c80b61" in entity["url"] for entity in entry.entities)
    assert any(entity["type"] == "bold" and entity["offset"] == 0 for entity in entry.entities)
    assert not any("parse_mode" in each.payload for each in telegram.world.ledger)


@pytest.mark.asyncio
async def test_the_first_look_is_silent_and_an_unchanged_feed_costs_a_304(program: Program, blog: Blog) -> None:
    """Nothing old is pushed, and the second look sends the server's validator back."""
    blog.publish("/feed.xml", rss(OLD))
    first = await program.run("chats", "add", f"telegram:{READER}")
    second = await program.run("once", "--all")
    third = await program.run("once", "--all")
    assert (first.code, second.code, third.code) == (0, 0, 0), first.err + second.err + third.err
    assert posts(program.telegram) == []
    assert [bool(each.header("If-None-Match")) for each in blog.requests] == [False, True]


@pytest.mark.asyncio
async def test_restarts_do_not_look_again(program: Program, blog: Blog) -> None:
    """The next check is in the database: a program that is started again does not fetch again."""
    blog.publish("/feed.xml", rss(OLD))
    for _ in range(3):
        ended = await program.run("once")
        assert ended.code == 0, ended.err
    assert len(blog.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("name", failpoint.NAMES)
async def test_killed_at_a_failpoint_nothing_is_lost_or_doubled(
    program: Program, blog: Blog, telegram: Telegram, name: str
) -> None:
    """SIGKILL at every boundary between fetch and record: the post arrives, and once unless Telegram may have it."""
    blog.publish("/feed.xml", rss(OLD))
    await program.inline("once", "--all")
    await program.inline("chats", "add", f"telegram:{READER}", "--topic", "扩散模型")
    blog.publish("/feed.xml", rss([*NEW, *OLD]))
    killed = await program.run("once", "--all", INCOMING_FAILPOINT=name)
    assert killed.code == -signal.SIGKILL, killed.err
    again = await program.run("once", "--all")
    assert again.code == 0, again.err
    arrived = posts(telegram)
    assert len(arrived) == (2 if name == "answered" else 1), (name, arrived)
    assert all(text.startswith("扩散模型的新进展\n") for text in arrived)


@pytest.mark.asyncio
async def test_killed_while_a_request_is_under_way_it_is_sent_again_at_most_once(
    program: Program, blog: Blog, telegram: Telegram
) -> None:
    """Telegram took the message and the process died before the answer came: the one window that stays."""
    blog.publish("/feed.xml", rss(OLD))
    await program.inline("once", "--all")
    await program.inline("chats", "add", f"telegram:{READER}")
    blog.publish("/feed.xml", rss([NEW[0], *OLD]))
    fault = telegram.world.fault("delay", method="sendMessage", seconds=20.0, times=1)
    await program.start("once", "--all")
    await until(lambda: not fault.times, "the request")
    await program.stop(signal.SIGKILL)
    await program.run("once", "--all")
    third = await program.run("once", "--all")
    assert third.code == 0, third.err
    assert 1 <= len(posts(telegram)) <= 2


@pytest.mark.asyncio
async def test_sigterm_finishes_what_is_under_way(program: Program, blog: Blog, telegram: Telegram) -> None:
    """A request that is under way when the program is told to stop is awaited and recorded; nothing is half-sent."""
    blog.publish("/feed.xml", rss(OLD))
    await program.inline("once", "--all")
    await program.inline("chats", "add", f"telegram:{READER}")
    blog.publish("/feed.xml", rss([NEW[0], *OLD]))
    fault = telegram.world.fault("delay", method="sendMessage", seconds=1.0, times=2)
    await program.start("run")
    telegram.world.say(READER, READER, "/feeds check blog")
    await until(lambda: not fault.times, "the requests for the post and the answer")
    ended = await program.stop()
    assert ended.code == 0, ended.err
    await program.run("once", "--all")
    assert len(posts(telegram)) == 1


@pytest.mark.asyncio
async def test_one_bad_feed_leaves_the_others_alone(program: Program, blog: Blog, telegram: Telegram) -> None:
    """A page, nothing, too much and noise: each is one line of trouble; the good feed and one in GBK go on."""
    blog.publish("/feed.xml", rss(OLD))
    gbk = rss(OLD, title="国标").decode().replace(' encoding="utf-8"', "")
    blog.publish("/gbk", gbk.encode("gbk"))
    blog.publish("/page", b"<!doctype html><title>Hello</title><p>Not a feed.", "text/html")
    blog.publish("/empty", b"")
    blog.publish("/huge", b"<rss>" + b" " * 20_000_000)
    blog.publish("/noise", bytes(range(256)) * 40, "application/rss+xml")
    program.extra = "\n".join(
        f'[[feeds]]\nname = "{name}"\nurl = "{blog.url(path)}"'
        for name, path in (*((bad, f"/{bad}") for bad in (*BAD, "gbk")), ("blog", "/feed.xml"))
    )
    first = await program.run("once", "--all")
    await program.inline("chats", "add", f"telegram:{READER}", "--feed", "blog")
    blog.publish("/feed.xml", rss([NEW[0], *OLD]))
    second = await program.run("once", "--all")
    assert (first.code, second.code) == (1, 1)
    lines = [line for line in second.err.splitlines() if line.startswith("incoming: ")]
    assert [line.split(": ")[1] for line in lines] == list(BAD)
    assert "Traceback" not in first.err + second.err
    assert len(posts(telegram)) == 1
    listed = json.loads(await program.inline("feeds", "--json"))
    states = {row["name"]: row["state"] for row in listed}
    assert (states["blog"], states["gbk"]) == ("ok", "ok")
    assert all(states[name].startswith("trouble: ") for name in BAD)
    assert "国标" in [row["title"] for row in listed]
