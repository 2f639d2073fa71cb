"""Channels with the real program: from afar by their admins, every command; and by what is posted in them."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from bot.commands import TABLE
from tests.acceptance.harness import until
from tests.acceptance.telegram_scene import Scene
from tests.acceptance.telegram_stage import NEW, OLD, OTHER, kept, labels, plain, playing, rows, together
from tests.emulators.documents import Entry as Post
from tests.emulators.telegram_world import Entry

AGAIN = Post("又一步", "再加一次噪。", ("扩散模型",), "/again", 3)
CHANNEL, SECRET, OWNER, DEPUTY, STRANGER = -1004000004, -1005000005, 8008, 8009, 6006
ADMINS, STRANGERS = itertools.count(20_000), itertools.count(30_000)

NOT_OF_A_PLACE = {"feeds", "rate-limited"}
"""Commands that are about no place: what the bot watches is its operator's business, and the last nobody can type."""

STAGES = (
    (("subscribe", "", "好了，信号站的新文章会送到这里。最近一篇：一步加噪。"),),
    (
        ("start", "", "这里已经订阅了信号站。\n现在收信号站的全部文章"),
        ("help", "", "/subscribe – 订阅新文章"),
        ("topics", "", "现在收信号站的全部文章"),
        ("filter", "test 加噪", "最近 2 篇里有 1 篇符合"),
        ("latest", "2", "最近 2 篇：\n1. 一步加噪"),
        ("search", "加噪", "搜「加噪」，找到：\n1. 一步加噪"),
        ("why", "", "最近 2 篇：\n1. ○ 一步加噪"),
        ("status", "", "收：全部文章"),
        ("privacy", "", "我存的只有这些"),
        ("channels", "", "收：全部文章"),
    ),
    (
        ("topics", "扩散模型", "现在只收：扩散模型"),
        ("digest", "daily 08:00", "每天 08:00 送一期文摘"),
        ("settings", "silent on", "静音 · 开"),
        ("language", "en", "好的，以后这里用English。"),
        ("pause", "2h", "已暂停到"),
    ),
    (("filter", "加噪", "已保存：加噪"),),
    (("resume", "", "已恢复"),),
    (("unsubscribe", "", "已退订信号站"),),
    (("stop", "", "已全部停止"),),
)
"""What a channel's admins ask, one stage after the other; what is in one stage needs nothing of the same stage."""


def channels(scene: Scene) -> None:
    """Make a channel with a name and one without."""
    scene.world.add_chat(CHANNEL, "channel", title="频道", username="paper_news", members={OWNER: "creator"})
    admins = {OWNER: "creator", DEPUTY: "administrator"}
    scene.world.add_chat(SECRET, "channel", title="密室", members=admins)


def test_no_command_is_left_out() -> None:
    """Every command takes ``@channel`` first, but those that are named above."""
    assert {name for stage in STAGES for name, _, _ in stage} == {each.name for each in TABLE} - NOT_OF_A_PLACE


@pytest.mark.asyncio
async def test_every_command_takes_a_channel_first_from_its_admins_alone(tmp_path: Path) -> None:
    """Said privately, it is about the channel, and answered to who asked; anybody else sees and changes nothing."""
    async with playing(tmp_path, NEW, OLD) as scene:
        channels(scene)
        await scene.start()
        lines = [(name, args) for stage in STAGES for name, args, _ in stage]
        await together(_refused(scene, name, args) for name, args in lines)
        assert rows(scene, "SELECT * FROM chat") == []
        for stage in STAGES[:-2]:
            await together(_about(scene, *said) for said in stage)
        ((settings,), (wish,)) = kept(scene, CHANNEL)
        assert {"en", "daily 08:00", 1} <= set(settings)
        assert {"加噪"} <= set(wish)
        for stage in STAGES[-2:]:
            await together(_about(scene, *said) for said in stage)
        assert kept(scene, CHANNEL) == ([settings], [])
        assert rows(scene, "SELECT ref FROM place") == [(str(CHANNEL),)]
        assert scene.in_chat(CHANNEL) == []
        assert "运行我的人" in plain(await scene.says(OWNER, "/feeds @paper_news"))


async def _refused(scene: Scene, name: str, args: str) -> None:
    said = await scene.says(next(STRANGERS), f"/{name} @paper_news {args}".strip())
    assert plain(said) == "「频道」的设置只有它的管理员能看和改。", name


async def _about(scene: Scene, name: str, args: str, expected: str) -> None:
    admin = next(ADMINS)
    scene.world.chats[CHANNEL].members[admin] = "administrator"
    said = await scene.says(admin, f"/{name} @Paper_News {args}".strip())
    assert plain(said).startswith("📢 频道\n"), name
    assert expected in plain(said), name
    assert all(b["callback_data"].startswith("@") for row in said.keyboard for b in row if "callback_data" in b), name


@pytest.mark.asyncio
async def test_a_channel_without_a_name_goes_by_number_and_buttons_and_rights_are_read_each_time(
    tmp_path: Path,
) -> None:
    """Managed, listed, sampled here and there, each pressed and typed; who is no admin any more is refused."""
    async with playing(tmp_path, NEW, OLD) as scene:
        channels(scene)
        await scene.start()
        await scene.says(OWNER, f"/subscribe {SECRET}")
        managed, listed = await asyncio.gather(_managed(scene), _listed(scene))
        for user in (OWNER, DEPUTY):
            scene.world.chats[SECRET].members[user] = "member"
        before = kept(scene, SECRET)
        refused, missing = await asyncio.gather(scene.presses(managed, "退订"), scene.presses(listed, "密室"))
        assert plain(refused) == plain(missing) == "「密室」的设置只有它的管理员能看和改。"
        assert (kept(scene, SECRET), rows(scene, "SELECT * FROM delivery")) == (before, [])
        shown = len(scene.in_chat(DEPUTY))
        await scene.says(DEPUTY, "/channels")
        empty = scene.in_chat(DEPUTY)[shown]
        assert (plain(empty).startswith("点下面的按钮选一个频道"), labels(empty)) == (True, [])


async def _managed(scene: Scene) -> Entry:
    """Have samples of what a channel gets; give the message with everything about it."""
    managed = await scene.says(OWNER, f"/channels {SECRET}")
    assert labels(managed) == ["主题", "改过滤词", "设置", "退订", "给我看样例", "在那里发样例"]
    mine = await scene.presses(managed, "给我看样例")
    assert scene.in_chat(SECRET) == []
    await scene.toast(lambda: scene.world.press(OWNER, managed.message_id, "在那里发样例", OWNER), "样例已发出。")
    assert plain(await scene.says(OWNER, f"/latest {SECRET} there")) == "样例已发出。"
    there, again = scene.in_chat(SECRET)
    assert (again.text, again.entities, again.keyboard) == (there.text, there.entities, there.keyboard)
    assert there.text.startswith("一步加噪\n")
    assert (mine.text, mine.entities, mine.keyboard) == (there.text, there.entities, there.keyboard)
    return managed


async def _listed(scene: Scene) -> Entry:
    """Connect it, and find it among one's channels; give that list."""
    new = await scene.says(DEPUTY, f"/channels {SECRET}")
    assert plain(new).startswith("📢 密室\n")
    await scene.says(DEPUTY, "/channels")
    await until(lambda: len(scene.in_chat(DEPUTY)) == 3, "the picker below the list")
    listed = scene.in_chat(DEPUTY)[1]
    assert labels(listed) == ["密室"]
    pressed = await scene.presses(listed, "密室")
    assert (plain(pressed).startswith("📢 密室\n"), pressed.keyboard) == (True, new.keyboard)
    return listed


@pytest.mark.asyncio
async def test_commands_posted_in_a_channel_are_its_admins_and_are_taken_away(tmp_path: Path) -> None:
    """Whoever may post there decides; the command goes where it may be deleted; readers' presses change nothing."""
    async with playing(tmp_path, NEW, OLD) as scene:
        channels(scene)
        await scene.start()
        scene.world.join(CHANNEL, OWNER, "administrator")
        typed = [await _posted(scene, "/subscribe"), await _posted(scene, "/topics")]
        grid = scene.in_chat(CHANNEL)[-1]
        assert [plain(entry).partition("。")[0] for entry in scene.in_chat(CHANNEL)] == [
            "好了，信号站的新文章会送到这里",
            "现在收信号站的全部文章",
        ]
        await until(lambda: len(_taken_away(scene)) == 2, "the commands taken away")
        assert _taken_away(scene) == typed
        refusal = "Bad Request: message can't be deleted"
        scene.world.fault("answer", method="deleteMessage", code=400, description=refusal)
        await _posted(scene, "/settings silent on")
        await scene.toast(lambda: scene.world.press(CHANNEL, grid.message_id, "☐ 扩散模型", STRANGER), "只有管理员能改")
        await until(lambda: sum(one.method == "deleteMessage" for one in scene.world.requests) == 3, "the refusal")
        assert (rows(scene, "SELECT silent FROM chat"), len(_taken_away(scene))) == ([(1,)], 2)
        assert "✅ 扩散模型" in labels(await scene.presses(grid, "☐ 扩散模型", user=OWNER))
        await scene.look(OTHER, AGAIN, NEW, OLD)
        await scene.arrives(CHANNEL, "又一步")
        assert scene.posts(CHANNEL) == ["又一步"]


async def _posted(scene: Scene, text: str) -> int:
    """Post a command in the channel; give its number once it is answered."""
    numbers: list[int] = []

    def deed() -> None:
        scene.world.say(CHANNEL, None, text)
        numbers.append(max(number for chat, number in scene.world.messages if chat == CHANNEL))

    await scene.after(deed, CHANNEL, text)
    return numbers[0]


def _taken_away(scene: Scene) -> list[int]:
    return [entry.message_id for entry in scene.world.ledger if entry.method == "deleteMessage"]
