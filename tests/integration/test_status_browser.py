"""The status page in headless Chromium."""

from __future__ import annotations

import functools
import shutil
from typing import TYPE_CHECKING, Final, Literal

import pytest

from bot.sections import WebSection
from bot.web.server import Site, serve
from tests.integration.test_status_page import busy, write
from tests.integration.test_web import FakeVitals, free_port
from tests.world import World

if TYPE_CHECKING:
    from playwright.async_api import Page

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.asyncio
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: `apt-get install chromium`")
async def test_in_a_browser(world: World) -> None:
    """Light and dark as the device is, on a desk and on a phone: nothing is wider than the screen, words stand out."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 -- only where there is a browser

    await busy(world)
    await world.subscribe("1005", feed=2)
    await world.publish("by the blog with the long name", feed=2)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for language, width, height in (("en", 1280, 900), ("zh", 390, 844)):
            settings = WebSection(port=free_port())
            written = functools.partial(write, world, language)
            site = Site(settings, FakeVitals(), world.store.facts, written, world.clock)
            async with serve(settings, site) as base:
                for scheme in SCHEMES:
                    context = await browser.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme=scheme,
                        java_script_enabled=True,
                        # As a phone: without a word about its width, a page is laid out for a desk there.
                        is_mobile=width < 500,
                    )
                    await look(await context.new_page(), base, scheme, width)
                    await context.close()
        await browser.close()


async def look(tab: Page, base: str, scheme: str, width: int) -> None:
    """Look at the page on one screen."""
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    answer = await tab.goto(base)
    assert answer is not None
    assert answer.status == 200
    assert await tab.evaluate("document.documentElement.scrollWidth") <= width
    assert await tab.evaluate("innerWidth") == width
    assert ("dark" if await tab.evaluate(_PAPER) < 128 else "light") == scheme
    assert await tab.locator("svg rect.sent").count() >= 1
    colours = await tab.evaluate(_COLOURS)
    assert {pair: ratio for pair, ratio in colours.items() if ratio < 4.5} == {}
    assert [url for url in asked if not url.startswith(base)] == []
    assert complaints == []


_PAPER = "Math.max(...getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3))"

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
