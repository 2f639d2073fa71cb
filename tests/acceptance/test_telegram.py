"""Telegram as its users expect it, with the real program: everywhere, and whatever is said to it."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.harness import READER, Program, until
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.emulators import telegram_deeds as deeds
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_rules import Rates

GROUP, FORUM, SUPERGROUP, CHANNEL, TALK = -1001, -1002000002, -1003000003, -1004000004, -1005000005
ADMIN, MEMBER = 8008, 7007
OLD = Entry("旧文章", "一年以前写的。", ("扩散模型",), "/old")
FIRST = Entry("一步加噪", r"公式：\(x_t=(1-t)x_0+t\varepsilon\)，就这么简单。", ("扩散模型",), "/first", 1)
SECOND = Entry("装饰器入门", "用 functools.wraps 保留名字。", ("Python",), "/second", 2)
THIRD = Entry("采样的步数", "步数少了就快。", ("扩散模型",), "/third", 3)


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Run a Telegram with everything that it has."""
    async with Telegram() as server:
        add, admins = server.world.add_chat, {ADMIN: "administrator"}
        add(GROUP, "group", title="读书会", members=admins)
        add(FORUM, "supergroup", title="论坛", forum=True, threads={7: True, 9: True}, members=admins)
        add(CHANNEL, "channel", title="频道", username="paper_news", members={ADMIN: "creator"})
        add(TALK, "supergroup", title="频道讨论", members=admins, linked=CHANNEL)
        server.world.chats[CHANNEL].linked = TALK
        yield server


@pytest_asyncio.fixture
async def scene(tmp_path: Path, blog: Blog, telegram: Telegram) -> AsyncIterator[Scene]:
    """Give the program with a blog of one post; it is not running yet."""
    program = Program(tmp_path, blog, telegram, operators=str(OPERATOR))
    made = Scene(program)
    made.show(OLD)
    yield made
    if made.running:
        ended = await program.stop()
        assert "Traceback" not in ended.err


@pytest.mark.asyncio
async def test_telegram_everywhere_groups_threads_and_channels(scene: Scene) -> None:
    """Subscribed in a group, in two threads, in General and in a channel from afar: each gets what it asked for."""
    await scene.start()
    refused = await scene.says(GROUP, "/subscribe", user=MEMBER)
    assert "管理员" in refused.text
    await scene.says(GROUP, "/subscribe", user=ADMIN)
    assert (await scene.says(GROUP, "/help", user=MEMBER)).text
    await scene.says(FORUM, "/subscribe 扩散模型", user=ADMIN, thread=7)
    await scene.says(FORUM, "/subscribe", anonymous=True, thread=9)
    await scene.says(FORUM, "/subscribe", user=ADMIN)
    managed = await scene.says(ADMIN, "/subscribe @paper_news")
    assert managed.text.startswith("📢 频道\n")
    assert "频道" in (await scene.says(MEMBER, "/subscribe @paper_news")).text
    await scene.look(SECOND, OLD)
    await scene.arrives(GROUP, "装饰器入门")
    await scene.arrives(FORUM, "装饰器入门", thread=9)
    await scene.arrives(CHANNEL, "装饰器入门")
    scene.world.thread(FORUM, 7, is_open=False)
    await scene.look(FIRST, SECOND, OLD)
    await scene.arrives(GROUP, "一步加噪")
    await scene.arrives(CHANNEL, "一步加噪")
    await until(lambda: _refused(scene, 7), "the closed thread's refusal")
    await scene.says(OPERATOR, "/status")
    states = {row["chat"]: row["state"] for row in await scene.chats()}
    assert states[f"telegram:{FORUM}:7"] == "closed: thread_closed"
    assert states[f"telegram:{FORUM}:9"] == "open"
    assert scene.posts(FORUM, thread=9) == ["装饰器入门", "一步加噪"]
    assert scene.posts(FORUM, thread=0) == ["装饰器入门", "一步加噪"]
    deeds.reopen(scene.world, FORUM, 7, ADMIN)
    await scene.arrives(FORUM, "一步加噪", thread=7)
    assert scene.posts(FORUM, thread=7) == ["一步加噪"]
    assert scene.posts(GROUP) == ["装饰器入门", "一步加噪"]
    assert scene.posts(MEMBER) == []


def _refused(scene: Scene, thread: int) -> bool:
    return any(one.status == 400 and one.payload.get("message_thread_id") == thread for one in scene.world.requests)


@pytest.mark.asyncio
async def test_telegram_everywhere_moved_removed_and_back(scene: Scene) -> None:
    """An upgrade keeps subscription and pending posts; removed and blocked are closed, and open again by themselves."""
    await scene.start()
    await scene.says(GROUP, "/subscribe", user=ADMIN)
    await scene.says(READER, "/subscribe")
    scene.world.migrate(GROUP, SUPERGROUP)
    await scene.look(SECOND, OLD)
    await scene.arrives(SUPERGROUP, "装饰器入门")
    await scene.arrives(READER, "装饰器入门")
    scene.world.kick(READER, READER)
    scene.world.member(SUPERGROUP, ADMIN, "member", "left")
    await scene.look(FIRST, SECOND, OLD)
    await scene.says(OPERATOR, "/status")
    rows = await scene.chats()
    assert {row["chat"]: row["state"] for row in rows if row["feeds"]} == {
        f"telegram:{SUPERGROUP}": "closed: kicked",
        f"telegram:{READER}": "closed: blocked",
    }
    scene.world.join(SUPERGROUP, ADMIN)
    await scene.arrives(SUPERGROUP, "一步加噪")
    scene.world.chats[READER].barred = ""
    await scene.says(READER, "/start")
    await scene.arrives(READER, "一步加噪")
    assert scene.posts(READER) == ["装饰器入门", "一步加噪"]
    assert scene.posts(SUPERGROUP) == ["装饰器入门", "一步加噪"]
    assert scene.posts(GROUP) == []


@pytest.mark.asyncio
async def test_telegram_everywhere_the_picker_and_the_discussion_group(scene: Scene) -> None:
    """``/channels`` connects a channel by Telegram's own list; its discussion group is warned of doubles."""
    await scene.start()
    await scene.says(ADMIN, "/channels")
    await until(lambda: any("keyboard" in _markup(entry.payload) for entry in scene.in_chat(ADMIN)), "the picker")
    managed = await scene.after(lambda: deeds.share(scene.world, ADMIN, ADMIN, "选择频道", CHANNEL), ADMIN, "picking")
    await scene.presses(managed, "订阅")
    await scene.look(SECOND, OLD)
    await scene.arrives(CHANNEL, "装饰器入门")
    warned = await scene.says(TALK, "/subscribe", user=ADMIN)
    assert "「频道」也订阅了" in warned.text
    listed = await scene.says(ADMIN, "/channels")
    assert [button["text"] for row in listed.keyboard for button in row] == ["频道"] or any(
        "频道" in str(entry.keyboard) for entry in scene.in_chat(ADMIN)[-2:]
    )


def _markup(payload: dict[str, object]) -> dict[str, object]:
    markup = payload.get("reply_markup")
    return markup if isinstance(markup, dict) else {}


@pytest.mark.asyncio
async def test_subscribing_by_a_tap(scene: Scene) -> None:
    """A link adds its topic; the grid shows and keeps the state; a question is answered; nothing is left afterwards."""
    await scene.program.inline("once", "--all")
    links = await scene.program.run("links")
    payload = re.search(r"\?start=(t_[A-Za-z0-9_-]{1,62})\s", links.out)
    assert payload is not None, links.out + links.err
    assert "?startgroup=" in links.out
    assert "?startchannel=" in links.out
    await scene.start()
    await scene.says(READER, f"/start {payload[1]}")
    grid = await scene.says(READER, "/topics")
    assert "✅ 扩散模型" in str(grid.keyboard)
    unticked = await scene.presses(grid, "✅ 扩散模型")
    assert (unticked.method, unticked.message_id) == ("editMessageText", grid.message_id)
    assert "☐ 扩散模型" in str(unticked.keyboard)
    asked = await scene.says(READER, "/filter")
    said = await scene.replies(asked, "-装饰器")
    assert "-装饰器" in said.text
    await scene.look(FIRST, SECOND, OLD)
    await scene.arrives(READER, "一步加噪")
    why = await scene.says(READER, "/why https://blog.example/second")
    assert "装饰器" in why.text
    await scene.says(READER, "/unsubscribe")
    assert scene.posts(READER) == ["一步加噪"]


@pytest.mark.asyncio
async def test_formulas_as_tex_and_back(scene: Scene) -> None:
    """Chosen in /settings; a refusal is Unicode in the same delivery, and is remembered."""
    await scene.start()
    await scene.says(READER, "/subscribe")
    await scene.says(READER, "/settings formulas rich")
    await scene.look(FIRST, OLD)
    rich = await scene.arrives(READER, "一步加噪")
    assert rich.method == "sendRichMessage"
    assert scene.world.messages[READER, rich.message_id]["formulas"] == [r"x_t=(1-t)x_0+t\varepsilon"]
    scene.world.fault("answer", method="sendRichMessage", code=400, description="Bad Request: can't parse")
    again = Entry("又一个公式", FIRST.html, ("扩散模型",), "/again", 4)
    await scene.look(again, FIRST, OLD)
    plain = await scene.arrives(READER, "又一个公式")
    assert plain.method == "sendMessage"
    assert "xₜ = (1−t)x₀ + tε" in plain.text or "𝐱" in plain.text
    once_more = Entry("第三个公式", FIRST.html, ("扩散模型",), "/more", 5)
    await scene.look(once_more, again, FIRST, OLD)
    assert (await scene.arrives(READER, "第三个公式")).method == "sendMessage"
    assert [one.status for one in scene.world.requests if one.method == "sendRichMessage"] == [200, 400]


@pytest.mark.asyncio
async def test_a_429_delays_its_chat_only_and_loses_nothing(scene: Scene) -> None:
    """One chat waits as long as it was told, the other does not."""
    await scene.start()
    await scene.says(READER, "/subscribe")
    await scene.says(MEMBER, "/subscribe")
    scene.world.fault("answer", chat=READER, code=429, description="Too Many Requests", parameters={"retry_after": 2})
    await scene.look(SECOND, OLD)
    await scene.arrives(MEMBER, "装饰器入门")
    await scene.arrives(READER, "装饰器入门")
    times = {entry.chat: entry.time for entry in scene.world.ledger if entry.text.startswith("装饰器入门")}
    assert times[READER] - times[MEMBER] > 1.5
    assert (len(scene.posts(READER)), len(scene.posts(MEMBER))) == (1, 1)


@pytest.mark.asyncio
async def test_commands_survive_a_restart(scene: Scene) -> None:
    """What was written while the program was dead, or was under way when it died, is answered by the next run."""
    scene.world.fault("delay", method="sendMessage", chat=READER, seconds=30.0, times=1)
    await scene.start()
    scene.world.say(READER, READER, "/subscribe")
    await until(lambda: any(one.method == "getUpdates" for one in scene.world.requests), "a poll")
    await until(lambda: not scene.world.faults[0].times, "the answer under way")
    await scene.program.stop(signal.SIGKILL)
    scene.world.say(MEMBER, MEMBER, "/subscribe")
    await scene.start()
    await until(lambda: bool(scene.in_chat(MEMBER)), "the answer to what came meanwhile")
    await scene.look(SECOND, OLD)
    await scene.arrives(READER, "装饰器入门")
    await scene.arrives(MEMBER, "装饰器入门")


@pytest.mark.asyncio
async def test_by_webhook(scene: Scene) -> None:
    """With [telegram.webhook] Telegram brings the updates; over a restart none is lost."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    scene.program.env = {
        "INCOMING_TELEGRAM__WEBHOOK__URL": "https://bot.example/hook",
        "INCOMING_TELEGRAM__WEBHOOK__SECRET": "a-secret-that-nobody-guesses",
        "INCOMING_TELEGRAM__WEBHOOK__PORT": str(port),
    }
    scene.program.telegram.courier.proxy = lambda: f"http://127.0.0.1:{port}"
    polls = sum(one.method == "getUpdates" for one in scene.world.requests)
    await scene.start()
    await scene.says(READER, "/subscribe")
    await scene.program.stop()
    scene.world.say(MEMBER, MEMBER, "/subscribe")
    await scene.start()
    await until(lambda: bool(scene.in_chat(MEMBER)), "the answer to what came meanwhile")
    assert sum(one.method == "getUpdates" for one in scene.world.requests) == polls


@pytest.mark.asyncio
async def test_a_burst_into_one_group_keeps_its_limit(tmp_path: Path, blog: Blog) -> None:
    """Twenty-five posts into a group that takes twenty a minute: the first twenty at once, no 429, none twice."""
    old, new = [OLD], [Entry(f"第 {n} 篇", "短。", (), f"/{n}", n) for n in range(25, 0, -1)]
    async with Telegram(rates=Rates()) as telegram:
        telegram.world.add_chat(GROUP, "supergroup", title="G", members={ADMIN: "administrator"})
        program = Program(tmp_path, blog, telegram, operators=str(OPERATOR), head="", extra="")
        program.extra = f'[[feeds]]\nname = "blog"\nurl = "{blog.url()}"\n[watch]\nhold_floods = false'
        scene = Scene(program)
        scene.show(*old)
        await program.inline("once", "--all")
        await program.inline("chats", "add", f"telegram:{GROUP}")
        scene.show(*new, *old)
        await program.run("once", "--all", "--wait", "5")
        arrived = scene.posts(GROUP)
        assert arrived == [f"第 {n} 篇" for n in range(1, 21)]
        assert not any(one.status == 429 for one in telegram.world.requests)
