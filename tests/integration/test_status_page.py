from __future__ import annotations

import re
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot import i18n
from bot.core.incidents import Kind, Sign
from bot.core.models import Address, PlaceKind, Rejected, Trouble
from bot.sections import WebSection
from bot.web import page
from bot.web.page import View
from bot.web.server import Site, serve
from tests.integration.test_web import FakeVitals, free_port
from tests.world import World, open_world
from tests.years import Years

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

HOUR = timedelta(hours=1)
LONG = f"{'with a name that does not end ' * 4}{'Donaudampfschifffahrtsgesellschaft' * 3}"


@pytest_asyncio.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Give a world with one feed."""
    async with open_world(tmp_path / "incoming.db", monkeypatch) as opened:
        yield opened


def name(key: str, names: Mapping[str, str]) -> str:
    """Say what a topic is called."""
    return names.get(key, key)


async def write(world: World, language: str = "en", wrong: Mapping[str, str] | None = None) -> str:
    """Write the page as the caretaker does."""
    now = world.clock.now()
    overview = await world.store.facts.overview(now, timedelta(hours=8))
    return page.write(overview, wrong or {}, View(i18n.load(language), "Asia/Shanghai", now, name))


def text_of(html: str) -> str:
    """Give what a reader sees, roughly."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html).split())


async def busy(world: World) -> None:
    """Fill the world: two feeds, chats of all sorts, posts with every fate."""
    async with world.store.begin() as work:
        await work.add_feed("https://other.example/feed", world.clock.now())
        await work.add_categories(world.feed, [("t-diffusion", "扩散模型")])
        first, second = await work.feeds()
        await work.save_feed(
            replace(
                first,
                title="科学空间",
                home="https://blog.example/",
                last_check=world.clock.now(),
                last_ok=world.clock.now(),
            )
        )
        trouble = Trouble("dns", "no address", world.clock.now() - timedelta(hours=5), 5)
        ill = replace(second, title=f"A blog {LONG}", trouble=trouble, last_check=world.clock.now())
        await work.save_feed(ill)
    await world.subscribe("1001", topics=("diffusion",))
    await world.subscribe("1002")
    await world.subscribe("1003", query="-扩散")
    broken = await world.subscribe("1004")
    world.platform.always("1004", Rejected("bad text"))
    closed = await world.subscribe("-5", kind=PlaceKind.GROUP)
    async with world.store.begin() as work:
        await work.close_place(closed.address, "kicked", world.clock.now())
    for title in ("扩散模型的新进展", "装饰器入门", "<script>alert(1)</script>"):
        await world.publish(title)
    await world.deliver(20)
    assert set((await world.states(broken)).values()) == {"dead: rejected: bad text"}
    await world.publish("还在路上")


@pytest.mark.asyncio
async def test_the_page_says_what_the_operator_needs(world: World) -> None:
    """Feeds with trouble and remedy, the queue, each post with how many got it and why the others did not."""
    await busy(world)
    seen = text_of(await write(world))
    assert "1 thing to mend" in seen
    assert seen.partition("To mend")[2].startswith(f" A blog {LONG} : its host name leads nowhere ")
    assert "for 5 hours: " in seen
    assert "Try: " in seen
    row = re.search(r"扩散模型的新进展.*?科学空间 (\d) (.*?) 1月|扩散模型的新进展 \S+ 科学空间 (\d) ([^<]*)", seen)
    assert row is not None
    assert "2 1 could not be delivered" in seen
    assert "1 closed" in seen
    assert "chose other topics, filter" in seen
    assert "3 wait" in seen
    assert "telegram · closed" in seen
    chinese = text_of(await write(world, "zh"))
    assert "1 处要处理" in chinese
    assert "办法：" in chinese
    assert '["page_' not in chinese
    assert "page_" not in chinese + seen


@pytest.mark.asyncio
async def test_the_page_says_when_each_feed_was_looked_at_and_what_chats_chose(world: World) -> None:
    """Last and next check and the last new post, each in its column; open chats by platform and by topic."""
    await busy(world)
    now = world.clock.now()
    async with world.store.begin() as work:
        first, _ = await work.feeds()
        looked = replace(first, last_check=now - 2 * HOUR, next_check=now + 3 * HOUR, last_new=now - 5 * HOUR)
        await work.save_feed(looked)
    seen = text_of(await write(world))
    assert "Feed Last check Next check Last new post State 科学空间 18:00 23:00 15:00 Fine" in seen
    assert "Chats telegram 4 telegram · closed 1 Chosen topics All posts 4 diffusion 1" in seen
    assert "9 20 Jan: 6 delivered, 3 could not be delivered" in seen


@pytest.mark.asyncio
async def test_no_chat_is_on_the_page_and_nothing_hostile_runs(world: World) -> None:
    """Neither names nor ids of chats; a title with markup is text; no script, no foreign address is loaded."""
    async with world.store.begin() as work:
        await work.open_chat(
            Address("telegram", "987654321"),
            PlaceKind.PRIVATE,
            "Alice's chat",
            world.clock.now(),
            language="zh",
            timezone="UTC",
        )
    await busy(world)
    html = await write(world, wrong={"telegram": 'refused "5:secret" at https://user:pw@host/?key=1'})
    assert "Alice" not in html
    assert "987654321" not in html
    assert "1001" not in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "src=" not in html
    assert "url(" not in html
    assert "pw@" not in html


@pytest.mark.asyncio
async def test_what_is_open_stands_on_the_page(world: World) -> None:
    """What was told in the chat can be seen here: a page that says all is well while copies fail would be a lie."""
    signs = (
        Sign(Kind.BACKUP, "daily", {"folder": "data", "cause": "disk full <b>"}),
        Sign(Kind.HELD, "blog", {"feed": "blog", "n": "3"}),
        Sign(Kind.PLACE, "telegram:-5", {"place": "Alice's group", "reason": "kicked"}),
        Sign(Kind.PLACE, "telegram:-6", {"place": "Bob's group", "reason": "kicked"}),
    )
    async with world.store.begin() as work:
        for sign in signs:
            await work.open_incident(sign, world.clock.now())
    html = await write(world)
    assert "I could not make today's copy of the database: disk full &lt;b&gt;" in html.replace("&#x27;", "'")
    assert "3 posts that look new are held back" in text_of(html)
    assert "telegram: 2 closed" in html
    assert "3 things to mend" in html
    assert not re.search(r"Alice|Bob|telegram:-", html)
    async with world.store.begin() as work:
        for incident in await work.open_incidents():
            await work.close_incident(incident.id, world.clock.now())
    assert "All well" in text_of(await write(world))


@pytest.mark.asyncio
async def test_the_last_twenty_posts(world: World) -> None:
    """The newest first, and no more than that."""
    await world.subscribe()
    await world.publish(*(f"Post-{number:02}" for number in range(23)))
    assert re.findall(r"Post-\d\d", text_of(await write(world))) == [f"Post-{n:02}" for n in range(22, 2, -1)]


@pytest.mark.asyncio
async def test_an_empty_bot_has_a_page(world: World) -> None:
    """Before the first post and the first chat."""
    seen = text_of(await write(world))
    assert "All well" in seen
    assert "No post was pushed yet." in seen
    assert "None yet." in seen


@pytest.mark.asyncio
async def test_the_page_is_quick_with_a_hundred_thousand_deliveries(world: World) -> None:
    """Every read of it uses an index: written in tens of milliseconds of this process's time."""
    years = Years(world.store._engine.path)
    years.subscribe(5000, world.clock.now())
    for _ in range(4):
        years.publish(world.clock.now(), 5)
        await world.clock.sleep(86400)
    assert years.count("delivery") == 100_000
    assert "100000" in await write(world)
    assert await spent(world) < 0.05
    years.forget_sending()
    years.close()
    assert "5000 wait" in await write(world)
    assert await spent(world) < 0.05


async def spent(world: World) -> float:
    """Give the seconds that writing the page takes: of processor time, so that a busy machine changes nothing."""
    times = []
    for _ in range(7):
        began = time.process_time()
        await write(world)
        times.append(time.process_time() - began)
    return min(times)


# -- in a browser -----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: `apt-get install chromium`")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
async def test_in_a_browser(world: World, tmp_path: Path, scheme: str, width: int, height: int) -> None:
    """Light and dark, on a desk and on a phone: nothing is wider than the screen, words stand out."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 -- only where there is a browser

    await busy(world)
    await world.subscribe("1005", feed=2)
    await world.publish("by the blog with the long name", feed=2)
    settings = WebSection(port=free_port())
    language = "zh" if width < 500 else "en"
    site = Site(settings, FakeVitals(), world.store.facts, lambda: write(world, language), world.clock)
    async with serve(settings, site) as base, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=True,
        )
        tab = await context.new_page()
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text))
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        answer = await tab.goto(base)
        assert answer is not None
        assert answer.status == 200
        await tab.screenshot(path=tmp_path / f"status-{scheme}-{width}.png", full_page=True)
        assert await tab.evaluate("document.documentElement.scrollWidth") <= width
        assert await tab.locator("svg rect.sent").count() >= 1
        colours = await tab.evaluate(_COLOURS)
        assert {pair: ratio for pair, ratio in colours.items() if ratio < 4.5} == {}
        assert [url for url in asked if not url.startswith(base)] == []
        assert complaints == []
        await browser.close()


_COLOURS = """() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3)
      .map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)|transparent/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = {};
  for (const node of document.querySelectorAll('h1, h2, td, th, span, b, a, p, time')) {
    const style = getComputedStyle(node);
    const [a, b] = [light(style.color), light(ground(node))].sort((x, y) => y - x);
    found[style.color + ' on ' + ground(node)] = (a + 0.05) / (b + 0.05);
  }
  return found;
}"""
