"""Places on Telegram that take nothing any more, or are elsewhere, with the real program: said, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.harness import READER, Program, until
from tests.acceptance.readers import bring, once, reader, refusals, sent, show
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry
from tests.emulators.telegram import Telegram

BLOCKING, GONE, STRANGER = 1002, 1003, 1004
GROUP, FORUM, CHANNEL, SUPERGROUP = -1001, -1002000002, -1004000004, -1003000003
OLD, NEW = Entry("旧文章", "一年以前写的。", (), "/old"), Entry("新文章", "短。", (), "/new", 1)
NEXT = Entry("下一篇", "短。", (), "/next", 2)


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    """Give the program with a blog of one old post, and a Telegram with places of every kind."""
    async with Blog() as blog, Telegram() as telegram:
        add = telegram.world.add_chat
        add(GROUP, "supergroup", title="读书会")
        add(FORUM, "supergroup", title="论坛", forum=True, threads={7: True, 8: True, 9: True})
        add(CHANNEL, "channel", title="频道")
        made = Program(tmp_path, blog, telegram, operators=str(OPERATOR))
        show(made, OLD)
        yield made


@pytest.mark.asyncio
async def test_whoever_shuts_the_bot_out_during_a_delivery_is_closed_with_the_reason(program: Program) -> None:
    """Blocked, deactivated, never started, kicked, left, a thread closed or deleted: no second request, all is held.

    The command line lists it, the operator is told of groups, channels and threads, and /status says so. The other
    thread goes on.
    """
    world = program.telegram.world
    await bring(
        program,
        *map(reader, (READER, BLOCKING, GONE, STRANGER)),
        reader(GROUP, title="读书会"),
        *(reader(FORUM, thread=thread, title="论坛") for thread in (7, 8, 9)),
        reader(CHANNEL, kind="channel", title="频道"),
    )
    for chat, barred in ((BLOCKING, "blocked"), (GONE, "deactivated"), (STRANGER, "no_start"), (GROUP, "kicked")):
        world.chat(chat).barred = barred
    world.chats[CHANNEL].barred = "left"
    world.thread(FORUM, 7, is_open=False)
    world.delete_thread(FORUM, 8)
    show(program, NEW, OLD)
    log = await once(program)
    show(program, NEXT, NEW, OLD)
    await once(program)
    why = {
        f"telegram:{BLOCKING}": "blocked",
        f"telegram:{GONE}": "deactivated",
        f"telegram:{STRANGER}": "blocked",
        f"telegram:{GROUP}": "kicked",
        f"telegram:{CHANNEL}": "kicked",
        f"telegram:{FORUM}:7": "thread_closed",
        f"telegram:{FORUM}:8": "thread_deleted",
    }
    said = [json.loads(line) for line in log.splitlines() if '"deliver.not_sent"' in line]
    assert {each["chat"]: each["reason"] for each in said} == why
    assert len(refusals(world)) == len(why)
    states = {row["chat"]: row["state"] for row in json.loads(await program.inline("chats", "--json"))}
    open_ = dict.fromkeys((f"telegram:{READER}", f"telegram:{FORUM}:9"), "open")
    assert states == {chat: f"closed: {reason}" for chat, reason in why.items()} | open_
    rows = json.loads(await program.inline("deliveries", "--json"))
    assert {(row["chat"], row["title"]): (row["state"], row["reason"]) for row in rows} == {
        (chat, post.title): ("held", reason) for chat, reason in why.items() for post in (NEW, NEXT)
    }
    assert [len(sent(world, chat)) for chat in (READER, FORUM)] == [2, 2]
    scene = Scene(program)
    await program.start("run")
    await until(lambda: bool(sent(world, OPERATOR)), "the operator's notice")
    status = await scene.says(OPERATOR, "/status")
    for text in (sent(world, OPERATOR)[0].text, status.text):
        for place in ("「读书会」", "「频道」", "「论坛 · 话题 7」已关闭或删除", "「论坛 · 话题 8」已关闭或删除"):
            assert place in text
        assert "话题 9" not in text
    assert (await program.stop()).code == 0


@pytest.mark.asyncio
async def test_a_group_that_is_upgraded_while_posts_wait_gets_them_where_it_is_now(program: Program) -> None:
    """Two posts wait out 429s when the group moves, and only the refusal says so: each arrives there once, in order."""
    scene, world = Scene(program), program.telegram.world
    await bring(program, reader(GROUP, title="读书会"))
    slow = {"code": 429, "description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}}
    world.fault("answer", chat=GROUP, times=1000, **slow)
    await scene.start()
    await scene.look(NEXT, NEW, OLD)
    await until(lambda: ("sendMessage", 429) in refusals(world), "the 429")
    world.add_chat(SUPERGROUP, "supergroup", title="读书会")
    world.chats[GROUP].moved = SUPERGROUP
    world.faults.clear()
    await until(lambda: len(sent(world, SUPERGROUP)) == 2, "both posts in the supergroup")
    third = Entry("第三篇", "短。", (), "/third", 3)
    await scene.look(third, NEXT, NEW, OLD)
    await scene.arrives(SUPERGROUP, "第三篇")
    assert scene.posts(SUPERGROUP) == ["新文章", "下一篇", "第三篇"]
    assert (scene.posts(GROUP), refusals(world).count(("sendMessage", 400))) == ([], 1)
    assert [row["chat"] for row in await scene.chats() if row["feeds"]] == [f"telegram:{SUPERGROUP}"]
    assert (await program.stop()).code == 0
