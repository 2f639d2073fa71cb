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


SECRET = "MTE3NzA2ODk5MDAwMDAwMDAw.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("english", "UTC", "https://a.example/", "777:secret"), "the language is one of: zh, zh-TW, en"),
        (("en", "Mars", "777:secret"), "Mars is no IANA time zone; "),
        (("en", "UTC", "myblog", "777:secret", SECRET), "myblog is no web address; "),
        (("en", "UTC", "", "777:secret", SECRET), "'' is no web address; "),
        (("en", "UTC", "http://127.0.0.1:9/feed", "", ""), "http://127.0.0.1:9/feed cannot be read: no connection: "),
        (("en", "777:secret"), "that looks like a token, which is asked for later"),
        (("en", f"'{SECRET}'"), "that looks like a token, which is asked for later"),
        (("en", "UTC", "777:secret"), "that looks like a token, which is asked for later"),
        (("en", "UTC", SECRET), "that looks like a token, which is asked for later"),
    ],
)
async def test_a_wrong_answer_ends_it_with_the_reason(tmp_path: Path, answers: tuple[str, ...], said: str) -> None:
    """The next line answers another question: it is not tried for this one, and no token is repeated or looked up."""
    code, shown, wrong = await init(tmp_path, *answers)
    assert code == 1, wrong
    assert wrong.splitlines()[-1].startswith(f"incoming: {said}")
    assert "secret" not in shown + wrong
    assert SECRET not in shown + wrong
    assert not (tmp_path / "config.toml").exists()


@pytest.mark.asyncio
async def test_empty_lines_take_what_is_proposed(tmp_path: Path) -> None:
    """Language, time zone, and platforms that are off: four lines and a blog are all that is needed."""
    async with Blog() as blog:
        blog.publish("/feed.xml", rss([Entry("旧文章", "从前。", (), "/old")], title="信号站"))
        code, _, wrong = await init(tmp_path, "", "", blog.url(), "", "", LC_ALL="en_US.UTF-8", TZ="Europe/Berlin")
    assert code == 0, wrong
    config = load_config(tmp_path / "config.toml")
    assert (config.timezone, [feed.url for feed in config.feeds]) == ("Europe/Berlin", [blog.url()])


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
