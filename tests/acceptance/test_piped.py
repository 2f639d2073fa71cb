"""`init` with its answers through a pipe, as from a script or `docker run -i`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bot.parts import load_config
from tests import births
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

OWN_NETWORK = {"INCOMING_FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]'}


async def init(folder: Path, *answers: str, **env: str) -> tuple[int, str, str]:
    """Run ``incoming init`` with these lines as its input; give exit code, output and errors."""
    pipes = [os.pipe() for _ in range(3)]
    (asked, answered), (out, theirs), (errors, their_errors) = pipes
    os.write(answered, "".join(f"{answer}\n" for answer in answers).encode())
    os.close(answered)
    try:
        born = births.bear(["init"], folder, {**os.environ, **OWN_NETWORK, **env}, (asked, theirs, their_errors))
    finally:
        for end in (asked, theirs, their_errors):
            os.close(end)
    born.stdout, born.stderr = [await births.stream(end) for end in (out, errors)]
    async with asyncio.timeout(60):
        said, wrong = await born.communicate()
    return await born.wait(), said.decode(), wrong.decode()


@pytest.mark.asyncio
async def test_a_wrong_answer_is_asked_for_again(tmp_path: Path) -> None:
    """A time zone and a blog that are wrong at first, as at a terminal: each is named, and the next line is heard."""
    async with Blog() as blog:
        blog.publish("/feed.xml", rss([Entry("旧文章", "从前。", (), "/old")], title="信号站"))
        answers = ("en", "Europe/Berlim", "Europe/Berlin", "myblog", blog.url("/nothing"), blog.url(), "", "")
        code, _, wrong = await init(tmp_path, *answers)
    assert code == 0, wrong
    config = load_config(tmp_path / "config.toml")
    assert (config.timezone, [feed.url for feed in config.feeds]) == ("Europe/Berlin", [blog.url()])
    said = [line for line in wrong.splitlines() if line]
    assert [line.split()[0] for line in said] == ["Europe/Berlim", "myblog", blog.url("/nothing")]


@pytest.mark.asyncio
async def test_the_third_wrong_answer_is_the_last(tmp_path: Path) -> None:
    """A script that answers something else altogether comes to an end, and nothing is written."""
    code, _, wrong = await init(tmp_path, "en", "Mars", "Venus", "Pluto", "UTC")
    assert code == 1
    assert wrong.splitlines()[-1].startswith("incoming: Pluto is no IANA time zone; ")
    assert not (tmp_path / "config.toml").exists()


@pytest.mark.asyncio
async def test_a_wrong_token_is_not_asked_for_again(tmp_path: Path) -> None:
    """The next line may be the other platform's token, which is nobody else's business."""
    async with Blog() as blog, Telegram() as telegram:
        blog.publish("/feed.xml", rss([Entry("旧文章", "从前。", (), "/old")], title="信号站"))
        answers = ("en", "UTC", blog.url(), "1:wrong", telegram.token, "")
        code, said, wrong = await init(tmp_path, *answers, INCOMING_TELEGRAM__API_BASE=telegram.base)
    assert code == 1
    assert "ok   telegram" not in said
    assert wrong.splitlines()[-1].startswith("incoming: ")
    assert "Telegram does not know this token" in wrong
    assert not (tmp_path / "config.toml").exists()
