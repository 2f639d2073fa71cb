"""The README's pictures: ``python -m tests.picture`` draws what ``preview --html`` writes, in Debian's Chromium."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import async_playwright

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs"
LANGUAGES: Final = ("en", "zh")
WIDTH: Final = 800
"""CSS pixels: two screens stand beside each other."""
BROWSER: Final = shutil.which("chromium") or shutil.which("chromium-browser")


def write(language: str, output: Path) -> None:
    """Let the real command write a language's page."""
    words = ("preview", str(DOCS / "sample" / f"{language}.xml"), "--html", str(output))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "INCOMING_LANGUAGE": language}
    subprocess.run((sys.executable, "-m", "bot", *words), check=True, cwd=output.parent, env=env, timeout=60)


async def draw(page: Path, output: Path) -> None:
    """Draw a page's first post: on both platforms, light and dark."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        tab = await browser.new_page(viewport={"width": WIDTH, "height": 600})
        await tab.goto(page.as_uri())
        # Two columns, each as high as its post: a picture in a text has no room to scroll.
        await tab.add_style_tag(content=".screens { grid-template-columns: 1fr 1fr !important; align-items: start }")
        await tab.locator(".screens").first.screenshot(path=output)
        await browser.close()


async def main() -> None:
    """Draw a picture for each language."""
    with tempfile.TemporaryDirectory() as folder:
        for language in LANGUAGES:
            page = Path(folder) / f"{language}.html"
            write(language, page)
            await draw(page, DOCS / f"picture.{language}.png")


if __name__ == "__main__":
    if BROWSER is None:
        sys.exit("picture: there is no Chromium here; install Debian's `chromium` and `fonts-noto-cjk`")
    asyncio.run(main())
