"""Backup, export and import with the real command line."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.harness import READER, Program, posts, until
from tests.acceptance.terminal import terminal
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.unit.test_opml import RSSTT

OLD = [Entry("旧文章", "一年以前写的。", ("扩散模型",), "/old")]
NEW = Entry("新文章", "今天写的。", ("扩散模型",), "/new")


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    """Give the program between a blog and a Telegram, with a look at the blog behind it."""
    async with Blog() as blog, Telegram() as telegram:
        telegram.world.add_chat(READER)
        blog.publish("/feed.xml", rss(OLD))
        program = Program(tmp_path / "here", blog, telegram)
        program.folder.mkdir()
        await program.inline("once", "--all")
        yield program


def elsewhere(program: Program) -> Program:
    """Give the same program with a folder of its own."""
    other = Program(program.folder.parent / "there", program.blog, program.telegram)
    other.folder.mkdir()
    return other


@pytest.mark.asyncio
async def test_a_backup_of_a_running_bot_is_whole_and_goes_on_elsewhere(program: Program) -> None:
    """Copied while it runs, readable by its owner alone; started from the copy, what was sent is not sent again."""
    await program.inline("chats", "add", f"telegram:{READER}")
    await program.start("run")
    program.blog.publish("/feed.xml", rss([NEW, *OLD]))
    program.telegram.world.say(READER, READER, "/feeds check blog")
    await until(lambda: len(posts(program.telegram)) == 1, "the post")
    process = program._process
    copy = program.folder / "copies" / "today.db"
    done = await program.run("backup", str(copy))
    assert (done.code, "checked" in done.out) == (0, True), done.err
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [each.name for each in copy.parent.iterdir()] == ["today.db"]
    program._process = process
    assert (await program.stop()).code == 0

    other = elsewhere(program)
    copy.rename(other.folder / "incoming.db")
    assert (await other.run("once", "--all")).code == 0
    assert len(posts(program.telegram)) == 1
    assert [row["chat"] for row in json.loads((await other.run("chats", "--json")).out)] == [f"telegram:{READER}"]


@pytest.mark.asyncio
async def test_a_backup_that_cannot_be_made_says_why(program: Program) -> None:
    """Onto itself, into nowhere: one line, exit 1, and the database is as it was."""
    database = program.folder / "incoming.db"
    for target in (database, program.folder):
        done = await program.run("backup", str(target))
        assert (done.code, "name a file of its own" in done.err, "Traceback" in done.err) == (1, True, False)
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM post").fetchone() == (1,)
    connection.close()


@pytest.mark.asyncio
async def test_what_is_exported_comes_in_elsewhere_as_it_was(program: Program) -> None:
    """Chats with settings, topics and filters; twice changes nothing, and old posts are pushed to nobody."""
    await program.inline("chats", "add", f"telegram:{READER}", "--topic", "扩散模型", "--filter", "-广告")
    await program.inline("chats", "add", "telegram:-1002:7")
    there = program.folder / "all.json"
    done = await program.run("export", str(there))
    assert done.code == 0, done.err
    assert stat.S_IMODE(there.stat().st_mode) == 0o600
    other = elsewhere(program)
    for _ in range(2):
        done = await other.run("import", str(there))
        assert (done.code, "1 feed, 2 chats" in done.out) == (0, True), done.err
    again = other.folder / "again.json"
    await other.run("export", str(again))
    assert json.loads(again.read_text()) == json.loads(there.read_text())
    before, after = [json.loads(await each.inline("chats", "--json")) for each in (program, other)]
    # What a category is called, a blog says: its first look at this place is still to come.
    assert [row.pop("topic_names") for row in before] == [["扩散模型"], []]
    assert [len(row.pop("topic_names")) for row in after] == [1, 0]
    assert before == after
    assert (await other.run("once", "--all")).code == 0
    assert posts(program.telegram) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}x", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"format": "other"}', "format"),
        ('{"chats": [{"chat": "nowhere"}]}', "chats.0"),
        ('{"surprise": 1}', "surprise"),
        ("{}", "neither feeds nor chats"),
        ('{"format": "incoming", "version": 1}', "neither feeds nor chats"),
        ("<opml/>", "lists no feed"),
        ("<rss/>", "no OPML"),
    ],
)
async def test_what_is_no_export_changes_nothing(program: Program, text: str, said: str) -> None:
    """One line that says what is wrong, and a database as it was."""
    file = program.folder / "bad"
    file.write_text(text)
    line = await program.refused("import", str(file))
    assert said in line
    assert "\n" not in line
    assert len(json.loads(await program.inline("feeds", "--json"))) == 1


@pytest.mark.asyncio
async def test_another_bots_list_comes_in_and_goes_out(program: Program) -> None:
    """Feeds that are there stay, the chat that is named is subscribed to each, and OPML goes out again."""
    file = program.folder / "theirs.opml"
    file.write_text(RSSTT.replace("https://one.example/feed", program.blog.url()))
    done = await program.run("import", str(file), "--chat", f"telegram:{READER}")
    assert (done.code, "1 feed added, 1 was there" in done.out) == (0, True), done.err
    (chat,) = json.loads(await program.inline("chats", "--json"))
    assert len(chat["feeds"]) == 2
    out = program.folder / "ours.opml"
    assert (await program.run("export", str(out))).code == 0
    assert program.blog.url() in out.read_text()
    assert "二号博客" in out.read_text()


@pytest.mark.asyncio
async def test_a_long_list_shows_how_far_it_has_come(program: Program) -> None:
    """A thousand feeds: a bar at a terminal; where there is none, one word and the result."""
    file = program.folder / "many.opml"
    feeds = "".join(f'<outline type="rss" text="{n}" xmlUrl="https://b{n}.example/feed"/>' for n in range(1000))
    file.write_text(f'<opml version="2.0"><head/><body>{feeds}</body></opml>')
    async with terminal(program.folder, "import", str(file), "--config", str(program.config)) as there:
        await there.see("1000 feeds added, 0 were there already")
        assert await there.ended() == 0
    assert all(f"{percent}%" in there.shown for percent in (25, 50, 75, 100))
    program.cold = True
    again = await program.run("import", str(file))
    assert (again.code, again.err.split()) == (0, ["importing"])


@pytest.mark.asyncio
async def test_a_blog_that_moves_keeps_its_posts_seen(program: Program) -> None:
    """A new address under the old name: what was seen there is not pushed again, what is new is."""
    await program.inline("chats", "add", f"telegram:{READER}")
    program.blog.publish("/moved.xml", rss([NEW, *OLD]))
    program.extra = f'[[feeds]]\nname = "blog"\nurl = "{program.blog.url("/moved.xml")}"'
    assert (await program.run("once", "--all")).code == 0
    assert [text.partition("\n")[0] for text in posts(program.telegram)] == ["新文章"]
