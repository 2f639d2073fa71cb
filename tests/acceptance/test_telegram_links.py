"""Deep links with the real program: what ``incoming links`` prints is what a reader taps, before and after a rename."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.harness import READER, until
from tests.acceptance.telegram_scene import Scene
from tests.acceptance.telegram_stage import NEW, OLD, OTHER, kept, labels, plain, playing
from tests.emulators.documents import Entry as Post
from tests.emulators.telegram_people import BOT

AGAIN = Post("再谈噪声", "还是加噪，说得细一点。", (), "/again", 3)
LATE = Post("闭包", "函数记得它的变量。", ("Python",), "/closures", 4)
GROUP, ADMIN, MEMBER, HOUSED = -1001, 8008, 7007, 1002
RULE = """[[feeds]]
name = "blog"
url = "{url}"

[[topics]]
id = "noise"
name = {{ zh = "{name}", en = "Noise" }}
strong = ["加噪"]
"""


async def payloads(scene: Scene) -> dict[tuple[str, str], str]:
    """Give what follows ``?start=`` in the links of topics and feeds, by what they are for and called."""
    ended = await scene.program.run("links", "--json")
    assert ended.code == 0, ended.err
    beginning = f"https://t.me/{BOT['username']}?start="
    found = {(row["for"], row["name"]): row["link"] for row in json.loads(ended.out)}
    return {who: link.removeprefix(beginning) for who, link in found.items() if link.startswith(beginning)}


@pytest.mark.asyncio
async def test_links_subscribe_to_a_feed_or_a_topic_only_add_and_outlive_a_rename(tmp_path: Path) -> None:
    """To a feed, a topic, one more, to what is there already with [Only this topic]; then the topic is renamed.

    In the end it is taken away: who ticked nothing else is told so, once, and gets all posts.
    """
    async with playing(tmp_path, NEW, OLD) as scene:
        scene.program.extra = RULE.format(url=scene.program.blog.url(), name="加噪")
        await scene.program.inline("once", "--all")
        links = await payloads(scene)
        assert set(links) == {("topic", "加噪"), ("topic", "扩散模型"), ("feed", "信号站")}
        assert all(payload.isascii() and len(payload) <= 64 for payload in links.values())
        await scene.start()

        whole = await scene.says(READER, f"/start {links['feed', '信号站']}")
        assert plain(whole).startswith("好了，信号站的新文章会送到这里。最近一篇：一步加噪。")
        told = await scene.says(READER, f"/start {links['topic', '加噪']}")
        assert plain(told) == "这里已经收信号站的全部文章，「加噪」也在内。"
        assert labels(told) == ["只收「加噪」"]
        await scene.presses(told, "只收「加噪」")
        assert "现在只收：加噪。" in plain(await scene.says(READER, "/topics"))

        await scene.says(HOUSED, f"/start {links['topic', '扩散模型']}")
        added = await scene.says(HOUSED, f"/start {links['topic', '加噪']}")
        assert {"✅ 加噪", "✅ 扩散模型"} <= set(labels(added))

        await scene.program.stop()
        scene.program.extra = RULE.format(url=scene.program.blog.url(), name="噪声")
        assert (await payloads(scene))["topic", "噪声"] == links["topic", "加噪"]
        await scene.start()
        late = await scene.says(MEMBER, f"/start {links['topic', '加噪']}")
        assert "现在只收：噪声。" in plain(late)
        await scene.look(OTHER, AGAIN, NEW, OLD)
        for reader in (READER, HOUSED, MEMBER):
            await scene.arrives(reader, AGAIN.title)
            assert scene.posts(reader) == [AGAIN.title]

        await scene.program.stop()
        scene.program.extra = RULE.partition("[[topics]]")[0].format(url=scene.program.blog.url())
        await scene.start()
        lost = "「noise」这个主题已经没有了。从现在起，这里收信号站的全部文章。"
        await until(lambda: [_told(scene, each, lost) for each in (READER, MEMBER)] == [1, 1], "a notice each")
        await scene.look(LATE, OTHER, AGAIN, NEW, OLD)
        await scene.arrives(READER, LATE.title)
        await scene.arrives(MEMBER, LATE.title)
        assert (scene.posts(HOUSED), _told(scene, HOUSED, lost)) == ([AGAIN.title], 0)


def _told(scene: Scene, chat: int, text: str) -> int:
    """Count how often somebody was told something."""
    return [plain(entry) for entry in scene.in_chat(chat)].count(text)


@pytest.mark.asyncio
async def test_links_into_a_group_are_its_admins(tmp_path: Path) -> None:
    """The link that adds the bot greets once; a payload that subscribes a group is an admin's."""
    async with playing(tmp_path, NEW, OLD) as scene:
        scene.world.add_chat(GROUP, "supergroup", title="读书会", members={ADMIN: "administrator"})
        await scene.program.inline("once", "--all")
        links = await payloads(scene)
        await scene.start()
        await scene.after(lambda: scene.world.join(GROUP, ADMIN), GROUP, "the greeting")
        scene.world.say(GROUP, ADMIN, f"/start@{BOT['username']} hello")
        refused = await scene.says(GROUP, f"/start@{BOT['username']} {links['feed', '信号站']}", user=MEMBER)
        assert "只有管理员能改" in plain(refused)
        assert kept(scene, GROUP) == ([], [])
        made = await scene.says(GROUP, f"/start@{BOT['username']} {links['feed', '信号站']}", user=ADMIN)
        assert plain(made).startswith("好了，信号站")
        assert len(scene.in_chat(GROUP)) == 3
