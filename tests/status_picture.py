"""The operators' pictures: ``python -m tests.status_picture [FOLDER]`` draws the status page in Debian's Chromium.

Without a folder it writes docs/status.*.png, the two that docs/operators.md shows; with one, all there are: light and
dark, on a desk and on a phone, in both languages. Blogs, posts and chats are made up.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import async_playwright

from bot import i18n
from bot.core.models import PlaceKind, Rejected, Trouble
from bot.core.trouble import TroubleName
from bot.web import page
from tests.picture import BROWSER, DOCS
from tests.world import World, open_world

ZONE: Final = "Asia/Shanghai"
HOUR: Final = timedelta(hours=1)
DAYS: Final = 30
SIZES: Final = {"desk": (960, 776), "phone": (390, 760)}
SAMPLE: Final[Mapping[str, Sequence[str]]] = {
    "en": (
        "Flow Matching in one noising step",
        "Why attention needs a temperature",
        "Diffusion models, without the tears: where the score comes from",
        "Notes on reading a loss curve",
        "Low-rank updates, and what they cannot learn",
    ),
    "zh": (
        "从一步加噪看 Flow Matching",
        "注意力为什么要有温度",
        "不流泪的扩散模型：得分从哪里来",
        "怎么看一条损失曲线",
        "低秩更新学不到什么",
    ),
}
TOPICS: Final = {"en": {"diffusion": "Diffusion"}, "zh": {"diffusion": "扩散模型"}}
BLOGS: Final = {"en": ("A Notebook on Learning", "Spare Parts"), "zh": ("学习笔记", "边角料")}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    language: Literal["en", "zh"]
    size: Literal["desk", "phone"]
    scheme: Literal["light", "dark"]

    @property
    def name(self) -> str:
        """Give its file's name."""
        return f"status.{self.language}.{self.size}.{self.scheme}.png"


KEPT: Final = (Shot("en", "desk", "light"), Shot("zh", "phone", "dark"))
"""Those that stand in the docs."""
ALL: Final = tuple(itertools.starmap(Shot, itertools.product(("en", "zh"), ("desk", "phone"), ("light", "dark"))))


async def fill(world: World, language: str) -> None:
    """Let a month pass: two blogs, one of them in trouble now, and chats of all sorts."""
    async with world.store.begin() as work:
        second = (await work.add_feed("https://parts.example/feed", world.clock.now())).id
    for number in range(14):
        await world.subscribe(str(1001 + number), topics=("diffusion",) if number % 3 == 0 else ())
    await world.subscribe("-4", kind=PlaceKind.GROUP, query="-loss -损失")
    broken = await world.subscribe("1100", feed=second)
    closed = await world.subscribe("-5", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.close_place(closed.address, "kicked", world.clock.now())
    world.platform.always(broken.address.place, Rejected("bad text"))
    titles = itertools.cycle(SAMPLE[language])
    for day in range(DAYS):
        feed = second if day % 11 == 5 else world.feed
        await world.publish(*(next(titles) for _ in range((day * 7) % 5 % 3)), feed=feed)
        await world.deliver(300)
        await world.clock.sleep(86400 - 300)
    await world.publish(next(titles))
    await _trouble(world, language)


async def _trouble(world: World, language: str) -> None:
    now = world.clock.now()
    async with world.store.begin() as work:
        feeds = await work.feeds()
        for feed, title in zip(feeds, BLOGS[language], strict=True):
            seen = replace(feed, title=title, home="https://blog.example/", last_check=now - HOUR / 4, last_ok=now)
            await work.save_feed(replace(seen, next_check=now + HOUR, last_new=now - 30 * HOUR))
        ill = replace((await work.feeds())[1], trouble=Trouble(TroubleName.TIMEOUT, "no answer", now - 7 * HOUR, 9))
        await work.save_feed(replace(ill, last_ok=now - 7 * HOUR))


async def write(folder: Path, language: str) -> Path:
    """Write the page of a bot that has run for a month."""
    with pytest.MonkeyPatch.context() as patch:
        async with open_world(folder / f"{language}.db", patch) as world:
            await fill(world, language)
            now, names = world.clock.now(), TOPICS[language]
            view = page.View(i18n.load(language), ZONE, now, lambda key, _: names.get(key, key))
            html = page.write(await world.store.facts.overview(now, 8 * HOUR), {}, view)
    written = folder / f"{language}.html"
    written.write_text(html, encoding="utf-8")
    return written


async def draw(shots: Iterable[Shot], folder: Path) -> None:
    """Draw pictures into a folder."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for language, each in itertools.groupby(shots, lambda shot: shot.language):
            with tempfile.TemporaryDirectory() as scratch:
                written = await write(Path(scratch), language)
                for shot in each:
                    width, height = SIZES[shot.size]
                    tab = await browser.new_page(viewport={"width": width, "height": height}, color_scheme=shot.scheme)
                    await tab.goto(written.as_uri())
                    await tab.screenshot(path=folder / shot.name, full_page=shot not in KEPT)
                    await tab.close()
        await browser.close()


if __name__ == "__main__":
    if BROWSER is None:
        sys.exit("status_picture: there is no Chromium here; install Debian's `chromium` and `fonts-noto-cjk`")
    if sys.argv[1:]:
        asyncio.run(draw(ALL, Path(sys.argv[1])))
    else:
        asyncio.run(draw(KEPT, DOCS))
