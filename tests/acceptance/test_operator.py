"""What an operator does first: init, check, becoming an operator; with the real program."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.harness import READER, Program, posts, until
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram

OLD = [Entry("旧文章", "从前。", ("扩散模型",), "/old")]


@pytest_asyncio.fixture
async def blog() -> AsyncIterator[Blog]:
    """Run a blog with one post."""
    async with Blog() as server:
        server.publish("/feed.xml", rss(OLD, title="信号站"))
        yield server


def away(blog: Blog, telegram: Telegram) -> dict[str, str]:
    """Give the environment that leads the program to the servers here."""
    return {
        "INCOMING_TELEGRAM__API_BASE": telegram.base,
        "INCOMING_FETCH__ALLOW_ADDRESSES": '["127.0.0.0/8"]',
    }


@pytest.mark.asyncio
async def test_init_tests_the_answers_and_writes_a_private_file(tmp_path: Path, blog: Blog, telegram: Telegram) -> None:
    """Blog and token are tried, the bot's name is shown, and the file can be read by its owner alone."""
    program = Program(tmp_path, blog, telegram, env={**away(blog, telegram), "TZ": "Asia/Tokyo"}, cold=True)
    output = tmp_path / "made" / "config.toml"
    words = ("--blog", blog.url(), "--telegram-token", telegram.token, "--language", "en", "--output", str(output))
    done = await program.bare("init", *words)
    assert done.code == 0, done.err
    assert "信号站" in done.out
    assert "note time zone Asia/Tokyo; --timezone names another\n" in done.out
    assert "https://t.me/" in done.out
    assert telegram.token not in done.out + done.err
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    written = tomllib.loads(output.read_text(encoding="utf-8"))
    assert written == {
        "language": "en",
        "timezone": "Asia/Tokyo",
        "feeds": [{"url": blog.url()}],
        "fetch": {"allow_addresses": ["127.0.0.0/8"]},
        "telegram": {"token": telegram.token},
    }
    program.cold = False
    again = await program.bare("init", *words)
    assert (again.code, len(again.err.splitlines())) == (2, 1)
    assert "--force" in again.err


@pytest.mark.asyncio
async def test_init_takes_the_blogs_page(tmp_path: Path, blog: Blog, telegram: Telegram) -> None:
    """Nobody needs to know where the feed is: the blog's own address will do."""
    program = Program(tmp_path, blog, telegram, env=away(blog, telegram))
    page = '<!doctype html><title>b</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"><p>hello'
    blog.publish("/", page.encode(), "text/html")
    output = tmp_path / "config.toml"
    words = ("--telegram-token", telegram.token, "--language", "en", "--output", str(output))
    done = await program.bare("init", "--blog", blog.url("/"), *words)
    assert done.code == 0, done.err
    assert tomllib.loads(output.read_text(encoding="utf-8"))["feeds"][0]["url"] in {blog.url("/"), blog.url()}
    assert [asked.path for asked in blog.requests] == ["/", "/feed.xml"]


@pytest.mark.asyncio
async def test_init_writes_nothing_where_a_test_fails(tmp_path: Path, blog: Blog, telegram: Telegram) -> None:
    """A wrong token or a wrong address is one line, and no file is left."""
    program = Program(tmp_path, blog, telegram, env=away(blog, telegram))
    output = tmp_path / "config.toml"
    common = ("--language", "zh", "--output", str(output))
    wrong_token = await program.bare("init", "--blog", blog.url(), "--telegram-token", "1:wrong", *common)
    wrong_blog = await program.bare("init", "--blog", blog.url("/nothing"), "--telegram-token", telegram.token, *common)
    wrong_zone = await program.bare("init", "--blog", blog.url(), "--timezone", "Mars", *common)
    assert (wrong_token.code, wrong_blog.code, wrong_zone.code) == (1, 1, 1)
    assert wrong_zone.err.startswith("incoming: Mars 不是 IANA 时区")
    assert "@BotFather" in wrong_token.err
    assert wrong_blog.err == (
        f"incoming: {blog.url('/nothing')} 读不了：那里什么也没有（404）；到博客上找到现在的订阅地址，改过来\n"
    )
    assert len((wrong_token.err + wrong_blog.err).splitlines()) == 2
    assert not output.exists()


@pytest.mark.asyncio
async def test_check_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path, blog: Blog, telegram: Telegram) -> None:
    """All well ends with 0; a dead feed and a revoked token are lines with their remedy, and end with 1."""
    program = Program(tmp_path, blog, telegram, cold=True)
    well = await program.run("check")
    assert (well.code, well.out.splitlines()[-1]) == (0, "all well"), well.out
    assert "telegram: @" in well.out
    blog.publish("/feed.xml", b"<!doctype html><p>moved", "text/html")
    telegram.revoked, program.cold = True, False
    ill = await program.run("check")
    assert ill.code == 1
    bad = [line for line in ill.out.splitlines() if line.startswith("BAD")]
    assert len(bad) == 2
    assert "telegram.token" in bad[0]
    assert "@BotFather" in bad[0]
    assert "feed blog: it is a web page" in bad[1]


@pytest.mark.asyncio
async def test_a_one_time_code_makes_the_first_operator(tmp_path: Path, blog: Blog, telegram: Telegram) -> None:
    """`run` and `check` print a link while there is no operator; who follows one may see the feeds, nobody else."""
    program = Program(tmp_path, blog, telegram, operators="")
    checked = await program.run("check")
    found = re.search(r"on Telegram, open https://t\.me/\w+\?start=([\w-]+)$", checked.out, re.MULTILINE)
    assert found is not None, checked.out
    code, program.cold = found[1], True
    process = await program.start("run")
    assert process.stderr is not None
    seen = b""
    while b"?start=" not in seen:
        seen = await process.stderr.readline()
        assert seen, "the program ended without a link"
    other = re.search(rb"https://t\.me/\w+\?start=([\w-]+)", seen)
    assert other is not None
    world = telegram.world
    world.add_chat(2002)
    world.say(2002, 2002, "/feeds")
    await until(lambda: len(world.ledger) == 1, "the refusal")
    world.say(READER, READER, f"/start {code}")
    await until(lambda: len(world.ledger) == 2, "the welcome")
    world.say(2002, 2002, f"/start {other[1].decode()}")
    await until(lambda: len(world.ledger) == 3, "what the other code makes of somebody else")
    world.say(READER, READER, "/feeds")
    await until(lambda: len(world.ledger) == 4, "the list of feeds")
    await program.stop()
    texts = [entry.text for entry in world.ledger]
    assert "信号站" not in texts[0]
    assert "运营" in texts[1] or "管理" in texts[1]
    assert texts[2] != texts[1]
    assert "信号站" in texts[3]
    program.cold = False
    assert (await program.run("check")).out.count("no operator yet") == 0


@pytest.mark.asyncio
async def test_the_environment_alone_is_enough(tmp_path: Path, blog: Blog, telegram: Telegram) -> None:
    """`INCOMING_FEEDS` names the feeds, the token comes from the environment, and no file is needed."""
    blog.publish("/other.xml", rss([Entry("别处", "文字", (), "/elsewhere")], title="Other"))
    env = away(blog, telegram) | {
        "INCOMING_FEEDS": f"{blog.url()} {blog.url('/other.xml')}",
        "INCOMING_TELEGRAM__TOKEN": telegram.token,
        "INCOMING_DATABASE": str(tmp_path / "incoming.db"),
    }
    program = Program(tmp_path, blog, telegram, env=env, cold=True)
    done = await program.bare("once")
    program.cold = False
    listed = await program.bare("feeds")
    assert done.code == 0, done.err
    assert "信号站" in listed.out
    assert "Other" in listed.out


@pytest.mark.asyncio
async def test_a_post_shown_by_latest_is_no_delivery(tmp_path: Path, blog: Blog, telegram: Telegram) -> None:
    """`/latest` shows the newest post exactly as it would be pushed, and it is still pushed when it is new."""
    program = Program(tmp_path, blog, telegram)
    await program.inline("once", "--all")
    await program.inline("chats", "add", f"telegram:{READER}")
    blog.publish("/feed.xml", rss([Entry("新文章", r"公式 \(a^2\)。", ("优化",), "/new"), *OLD], title="信号站"))
    await program.run("once", "--all")
    (pushed,) = [entry for entry in telegram.world.ledger if entry.text == posts(telegram)[0]]
    telegram.world.say(READER, READER, "/latest")
    done = await program.run("once")
    assert done.code == 0, done.err
    shown = telegram.world.ledger[-1]
    assert posts(telegram) == [pushed.text, pushed.text]
    looks = ("method", "text", "entities", "keyboard")
    assert [getattr(shown, each) for each in looks] == [getattr(pushed, each) for each in looks]
    assert pushed.entities
    assert shown.payload.get("link_preview_options") == pushed.payload.get("link_preview_options")
