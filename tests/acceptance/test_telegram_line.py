"""The line to Telegram with the real program: through proxies, brought by a webhook, and with somebody else on it."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.platforms.telegram.webhook import BODY
from tests.acceptance.harness import READER, Program, until
from tests.acceptance.readers import bring, once, reader, refusals, sent, show
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry
from tests.emulators.proxy import Proxy
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_people import person
from tests.integration.test_web import free_port

MEMBER = 7007
STRANGERS = (6001, 6002, 6003)
OLD = Entry("旧文章", "一年以前写的。", (), "/old")
SECRET = "a-secret-that-nobody-guesses"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    """Give the program with a blog of one old post."""
    async with Blog() as blog, Telegram() as telegram:
        made = Program(tmp_path, blog, telegram)
        show(made, OLD)
        yield made


@pytest.mark.asyncio
async def test_the_bot_api_is_reached_through_an_http_and_a_socks_proxy(program: Program) -> None:
    """A name that resolves nowhere but at the proxy: a command is answered, a post arrives, nothing else goes there."""
    world = program.telegram.world
    await bring(program, reader(READER))
    async with Proxy(to=("127.0.0.1", program.telegram.port)) as proxy:
        for number, address in enumerate((proxy.http, proxy.address), 1):
            program.env["INCOMING_TELEGRAM__API_BASE"] = "http://telegram.example/bot"
            program.env["INCOMING_TELEGRAM__PROXY"] = address
            proxy.asked.clear()
            world.say(MEMBER, MEMBER, "/help")
            show(program, *[Entry(f"第 {n} 篇", "短。", (), f"/{n}", n) for n in range(number, 0, -1)], OLD)
            await once(program)
            assert [len(sent(world, chat)) for chat in (READER, MEMBER)] == [number, number]
            assert {*proxy.asked} == {("telegram.example", 80)}


@pytest.mark.asyncio
async def test_two_processes_with_one_token_say_so(program: Program) -> None:
    """Each takes the other's updates: the log of each says so, once and in words, with what to do."""
    folder = program.folder / "other"
    folder.mkdir()
    other = Program(folder, program.blog, program.telegram)
    for each in (program, other):
        await each.start("run")
    world = program.telegram.world
    await until(lambda: refusals(world).count(("getUpdates", 409)) >= 3, "polls that were ended on both sides")
    for each in (program, other):
        ended = await each.stop()
        (said,) = [line for line in ended.err.splitlines() if "telegram.poll_failed" in line]
        assert "another program polls with this token; end one of the two" in said
        assert (ended.code, "Traceback" in ended.err) == (0, False)


@pytest.mark.asyncio
async def test_a_webhook_takes_only_what_proves_itself_and_is_no_flood(program: Program) -> None:
    """A wrong secret, none, and a megabyte are refused and not answered; the log says so, and never the secret."""
    port = free_port()
    program.env = {
        "INCOMING_TELEGRAM__WEBHOOK__URL": "https://bot.example/hook",
        "INCOMING_TELEGRAM__WEBHOOK__SECRET": SECRET,
        "INCOMING_TELEGRAM__WEBHOOK__PORT": str(port),
    }
    world = program.telegram.world
    await program.start("run")
    await until(lambda: world.webhook is not None, "the webhook")
    statuses = []
    async with aiohttp.ClientSession() as session:
        for user, headers, more in (
            (STRANGERS[0], {HEADER: SECRET[:-1] + "x"}, ""),
            (STRANGERS[1], {}, ""),
            (STRANGERS[2], {HEADER: SECRET}, "x" * BODY),
            (READER, {HEADER: SECRET}, ""),
        ):
            chat = world.chat(user).shape()
            message = {"message_id": user, "date": 1, "chat": chat, "from": person(user), "text": "/help"}
            update = {"update_id": user, "message": message, "more": more}
            body = io.BytesIO(json.dumps(update).encode())
            async with session.post(f"http://127.0.0.1:{port}/hook", data=body, headers=headers) as response:
                statuses.append(response.status)
    await until(lambda: bool(sent(world, READER)), "the answer")
    ended = await program.stop()
    assert statuses == [403, 403, 413, 200]
    assert {each.chat for each in world.ledger} == {READER}
    assert ended.err.count("telegram.webhook_refused") == 2
    assert (ended.code, SECRET in ended.err, "Traceback" in ended.err) == (0, False, False)
