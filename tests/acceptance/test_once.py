"""`incoming once` as cron runs it: a blog's past in an afternoon, and a server that wants rest."""

from __future__ import annotations

import signal

import pytest

from tests.acceptance.harness import READER, Program, until
from tests.acceptance.readers import bring, once, reader, refusals, show
from tests.emulators.blog import Answer
from tests.emulators.documents import Entry
from tests.emulators.generator import Blog as Past
from tests.emulators.pasts import dated_path
from tests.emulators.telegram import Telegram

OLD, NEW = Entry("旧文章", "一年以前写的。", (), "/old"), Entry("新文章", "短。", (), "/new", 1)


def sent(telegram: Telegram) -> list[set[str]]:
    """Give the addresses that each message named when it came; edits of messages are no news."""
    messages = [entry for entry in telegram.world.ledger if entry.method == "sendMessage"]
    return [{each["url"] for each in entry.entities if each["type"] == "text_link"} for entry in messages]


@pytest.mark.asyncio
async def test_years_within_seconds(program: Program) -> None:
    """All dates are old and no look is due: `--all` looks all the same, and each state's new posts are named in it.

    A move of everything with a post beside it, and a batch that comes as one post and a list.
    """
    past = Past()
    past.publish(14)
    await program.inline("chats", "add", f"telegram:{READER}")

    async def look(*, new: int) -> list[int]:
        program.blog.publish("/feed.xml", past.build()[0])
        before = len(sent(program.telegram))
        await program.inline("once", "--all", "--wait", "60")
        came = sent(program.telegram)[before:]
        assert set().union(*came) == {past.link(post) for post in past.posts[len(past.posts) - new :]}
        return [len(each) for each in came]

    assert await look(new=0) == []
    past.form, past.base, past.path, past.guid = "atom", "https://new.example", dated_path, "tag"
    past.publish()
    assert await look(new=1) == [1]
    past.publish(5)
    assert await look(new=5) == [1, 4]


@pytest.mark.asyncio
async def test_what_telegram_puts_off_for_long_is_left_to_a_later_pass_and_said(program: Program) -> None:
    """It is not waited for, the pass has done what it could, and whoever reads cron's letters knows that it waits."""
    slow = {"code": 429, "description": "Too Many Requests: retry after 900", "parameters": {"retry_after": 900}}
    program.telegram.world.fault("answer", chat=READER, times=1, **slow)
    show(program, OLD)
    await bring(program, reader(READER))
    show(program, NEW, OLD)
    for _ in range(2):
        said = await once(program)
        assert "incoming: messages to 1 chat did not get through; a later pass tries them again\n" in said
    assert len(refusals(program.telegram.world)) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_pass_that_is_told_to_stop_records_what_is_under_way(program: Program, number: signal.Signals) -> None:
    """By cron's time limit or by Ctrl-C: what was sent is known to be, and the next pass does not send it again."""
    show(program, OLD)
    await bring(program, reader(READER))
    show(program, NEW, OLD)
    slow = program.telegram.world.fault("delay", chat=READER, seconds=1.0)
    await program.start("once", "--all")
    await until(lambda: not slow.times, "a request under way")
    ended = await program.stop(number)
    assert (ended.code, "Traceback" in ended.err) == (130, False), ended.err
    await once(program)
    assert [entry.text.split("\n")[0] for entry in program.telegram.world.ledger] == ["新文章"]


@pytest.mark.asyncio
async def test_a_server_that_wants_rest_has_it_also_from_all(program: Program) -> None:
    """After a Retry-After of an hour not even `--all` asks, and says why nothing came."""
    program.blog.script("/feed.xml", Answer(503, b"", (("Retry-After", "3600"),)))
    for _ in range(2):
        ended = await program.run("once", "--all")
        assert ended.code == 1
        assert "incoming: blog: HTTP 503" in ended.err
    assert len(program.blog.requests) == 1
