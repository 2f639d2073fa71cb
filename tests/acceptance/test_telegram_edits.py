"""Messages on Telegram follow their posts, with the real program: in their kind, for so long, and so often."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.topics.rules import category_key
from tests.acceptance.harness import READER, Program, until
from tests.acceptance.readers import bring, once, reader, refusals, sent, show
from tests.acceptance.telegram_scene import OPERATOR, Scene
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_world import Entry as Sent
from tests.emulators.telegram_world import World

RICH, PICTURES, GONE, LATE, TICKED = 1002, 1003, 1004, 1005, 1006
OLD = Entry("旧文章", "一年以前写的。", ("扩散模型",), "/old")
FORMULA = r"损失函数是：\[\mathcal{L}=\frac{1}{n}\sum_{i=1}^n x_i\] 就这样。"
GROUP = -1001
HOUR = 3_600_000


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    """Give the program with a blog of one old post."""
    async with Blog() as blog, Telegram() as telegram:
        telegram.world.add_chat(GROUP, "supergroup", title="G")
        made = Program(tmp_path, blog, telegram, operators=str(OPERATOR))
        show(made, OLD)
        yield made


def post(title: str, html: str = FORMULA) -> Entry:
    """Write the post that changes."""
    return Entry(title, html, (), "/new", 1)


def edits(world: World, chat: int) -> list[Sent]:
    """Give the edits in a chat."""
    return [each for each in world.ledger if each.chat == chat and each.method.startswith("edit")]


def age(program: Program, title: str, hours: int) -> None:
    """Let a post's messages have been sent so many hours ago."""
    with contextlib.closing(sqlite3.connect(program.folder / "incoming.db")) as connection, connection:
        connection.execute(
            "UPDATE message SET created = created - ? WHERE id IN (SELECT md.message_id FROM message_delivery md"
            " JOIN delivery d ON d.id = md.delivery_id JOIN post p ON p.id = d.post_id WHERE p.title = ?)",
            (hours * HOUR, title),
        )


@pytest.mark.asyncio
async def test_a_message_is_edited_in_the_kind_it_was_sent_as_and_at_most_three_times(program: Program) -> None:
    """Title, link, excerpt: a text, a rich message and a photo change in place; a fourth change is not shown.

    That holds when the formulas are gone: the rich message stays rich, the photo keeps its picture and changes words.
    One that its reader deleted is reported once, and never asked for again. A chat that came later gets nothing.
    """
    world = program.telegram.world
    await bring(
        program, reader(READER), reader(RICH, formulas="rich"), reader(PICTURES, formulas="picture"), reader(GONE)
    )
    show(program, post("一"), OLD)
    await once(program)
    numbers = {chat: sent(world, chat)[0].message_id for chat in (READER, RICH, PICTURES, GONE)}
    del world.messages[GONE, numbers[GONE]]
    await program.inline("chats", "add", f"telegram:{LATE}")
    show(program, post("二"), OLD)
    log = await once(program)
    assert log.count("essage to edit not found") == 1
    moved = rss([post("二"), OLD]).replace(b"<link>https://blog.example/new<", b"<link>https://blog.example/moved<")
    program.blog.publish("/feed.xml", moved)
    await once(program)
    show(program, post("二", "现在没有公式了。"), OLD)
    await once(program)
    show(program, post("三", "现在没有公式了。"), OLD)
    await once(program)
    links = ("https://blog.example/new", "https://blog.example/moved", "https://blog.example/new")
    edited = ("editMessageText",) * 3
    methods = {READER: ("sendMessage", *edited), RICH: ("sendRichMessage", *edited)}
    photo = ("sendPhoto", "editMessageMedia", "editMessageMedia", "editMessageCaption")
    for chat, expected in {**methods, PICTURES: photo}.items():
        assert tuple(each.method for each in world.ledger if each.chat == chat) == expected
        changed = edits(world, chat)
        assert {each.message_id for each in changed} == {numbers[chat]}
        assert [each.text.partition("\n")[0] for each in changed] == ["二"] * 3
        assert [each.keyboard[0][0]["url"] for each in changed] == list(links)
        assert ["没有公式" in each.text for each in changed] == [False, False, True]
    assert all("rich_message" in each.payload for each in edits(world, RICH))
    assert {each.chat for each in world.ledger} == {READER, RICH, PICTURES, GONE}
    assert (len(sent(world, GONE)), refusals(world)) == (1, [("editMessageText", 400)])


@pytest.mark.asyncio
async def test_a_message_follows_its_post_for_48_hours_or_as_long_as_configured(program: Program) -> None:
    """After 47 hours it is edited, after 49 not, nor with 0 at all; nor for a change that nobody would see.

    The hours are simulated: the messages' age is written into the database.
    """
    world, long = program.telegram.world, "就这么简单。" * 200
    first = [Entry(title, long, (), f"/{title}", 1) for title in ("旧", "新", "长")]
    await bring(program, reader(GROUP))
    show(program, *first, OLD)
    await once(program)
    assert len(sent(world, GROUP)) == 3
    age(program, "旧", 49)
    age(program, "新", 47)
    show(
        program,
        *[replace(each, title=f"{each.title}二") for each in first[:2]],
        replace(first[2], html=f"{long}完"),
        OLD,
    )
    await once(program)
    assert [each.text.partition("\n")[0] for each in edits(world, GROUP)] == ["新二"]
    show(program, *[replace(each, title=f"{each.title}三") for each in first], OLD)
    program.env["INCOMING_DELIVER__EDITS_FOR"] = "0"
    await once(program)
    assert (len(edits(world, GROUP)), len(sent(world, GROUP))) == (1, 3)


@pytest.mark.asyncio
async def test_only_a_leaked_draft_is_news_when_it_changes(program: Program) -> None:
    """What came with neither title nor text is pushed where it is wanted only now; no other change is pushed.

    The blog has untitled posts: elsewhere such a draft is waited for.
    """
    world, note = program.telegram.world, Entry("", "随手记一句。", (), "/note")
    show(program, note, OLD)
    await bring(program, reader(GROUP), reader(TICKED, topics=[category_key("扩散模型")]))
    draft, named = Entry("", "", (), "/draft", 1), Entry("有题目", "", (), "/named", 2)
    show(program, named, draft, note, OLD)
    await once(program)
    assert (len(sent(world, GROUP)), sent(world, TICKED)) == (2, [])
    draft = replace(draft, title="写完了", html="这才是正文。", tags=("扩散模型",))
    named = replace(named, html="现在也有正文。", tags=("扩散模型",))
    show(program, named, draft, note, OLD)
    await once(program)
    assert [each.text.partition("\n")[0] for each in sent(world, TICKED)] == ["写完了"]
    assert sorted(each.text.partition("\n")[0] for each in edits(world, GROUP)) == ["写完了", "有题目"]
    assert len(sent(world, GROUP)) == 2


@pytest.mark.asyncio
async def test_edits_come_after_pending_posts_and_changes_meanwhile_are_one_edit(program: Program) -> None:
    """While a chat waits out 429s its next post and two changes of the last one gather: the post, then one edit."""
    scene, world = Scene(program), program.telegram.world
    await bring(program, reader(READER))
    await scene.start()
    await scene.look(post("一"), OLD)
    await until(lambda: bool(sent(world, READER, "一")), "the first post")
    slow = {"code": 429, "description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}}
    world.fault("answer", method="*", chat=READER, times=1000, **slow)
    second = Entry("又一篇", "短。", (), "/second", 2)
    await scene.look(second, post("二"), OLD)
    await until(lambda: ("sendMessage", 429) in refusals(world), "the refusal")
    await scene.look(second, post("三"), OLD)
    world.faults.clear()
    await until(lambda: bool(edits(world, READER)), "the edit")
    ended = await program.stop()
    assert ended.code == 0
    titles = [each.text.partition("\n")[0] for each in world.ledger if each.chat == READER]
    assert titles == ["一", "又一篇", "三"]
