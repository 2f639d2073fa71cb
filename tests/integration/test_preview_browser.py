"""``preview --html`` in a real browser: nothing is wider than the screen, nothing complains, nothing is loaded."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import picture
from tests.acceptance.test_command_line import told

if TYPE_CHECKING:
    from playwright.async_api import Page

_TOO_WIDE = """[...document.querySelectorAll('article *')]
    .filter(each => each.scrollWidth > each.parentElement.clientWidth + 1).length"""
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FEED = r"""<rss version="2.0"><channel><title>b</title><link>https://b.example/</link>
<item><title>从一步加噪看 Flow</title><link>https://b.example/1</link><guid>1</guid><category>扩散模型</category><description><![CDATA[<p>加噪公式：</p>
<p>$$\mathbf{x}_t=(1-t)\mathbf{x}_0+t\varepsilon$$</p><pre><code class="language-python">LONG = 1</code></pre>
<blockquote><p>WIDE</p></blockquote><table><tr><th>名<th>值</tr><tr><td>a<td>12</tr></table><p>更多 *文字* 在
<a href="https://x.example/p">这里</a>。</p>]]></description></item></channel></rss>
""".replace("LONG", "x" * 200).replace("WIDE", "https://x.example/" + "a" * 300)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page with the real command."""
    folder = tmp_path_factory.mktemp("preview")
    feed, output = folder / "feed.xml", folder / "page.html"
    feed.write_text(FEED, "utf-8")
    command = [sys.executable, "-m", "bot", "preview", str(feed), "--html", str(output)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env={"PYTHONPATH": str(Path.cwd())})
    return output


def test_the_command_writes_one_page(saved: Path) -> None:
    """Both platforms, both themes, in one file."""
    html = saved.read_text("utf-8")
    assert [
        html.count(f'class="{name} {theme}"') for name in ("telegram", "discord") for theme in ("light", "dark")
    ] == [1] * 4
    assert html.count("𝐱ₜ = (1−t)𝐱₀ + tε") == 4


def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong use says what and where, and is no traceback."""
    feed = tmp_path / "feed.xml"
    feed.write_text(FEED, "utf-8")
    assert told(monkeypatch, tmp_path, "preview", str(feed), "--html", str(tmp_path / "no" / "page.html")) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "page.html" in said


@pytest.mark.asyncio
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: `apt-get install chromium`")
async def test_in_a_browser(saved: Path) -> None:
    """On a desk and on a phone: no overflow, no complaint, no request; the themes can be chosen without a script."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 -- only where there is a browser

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for width, height in ((1280, 900), (390, 844)):
            await look(await browser.new_page(viewport={"width": width, "height": height}), saved, width)
        await browser.close()


async def look(tab: Page, saved: Path, width: int) -> None:
    """Look at the page on one screen."""
    complaints: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    await tab.goto(saved.as_uri())
    assert await tab.evaluate("document.documentElement.scrollWidth") <= width
    assert await tab.evaluate(_TOO_WIDE) == 0
    assert await tab.locator("article:visible").count() == 4
    await tab.locator("label[for=dark]").click()
    assert await tab.locator("article:visible").count() == 2
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.asyncio
@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: `apt-get install chromium`")
async def test_the_readmes_picture_is_drawn_from_the_sample(tmp_path: Path) -> None:
    """`make picture`: four screens from a post of our own, formulas readable, small enough for a first screen."""
    page, output = tmp_path / "zh.html", tmp_path / "zh.png"
    picture.write("zh", page)
    assert page.read_text("utf-8").count("𝐱ₜ = (1−t)𝐱₀ + t𝜺") == 4
    await picture.draw(page, output)
    body = output.read_bytes()
    width, height = (int.from_bytes(body[start : start + 4], "big") for start in (16, 20))
    assert (width, height > width / 2) == (768, True)
    assert len(body) < 200_000
