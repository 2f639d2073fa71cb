"""How a post looks on Telegram, with the real program: in one pass, in chats of every kind and setting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.reading.text import columns
from bot.topics.rules import category_key
from tests.acceptance.harness import READER, Program
from tests.acceptance.readers import bring, kinds, labels, once, reader, refusals, sent, show
from tests.emulators.blog import Blog
from tests.emulators.documents import START, Entry
from tests.emulators.telegram import Telegram
from tests.emulators.telegram_rules import CAPTION_LIMIT, TEXT_LIMIT, autolinks, cut, units
from tests.emulators.telegram_world import Entry as Sent

TICKED, SILENT, BARE, PICTURES, REFUSING, RAISED, PLAIN = 1002, 1003, 1004, 1005, 1006, 1007, 1008
GROUP, FORUM, CHANNEL = -1001, -1002000002, -1004000004
OLD = Entry("旧文章", "一年以前写的。", ("Python", "扩散模型", "长文", "短文"), "/old")
TITLE = "@someone /start #x $TSLA 𝕏🙂"
SHOWN = "@\u2060someone /\u2060start #x $TSLA 𝕏🙂"
"""With word joiners, which keep clients from linking; the rest is under the title's own link."""
IMAGE, BROKEN = "https://blog.example/one.png", "https://blog.example/broken.png"
TAGS = ("生成模型", "C++", "深度 学习", "Flow Matching", "扩散模型", "Python")
CODE = [f"x += {number}" for number in range(9)]
DRESSED = Entry(
    TITLE,
    f'<p>𝕏🙂𝕏 先看<b>重点🙂</b>，再看<a href="https://blog.example/more">这里</a>。问 @nobody 或发 /help。</p>'
    f'<p><img src="{IMAGE}" alt="一张图"></p><pre><code class="language-python">x = "@me /stop #y"</code></pre>'
    f"<p>{'一直写下去。' * 100}</p>",
    TAGS,
    "/dressed",
    1,
)
LONG = Entry("两条", "".join(f"<p>{'𝕏' * 40}<b>{'🙂' * 60}</b>{n}</p>" for n in range(30)), ("长文",), "/long", 3)
ENDLESS = Entry("没有尽头", "".join(f"<p>{'🙂' * 500}{n}</p>" for n in range(60)), ("长文",), "/endless", 4)
JUST = Entry("刚好装下", f"<p>{'🙂' * 500}</p>" + r"\[E=mc^2\]", ("短文",), "/just", 1)
OVER = Entry("再多一个字", JUST.html, ("短文",), "/over", 2)
REFUSED = Entry(
    "图取不到",
    f'<p>正文还在。{"一直写下去。" * 12}</p><p><img src="{BROKEN}" alt="一张图"></p>'
    f"<pre><code>{chr(10).join(CODE)}</code></pre><p>完。</p>",
    (),
    "/refused",
    (datetime.now(UTC) - START).days,
)


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    """Give the program with a blog of one old post, and a Telegram with places of every kind."""
    async with Blog() as blog, Telegram() as telegram:
        telegram.world.add_chat(GROUP, "supergroup", title="G")
        telegram.world.add_chat(FORUM, "supergroup", title="F", forum=True, threads={7: True})
        telegram.world.add_chat(CHANNEL, "channel", title="C")
        made = Program(tmp_path, blog, telegram, head="[watch]\nhold_floods = false")
        show(made, OLD)
        yield made


@pytest.mark.asyncio
async def test_a_post_looks_right_in_every_kind_of_chat(program: Program) -> None:
    """Entities in UTF-16 units, nothing linked but topics, its image large below it or above, buttons, silence.

    480 columns of text, six lines of code, the date where it is over a day old.
    An image that Telegram cannot fetch costs the preview alone: the post is there once, with its words and buttons. One
    that is refused for its looks comes as bare words with its link, and is no mention or command either.
    """
    world = program.telegram.world
    world.bad_images = frozenset({BROKEN})
    keys = [category_key("Python"), category_key("扩散模型")]
    await bring(
        program,
        reader(READER),
        reader(TICKED, topics=keys),
        reader(SILENT, silent=True),
        reader(BARE, images="off", hashtags=False),
        *map(reader, (RAISED, PLAIN)),
        reader(GROUP),
        reader(FORUM, thread=7, silent=True),
        reader(CHANNEL, kind="channel"),
    )
    world.say(RAISED, RAISED, "/settings 图片 上面")
    world.fault("answer", chat=PLAIN, times=2, code=400, description="Bad Request: can't parse entities")
    show(program, REFUSED, DRESSED, OLD)
    await once(program)
    (private,) = sent(world, READER, SHOWN)
    assert not any("parse_mode" in one.payload for one in world.requests)
    assert [(kind, piece) for kind, piece in zip(kinds(private.entities), pieces(private), strict=True)] == [
        ("bold", SHOWN),
        ("text_link", SHOWN),
        ("bold", "重点🙂"),
        ("text_link", "这里"),
        ("pre", 'x = "@me /stop #y"'),
    ]
    title, date, _, *body, _, _ = private.text.split("\n")
    assert (title, date, body[-1][-1]) == (SHOWN, "2026年1月2日", "…")
    assert 450 < sum(map(columns, body)) <= 480
    tags = [("hashtag", tag) for tag in ("#生成模型", "#Cplusplus", "#深度学习", "#FlowMatching")]
    assert autolinks(private.text, private.entities) == tags
    (ticked,) = sent(world, TICKED)
    found = [tag for _, tag in autolinks(ticked.text, ticked.entities)]
    assert ({*found[:2]}, len(found)) == ({"#扩散模型", "#Python"}, 4)
    (bare,) = sent(world, BARE, SHOWN)
    assert autolinks(bare.text, bare.entities) == []
    previews = {chat: sent(world, chat, SHOWN)[0].payload["link_preview_options"] for chat in (READER, RAISED, BARE)}
    below = {"url": IMAGE, "prefer_large_media": True, "show_above_text": False}
    assert previews == {READER: below, RAISED: below | {"show_above_text": True}, BARE: {"is_disabled": True}}
    everywhere = {chat: sent(world, chat, SHOWN)[0] for chat in (READER, SILENT, RAISED, GROUP, FORUM, CHANNEL)}
    assert {chat for chat, entry in everywhere.items() if entry.silent} == {SILENT, FORUM}
    assert {chat for chat, entry in everywhere.items() if labels(entry) == ["阅读原文", "⚙"]} == {
        READER,
        SILENT,
        RAISED,
    }
    assert {chat for chat, entry in everywhere.items() if labels(entry) == ["阅读原文"]} == {GROUP, FORUM, CHANNEL}
    assert everywhere[FORUM].thread == 7
    (words,) = sent(world, PLAIN, SHOWN)
    assert (words.entities, labels(words), "https://blog.example/dressed" in words.text) == ((), [], True)
    assert not {"mention", "bot_command"} & {kind for kind, _ in autolinks(words.text)}
    for chat in (*everywhere, BARE, PLAIN):
        (plain,) = sent(world, chat, REFUSED.title)
        assert plain.payload["link_preview_options"] == {"is_disabled": True}
        lines = [REFUSED.title, "", f"正文还在。{'一直写下去。' * 12}", *CODE[:6], "…"]
        assert (plain.text.split("\n"), "阅读原文" in labels(plain)) == (lines, True)
    assert refusals(world) == [("sendMessage", 400)] * (2 + len(everywhere) + 1)


@pytest.mark.asyncio
async def test_lengths_are_counted_in_utf16_units(program: Program) -> None:
    """4,096 a message: a long text comes in several, an endless one in eight that end with "…"; none is refused.

    1,024 a caption: with one unit more the words are no photo's any more. A photo that is refused is text at once.
    """
    world = program.telegram.world
    await bring(
        program,
        reader(GROUP, length=-1, topics=[category_key("长文")], hashtags=False),
        reader(PICTURES, length=-1, topics=[category_key("短文")], hashtags=False, formulas="picture"),
        reader(REFUSING, length=-1, topics=[category_key("短文")], hashtags=False, formulas="picture"),
    )
    world.fault("answer", method="sendPhoto", chat=REFUSING, code=400, description="Bad Request: PHOTO_INVALID")
    show(program, ENDLESS, LONG, JUST, OVER, OLD)
    await once(program, "--wait", "10")
    messages = sent(world, GROUP)
    assert [each.text.partition("\n")[0] for each in messages[::2]][:2] == [LONG.title, ENDLESS.title]
    assert (len(messages), max(units(each.text) for each in messages) > TEXT_LIMIT - 100) == (2 + 8, True)
    assert "".join(each.text for each in messages[:2]).count("🙂") == 30 * 60
    assert sum(piece.count("🙂") for each in messages[:2] for piece in pieces(each)) == 30 * 60
    assert messages[-1].text.endswith("…")
    assert [bool(labels(each)) for each in messages] == [False, True, *[False] * 7, True]
    assert [each.silent for each in messages] == [False, True, False, *[True] * 7]
    (just,), (over,), (refused,) = [
        sent(world, chat, post.title) for chat, post in ((PICTURES, JUST), (PICTURES, OVER), (REFUSING, JUST))
    ]
    assert (just.method, units(just.text)) == ("sendPhoto", CAPTION_LIMIT)
    assert (over.method, units(over.text)) == ("sendMessage", CAPTION_LIMIT + 1)
    assert (refused.method, refused.text, labels(refused)) == ("sendMessage", just.text, ["阅读原文", "⚙"])
    assert refusals(world) == [("sendPhoto", 400)]


def pieces(entry: Sent) -> list[str]:
    """Give what a message's entities cover, by UTF-16 units."""
    return [cut(entry.text, one["offset"], one["length"]) for one in entry.entities]
