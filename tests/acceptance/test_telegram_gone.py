"""Whoever leaves and comes back, with the real program: closed with the reason, opened by a word, nothing forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.harness import until
from tests.acceptance.telegram_scene import Scene
from tests.acceptance.telegram_stage import NEW, OLD, OTHER, kept, plain, playing, rows, together
from tests.emulators.documents import Entry as Post

BLOCKER, DEAD, ADMIN, MEMBER = 1001, 1002, 8008, 7007
GROUP, MUTED, MOVING, MOVED, PAUSED, ELSEWHERE = -1001, -1002000002, -1003, -1004000004, -1005, -1006000006

HALF = (
    Post("采样的步数", "步数少了就快。", ("扩散模型",), "/steps", 2),
    Post("声学札记", "录音时怎样加噪。", ("声学",), "/sound", 2),
)
WISHES = ("/topics 扩散模型", "/filter 加噪", "/language en")
"""What changes settings of every kind."""


def groups(scene: Scene) -> None:
    """Make them."""
    for place in (GROUP, MUTED):
        scene.world.add_chat(place, "supergroup", title="读书会", members={ADMIN: "administrator"})
    for place in (MOVING, PAUSED):
        scene.world.add_chat(place, "group", title="小组", members={ADMIN: "administrator"})


async def wishing(scene: Scene, place: int, user: int, *more: str) -> None:
    """Change settings of every kind."""
    for wish in (*WISHES, *more):
        await scene.says(place, wish, user=user)


def closed(scene: Scene) -> dict[int, str]:
    """Tell why places are closed."""
    return {int(ref): why for ref, why in rows(scene, "SELECT ref, closed FROM place")}


@pytest.mark.asyncio
async def test_who_is_gone_is_closed_with_the_reason_and_comes_back_to_what_it_had(tmp_path: Path) -> None:
    """Blocked, removed, deactivated, muted: language, topics, filter and digest stay; a word opens, and posts come."""
    async with playing(tmp_path, OLD) as scene:
        groups(scene)
        await scene.start()
        people = ((BLOCKER, BLOCKER), (DEAD, DEAD), (GROUP, ADMIN), (MUTED, ADMIN))
        daily = (BLOCKER, GROUP)
        every = "/digest daily 08:00"
        await together(wishing(scene, place, by, *([every] * (place in daily))) for place, by in people)
        before = {place: kept(scene, place) for place, _ in people}
        for place, ((chat,), (wish,)) in before.items():
            assert ("en" in chat, "daily 08:00" in chat) == (True, place in daily)
            assert "加噪" in wish

        scene.world.kick(BLOCKER, BLOCKER)
        scene.world.kick(GROUP, ADMIN)
        scene.world.chats[DEAD].barred = "deactivated"
        refusal = "Bad Request: not enough rights to send text messages to the chat"
        mute = scene.world.fault("answer", chat=MUTED, code=400, description=refusal, times=1_000)
        await scene.look(NEW, *HALF, OTHER, OLD)
        reasons = {BLOCKER: "blocked", GROUP: "kicked", DEAD: "deactivated", MUTED: "no_rights"}
        await until(lambda: closed(scene) == reasons, "all of them closed")

        mute.times = 0
        scene.world.chats[BLOCKER].barred = scene.world.chats[DEAD].barred = ""
        scene.world.join(GROUP, ADMIN)
        back = ((BLOCKER, BLOCKER), (DEAD, DEAD), (MUTED, MEMBER))
        await together(_welcomed(scene, place, by) for place, by in back)
        await until(lambda: set(closed(scene).values()) == {""}, "all of them open")
        assert {place: kept(scene, place) for place, _ in people} == before
        await together([_digest(scene, *who) for who in people if who[0] in daily])
        # Any of the topics, and the filter: half of that is not enough.
        for place in (DEAD, MUTED):
            await scene.arrives(place, NEW.title)
            assert scene.posts(place) == [NEW.title]


async def _welcomed(scene: Scene, place: int, user: int) -> None:
    def greetings() -> int:
        return sum(
            plain(entry).startswith("This chat is already subscribed to 信号站.") for entry in scene.in_chat(place)
        )

    before = greetings()
    # A post that waited may be quicker than the answer.
    await scene.says(place, "/start", user=user)
    await until(lambda: greetings() > before, f"the greeting in {place}")


async def _digest(scene: Scene, place: int, user: int) -> None:
    """Have the digest at once; what came while the place was closed is in it."""
    await scene.says(place, "/digest now", user=user)
    await until(lambda: any(NEW.title in entry.text for entry in scene.in_chat(place)), f"the digest in {place}")
    assert not any(post.title in entry.text for post in (OTHER, *HALF) for entry in scene.in_chat(place))


@pytest.mark.asyncio
async def test_groups_that_become_supergroups_take_along_all_they_have_and_wait_for(tmp_path: Path) -> None:
    """Settings, subscription, a post that a 429 delays, one that a pause holds: all of it is there, each post once."""
    async with playing(tmp_path, OLD) as scene:
        groups(scene)
        await scene.start()
        await together(wishing(scene, place, ADMIN) for place in (MOVING, PAUSED))
        await scene.says(PAUSED, "/pause 1d", user=ADMIN)
        before = kept(scene, MOVING), kept(scene, PAUSED)
        slow = {"retry_after": 2}
        scene.world.fault("answer", chat=MOVING, code=429, description="Too Many Requests", parameters=slow)
        await scene.look(NEW, OTHER, OLD)
        await until(lambda: any(one.status == 429 for one in scene.world.requests), "the delay")
        await until(lambda: bool(rows(scene, "SELECT 1 FROM delivery WHERE state = 'held'")), "the post that is held")
        for old, new in ((MOVING, MOVED), (PAUSED, ELSEWHERE)):
            scene.world.migrate(old, new)
        await scene.arrives(MOVED, NEW.title)
        assert (kept(scene, MOVED), kept(scene, ELSEWHERE)) == before
        listed = await scene.says(ELSEWHERE, "/resume", user=ADMIN)
        await scene.presses(listed, "Send them", user=ADMIN)
        await scene.arrives(ELSEWHERE, NEW.title)
        assert {place: scene.posts(place) for place in (MOVED, ELSEWHERE, MOVING, PAUSED)} == {
            MOVED: [NEW.title],
            ELSEWHERE: [NEW.title],
            MOVING: [],
            PAUSED: [],
        }
