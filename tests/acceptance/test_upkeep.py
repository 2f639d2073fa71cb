"""The running program seen from outside: its health, and what becomes of it when it hangs."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.acceptance.harness import PATIENCE, READER, Program, until
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.integration.test_web import free_port

OLD = [Entry("旧文章", "一年以前写的。", (), "/old")]


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    """Give the program between a blog and a Telegram, with its web side on."""
    async with Blog() as blog, Telegram() as telegram:
        telegram.world.add_chat(READER)
        blog.publish("/feed.xml", rss(OLD))
        made = Program(tmp_path, blog, telegram, env={"INCOMING_WEB__PORT": str(free_port())})
        yield made
        if made._process is not None and made._process.returncode is None:
            made._process.kill()
            await made._process.wait()


async def get(program: Program, path: str, seconds: float = 5.0) -> tuple[int, str]:
    """Ask the web side; 0 where nobody answers in time."""
    url = f"http://127.0.0.1:{program.env['INCOMING_WEB__PORT']}{path}"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session,
            session.get(url) as answer,
        ):
            return answer.status, await answer.text()
    except (aiohttp.ClientError, TimeoutError):
        return 0, ""


async def answers(program: Program, path: str, part: str) -> str:
    """Wait until a page has something in it; give the page."""
    end = time.monotonic() + PATIENCE
    while part not in (text := (await get(program, path))[1]):
        assert time.monotonic() < end, f"never in {path}: {part}; but {text}"
        await asyncio.sleep(0.05)
    return text


async def healthy(program: Program) -> None:
    """Wait until the program says that it is well."""
    await answers(program, "/healthz", "ok")


def beacon_age(program: Program) -> float:
    """Give the seconds since the loops last said that they are well."""
    return time.time() - (program.folder / "incoming.db.alive").stat().st_mtime


@pytest.mark.asyncio
async def test_health_readiness_metrics_and_page_of_the_running_program(program: Program) -> None:
    """All four answer; the feed's check was counted; SIGTERM still ends it with 0."""
    await program.start("run")
    await healthy(program)
    status, text = await get(program, "/readyz")
    assert (status, '"telegram": "ok"' in text, '"blog": "ok"' in text) == (200, True, True)
    await answers(program, "/metrics", 'incoming_feed_checks_total{result="read"} 1.0')
    assert "incoming_parse_seconds_count 1.0" in (await get(program, "/metrics"))[1]
    assert (await get(program, "/"))[0] == 200
    assert (await program.stop()).code == 0


@pytest.mark.asyncio
async def test_trouble_is_told_in_the_operators_chat_once_however_often_it_starts(program: Program) -> None:
    """A feed that fails since seven hours: one message with the remedy; after a restart it is open, and not told."""
    await program.inline("once", "--all")
    now = int(time.time() * 1000)
    with contextlib.closing(sqlite3.connect(program.folder / "incoming.db")) as connection, connection:
        connection.execute(
            "UPDATE feed SET trouble_name = 'dns', trouble_cause = 'no address', trouble_count = 7,"
            " trouble_since = ?, next_check = ?",
            (now - 7 * 3600_000, now + 3600_000),
        )
    said = program.telegram.world.ledger
    await program.start("run")
    await until(lambda: len(said) == 1, "the notice")
    assert said[0].chat == READER
    assert "已 7 小时没查成" in said[0].text
    assert "办法：" in said[0].text
    await program.stop()
    await program.start("run")
    await answers(program, "/metrics", 'incoming_incidents{kind="feed"} 1.0')
    program.telegram.world.say(READER, READER, "/status")
    await until(lambda: len(said) == 2, "the answer to /status")
    assert "没查成" in said[1].text
    await asyncio.sleep(0.5)
    assert len(said) == 2
    assert (await program.stop()).code == 0


@pytest.mark.asyncio
async def test_a_program_whose_event_loop_hangs_ends_with_1(program: Program) -> None:
    """So that a container engine starts it again; the log says where it hung."""
    program.head += "[watch]\nstall_after = 5\n"
    process = await program.start("run", INCOMING_FAILPOINT="fetched:1:hang")
    async with asyncio.timeout(PATIENCE * 2):
        out, err = await process.communicate()
    assert process.returncode == 1, (out, err)
    assert "heart.stalled" in err.decode()
    assert "failpoint.py" in err.decode()
    assert "Traceback" not in err.decode()


@pytest.mark.asyncio
async def test_a_stopped_program_is_unhealthy_and_goes_on_when_it_is_woken(program: Program) -> None:
    """SIGSTOP: nobody answers, and the file that the container's health check reads grows old; SIGCONT: well again."""
    process = await program.start("run")
    await healthy(program)
    await until((program.folder / "incoming.db.alive").exists, "the beacon")
    process.send_signal(signal.SIGSTOP)
    assert (await get(program, "/healthz", 1.0))[0] == 0
    await until(lambda: beacon_age(program) > 7, "an old beacon")
    process.send_signal(signal.SIGCONT)
    await healthy(program)
    await until(lambda: beacon_age(program) < 6, "a fresh beacon")
    assert (await program.stop()).code == 0
